import { HeddleError } from '../../base/errors.ts'
import { sha256Of } from '../sha256.ts'
import type { Database, Queries } from '../sql/database.ts'
import type { FilePlace, Files } from '../sql/files.ts'
import { addContent, chunksOf, contentIn, isOld, isUnnamed } from './content-rows.ts'

/** Files in the database itself, each content once, named by its SHA-256. Rows that name content keep it from being removed. */
export class DatabaseFiles implements Files {
  readonly #database: Database
  readonly #where: string

  constructor(database: Database, where: string) {
    this.#database = database
    this.#where = where
  }

  where({ sha256, checkpoint }: FilePlace): string {
    const name = checkpoint
      ? `checkpoint ${checkpoint.run}/${checkpoint.step}`
      : `content ${sha256.slice(0, 12)}`
    return `${name} of ${this.#where}`
  }

  check(): void {}

  async write(): Promise<void> {}

  async insert(db: Queries, { sha256, bytes }: FilePlace, pieces: readonly Uint8Array[]): Promise<void> {
    if (!(await addContent(db, sha256, bytes))) return
    let place = 0
    for (const chunk of chunksOf(pieces)) {
      const row = { sha256, place: place++, bytes: chunk }
      await contentIn(db).insertInto('chunk').values(row).execute()
    }
  }

  async read(file: FilePlace): Promise<Uint8Array> {
    const { sha256 } = file
    const query = contentIn(this.#database.queries)
      .selectFrom('chunk')
      .select('bytes')
      .where('sha256', '=', sha256)
    const rows = await query.orderBy('place').execute()
    const name = `The ${this.where(file)}`
    if (rows.length === 0 && file.bytes > 0) throw new HeddleError(`${name} cannot be read: it is not there.`)
    const bytes = Buffer.concat(rows.map(row => row.bytes))
    if (sha256Of([bytes]) === sha256) return bytes
    throw new HeddleError(`${name} is damaged: its ${bytes.length} bytes are not what was written.`)
  }

  async remove(files: readonly FilePlace[]): Promise<void> {
    for (const { sha256 } of files)
      await this.#database.write(db =>
        contentIn(db).deleteFrom('content').where('sha256', '=', sha256).where(isUnnamed).execute(),
      )
  }

  async sweep(graceMs: number): Promise<{ readonly files: number; readonly bytes: number }> {
    const removed = await this.#database.write(db =>
      contentIn(db).deleteFrom('content').where(isOld(graceMs)).where(isUnnamed).returning('bytes').execute(),
    )
    return { files: removed.length, bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0) }
  }
}
