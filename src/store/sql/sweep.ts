import type { Swept } from '../store.ts'
import { fileOf } from './checkpoints.ts'
import type { StoreParts } from './parts.ts'

/** Files that no row names are kept for an hour: another process may be about to name them, or still write them. */
const GRACE_MS = 60 * 60_000

/** Removes the runs in the bin for good, and every file that no run names: what killed processes left is among them. */
export async function sweep({ database, files }: StoreParts, graceMs = GRACE_MS): Promise<Swept> {
  const { queries } = database
  const binned = await queries.selectFrom('run').select('id').where('binnedAt', 'is not', null).execute()
  let bytes = 0
  for (const { id } of binned) {
    const checkpoints = await queries.selectFrom('checkpoint').selectAll().where('run', '=', id).execute()
    for (const checkpoint of checkpoints) bytes += checkpoint.bytes
    await database.write(db =>
      db.deleteFrom('run').where('id', '=', id).where('binnedAt', 'is not', null).execute(),
    )
    await files.remove(checkpoints.map(fileOf))
  }
  const swept = await files.sweep(graceMs)
  return { runs: binned.length, files: swept.files, bytes: bytes + swept.bytes }
}
