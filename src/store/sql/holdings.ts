import type { Kysely } from 'kysely'
import { HeddleError } from '../../base/errors.ts'
import type { Tables } from '../sqlite/schema.ts'
import type { ClaimedSlice } from '../studies.ts'

/** What one store object may write. */
export interface Holdings {
  /** Runs that it has started or resumed, and the attempt that this was. */
  readonly runs: Map<string, number>
  /** The slices that it has claimed, by their run. */
  readonly slices: Map<string, Pick<ClaimedSlice, 'id' | 'attempt'>>
}

/** Throws a `HeddleError` if a slice makes this run and another worker has claimed it. */
export async function checkSlice(db: Kysely<Tables>, run: string, { slices }: Holdings): Promise<void> {
  const query = db.selectFrom('slice').select(['id', 'attempt']).where('run', '=', run)
  const claimed = await query.where('state', '=', 'running').executeTakeFirst()
  const held = slices.get(run)
  if (!claimed || (claimed.id === held?.id && claimed.attempt === held.attempt)) return
  throw new HeddleError(`The run ${run} is trained by another worker, which has claimed its slice.`)
}
