/** Something of a document on its way to pages, with the height that it needs. */
export interface Block {
  readonly height: number
  /** A flow goes on on the next page wherever it must; a heading stays with what follows; a figure and a table stay whole. */
  readonly kind: 'flow' | 'heading' | 'table' | 'figure'
  /** How much of a figure is its drawing, which can be smaller. */
  readonly drawing?: number
}

/** A block in its place, and how large its drawing is there. */
export interface Placed {
  readonly index: number
  readonly scale: number
}

/** A drawing at a smaller scale is hard to read: it goes to the next page. */
const LEAST_SCALE = 0.6
/** Heights are measured, and lines that are kept together need a little more. */
const SPARE = 6

/**
 * The order of the blocks of a chapter that leaves the fewest holes at the end of pages of the height `room`, of which `used` is used: a
 * figure for which there is no room is drawn a little smaller, or what follows stands before it. Figures keep their order.
 *
 * @example
 * filled([{ kind: 'figure', height: 60, drawing: 50 }, { kind: 'flow', height: 30 }], { room: 100, used: 70 }).placed.map(({ index }) => index) // [1, 0]
 */
export function filled(
  blocks: readonly Block[],
  { room, used }: { readonly room: number; readonly used: number },
): { readonly placed: readonly Placed[]; readonly used: number } {
  const placed: Placed[] = []
  const waiting: number[] = []
  let y = used
  /** The height of the headings that stand last, which go to the next page with what follows them. */
  let heading = 0
  const put = (index: number, scale = 1): void => {
    const { kind, height, drawing = 0 } = blocks[index]!
    const needs = height - (1 - scale) * drawing
    placed.push({ index, scale })
    if (kind === 'flow') {
      y += needs
      while (y > room) y -= room
    } else y = y + needs > room ? heading + needs : y + needs
    heading = kind === 'heading' ? heading + needs : 0
  }
  /** How large the drawing is for which there is room; `null`: it would be too small. */
  const scaleOf = (index: number): number | null => {
    const { height, drawing = 0 } = blocks[index]!
    const left = room - y - SPARE
    if (height <= left) return 1
    const scale = drawing === 0 ? 0 : (left - (height - drawing)) / drawing
    return scale >= LEAST_SCALE ? scale : null
  }
  const putWaiting = (): void => {
    while (waiting.length > 0) {
      const scale = scaleOf(waiting[0]!)
      if (scale === null) return
      put(waiting.shift()!, scale)
    }
  }
  blocks.forEach(({ kind }, index) => {
    if (kind !== 'figure') {
      // A heading and what it is about are not parted by a figure.
      if (heading === 0) putWaiting()
      put(index)
      return
    }
    if (heading === 0) putWaiting()
    const scale = waiting.length > 0 ? null : scaleOf(index)
    if (scale === null) waiting.push(index)
    else put(index, scale)
  })
  for (const index of waiting) put(index, scaleOf(index) ?? 1)
  return { placed, used: y }
}
