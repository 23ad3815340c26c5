import type { Measurements } from './metric.ts'

/** What lists show of a run: narrow, so that ten thousand of them are read at once. Times are milliseconds since 1970. */
export interface ListedRun {
  id: string
  experiment: string
  model: string
  seed: number
  /**
   * `running` may also mean that the process has died: see `RunStore.markDead`. `unreadable` is never written: a cell of the row
   * is not what the column may hold (see `cells.ts`).
   */
  status: 'running' | 'finished' | 'interrupted' | 'failed' | 'unreadable'
  /** Why it failed or was interrupted; `null`: it did not, or the reason was not recorded. */
  reason: string | null
  createdAt: number
  endedAt: number | null
  /** The training time, over all resumptions. */
  seconds: number | null
  /** SHA-256 of everything that the result follows from but the seed: runs of one configuration can be averaged. */
  configuration: string
  dataset: string
  /** A hash of the data: runs with the same one saw the same images and labels. */
  fingerprint: string
  params: number
  batchSize: number
  epochs: number
  stepsPerEpoch: number
  /** Epochs that are recorded. */
  epochsDone: number
  /** What the last one measured and, at the end, the test. */
  metrics: Measurements
  /** What a person calls it, besides by its experiment, model and seed; empty: nothing. */
  name: string
  note: string
  /** When it was put into the archive, or into the bin; `null`: it is not there. */
  archivedAt: number | null
  binnedAt: number | null
  /** Who began it; `null`: an earlier Heddle did not keep it. */
  user: string | null
  /** The search that it is a trial of. */
  study: string | null
}
