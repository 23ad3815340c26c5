/** Keys and clicks follow one another faster than this. */
const QUIET_MS = 300
const MOST_MS = 2000
/** What arrives together is drawn together. */
const FRAME_MS = 16

let lastInput = Number.NEGATIVE_INFINITY
for (const kind of ['keydown', 'pointerdown', 'wheel'])
  addEventListener(
    kind,
    () => {
      lastInput = performance.now()
    },
    { capture: true, passive: true },
  )

/**
 * Does what takes long to draw while you do not type, click or scroll, so that it delays no key; after two seconds it waits no
 * longer. A page in the background has timers, but no frames.
 */
export function whenQuiet(work: () => void): void {
  const began = performance.now()
  const attempt = (): void => {
    const now = performance.now()
    const left = QUIET_MS - (now - lastInput)
    if (left > 0 && now - began < MOST_MS) setTimeout(attempt, left)
    else work()
  }
  setTimeout(attempt, FRAME_MS)
}
