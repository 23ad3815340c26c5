import type { ClaimedSlice } from '../studies.ts'
import type { Database } from './database.ts'
import type { Files } from './files.ts'

/** What a store is made of. */
export interface StoreParts {
  readonly database: Database
  readonly files: Files
  /** This process. */
  readonly self: string
  /** Who begins runs and searches. */
  readonly user: string
  readonly holdings: Holdings
}

/** What one store object may write. */
interface Holdings {
  /** Runs that it has started or resumed, and the attempt that this was. */
  readonly runs: Map<string, number>
  /** The slices that it has claimed, by their run. */
  readonly slices: Map<string, Pick<ClaimedSlice, 'id' | 'attempt'>>
}
