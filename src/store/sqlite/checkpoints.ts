import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { HeddleError } from '../../base/errors.ts'
import { replaceFile } from '../../base/files.ts'
import { checkRows } from '../cells.ts'
import type { CheckpointRow } from '../rows.ts'
import { sha256Of } from '../sha256.ts'
import type { CheckpointPlace, CheckpointStore, Keep, StoredFile } from '../store.ts'
import type { Tables } from './schema.ts'

/** The checkpoints of a store's runs: files that are written before their rows and removed after them. */
export class Checkpoints implements CheckpointStore {
  readonly #folder: string
  readonly #db: Kysely<Tables>
  readonly #claim: (db: Kysely<Tables>, run: string) => Promise<void>

  /** `claim` throws if a run is not this process' own. */
  constructor(folder: string, db: Kysely<Tables>, claim: (db: Kysely<Tables>, run: string) => Promise<void>) {
    this.#folder = folder
    this.#db = db
    this.#claim = claim
  }

  async put(run: string, place: CheckpointPlace, pieces: readonly Uint8Array[], keep: Keep): Promise<void> {
    const { step, epoch, score } = place
    // Before the file: a store that was moved away must not be begun anew.
    await this.#claim(this.#db, run)
    await replaceFile(this.pathOf(run, step), pieces)
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
    const values = { epoch, score, sha256: sha256Of(pieces), bytes }
    const removed = await this.#db.transaction().execute(async db => {
      await this.#claim(db, run)
      await db
        .insertInto('checkpoint')
        .values({ run, step, ...values })
        .onConflict(conflict => conflict.columns(['run', 'step']).doUpdateSet(values))
        .execute()
      const spare = spareOf(await newestFirst(db, run), keep)
      for (const row of spare) {
        await db.deleteFrom('checkpoint').where('run', '=', run).where('step', '=', row.step).execute()
      }
      return spare
    })
    for (const row of removed) await rm(this.pathOf(run, row.step), { force: true })
  }

  async of(run: string): Promise<CheckpointRow[]> {
    return newestFirst(this.#db, run)
  }

  async read({ run, step, sha256 }: CheckpointRow): Promise<StoredFile> {
    const path = this.pathOf(run, step)
    const bytes = await readFile(path).catch((error: Error) => {
      throw new HeddleError(`The checkpoint ${path} cannot be read: ${error.message}.`)
    })
    if (sha256Of([bytes]) === sha256) return { bytes, where: path }
    throw new HeddleError(
      `The checkpoint ${path} is damaged: its ${bytes.length} bytes are not what was written.`,
    )
  }

  /** Keeps the file of a run that no process trains, and whose row is there. */
  async adopt(run: string, step: number, bytes: Uint8Array): Promise<void> {
    await replaceFile(this.pathOf(run, step), [bytes])
  }

  /** All files of a run. */
  async remove(run: string): Promise<void> {
    await rm(join(this.#folder, run), { recursive: true, force: true })
  }

  /** The path of a checkpoint, which need not exist. */
  pathOf(run: string, step: number): string {
    return join(this.#folder, run, `${step}.safetensors`)
  }
}

async function newestFirst(db: Kysely<Tables>, run: string): Promise<CheckpointRow[]> {
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
