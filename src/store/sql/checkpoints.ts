import { checkRows } from '../cells.ts'
import type { CheckpointRow } from '../rows.ts'
import { sha256Of } from '../sha256.ts'
import type { CheckpointPlace, CheckpointStore, Keep, StoredFile } from '../store.ts'
import type { Queries } from './database.ts'
import type { FilePlace } from './files.ts'
import type { StoreParts } from './parts.ts'
import { lengthOf, type RunWrites } from './run-writes.ts'

/** See `CheckpointStore`. */
export class SqlCheckpoints implements CheckpointStore {
  readonly #parts: StoreParts
  readonly #writes: RunWrites

  constructor(parts: StoreParts, writes: RunWrites) {
    this.#parts = parts
    this.#writes = writes
  }

  async put(run: string, place: CheckpointPlace, pieces: readonly Uint8Array[], keep: Keep): Promise<void> {
    const { database, files } = this.#parts
    const { step, epoch, score } = place
    // Before the file: a store that was moved away must not be begun anew.
    await this.#writes.beat(run)
    const row = { run, step, epoch, score, sha256: sha256Of(pieces), bytes: lengthOf(pieces) }
    await files.write(fileOf(row), pieces)
    const removed = await database.write(async db => {
      await this.#writes.hold(run, db)
      await files.insert(db, fileOf(row), pieces)
      await db
        .insertInto('checkpoint')
        .values(row)
        .onConflict(conflict => conflict.columns(['run', 'step']).doUpdateSet(row))
        .execute()
      const spare = spareOf(await newestFirst(db, run), keep)
      for (const { step: other } of spare)
        await db.deleteFrom('checkpoint').where('run', '=', run).where('step', '=', other).execute()
      return spare
    })
    await files.remove(removed.map(fileOf))
  }

  async of(run: string): Promise<CheckpointRow[]> {
    return newestFirst(this.#parts.database.queries, run)
  }

  async read(row: CheckpointRow): Promise<StoredFile> {
    const { files } = this.#parts
    return { bytes: await files.read(fileOf(row)), where: files.where(fileOf(row)) }
  }

  async clear(run: string): Promise<void> {
    const { database, files } = this.#parts
    const removed = await database.write(async db => {
      const rows = await newestFirst(db, run)
      await db.deleteFrom('checkpoint').where('run', '=', run).execute()
      return rows
    })
    await files.remove(removed.map(fileOf))
  }
}

export function fileOf({ run, step, sha256, bytes }: CheckpointRow): FilePlace {
  return { sha256, bytes, checkpoint: { run, step } }
}

async function newestFirst(db: Queries, run: string): Promise<CheckpointRow[]> {
  const query = db.selectFrom('checkpoint').selectAll().where('run', '=', run).orderBy('step', 'desc')
  return checkRows('checkpoint', await query.execute())
}

/** Neither of the newest two nor of the best; of equals the earlier is better. */
function spareOf(rows: readonly CheckpointRow[], { best }: Keep): CheckpointRow[] {
  const scored = rows.filter(({ score }) => score !== null)
  scored.sort((a, b) => a.score! - b.score! || a.step - b.step)
  const kept = new Set([...rows.slice(0, 2), ...scored.slice(0, best)])
  return rows.filter(row => !kept.has(row))
}
