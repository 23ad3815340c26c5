import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, systemClock } from '../base/clock.ts'
import { clockTime } from '../base/text.ts'
import { UnreachableStore } from '../store/postgres/errors.ts'
import type { RunStore } from '../store/store.ts'

export interface Waiting {
  readonly patienceMs: number
  readonly signal: AbortSignal
  /** Called once, with why it waits and for how long. */
  readonly onWait: (message: string) => void
  readonly clock?: Clock
  readonly pauseMs?: number
}

/**
 * Opens a store whose server may not be there yet, as a cluster starts everything at once. Throws the last error when it has waited for long
 * enough, every other error at once, and the signal's reason when it is aborted.
 */
export async function openWhenThere(
  open: () => Promise<RunStore>,
  { patienceMs, signal, onWait, clock = systemClock, pauseMs = 1000 }: Waiting,
): Promise<RunStore> {
  const begun = clock()
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await open()
    } catch (error) {
      if (!(error instanceof UnreachableStore) || clock() - begun >= patienceMs) throw error
      if (attempt === 0)
        onWait(
          `${error.message} Trying again, for at most ${clockTime(patienceMs / 1000)} minutes. Press Ctrl-C to end.`,
        )
      await sleep(pauseMs, undefined, { signal }).catch(() => {})
    }
  }
}
