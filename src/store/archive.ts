import type { Kysely, Transaction } from 'kysely'
import { HeddleError } from '../base/errors.ts'
import { replaceFileBy } from '../base/files.ts'
import { toJson } from '../protocol/json.ts'
import { type ArchivedRun, archivedTables, CONTENTS, parseContents, VERSION } from './archived-runs.ts'
import { faultIn } from './cells.ts'
import type { Checkpoints } from './checkpoints.ts'
import { type ContentFolder, sha256Of } from './content.ts'
import type { Artefact, CheckpointRow, Tables } from './schema.ts'
import { Staging } from './staging.ts'
import { readTar, TarWriter } from './tar.ts'
import { wallClock } from './wall-clock.ts'

export interface StoreParts {
  /** Of the store. */
  readonly folder: string
  readonly db: Kysely<Tables>
  readonly content: ContentFolder
  readonly checkpoints: Checkpoints
}

/** Writes runs with all their files to one tar file. */
export async function exportRuns(
  path: string,
  ids: readonly string[],
  { db, content, checkpoints }: StoreParts,
): Promise<void> {
  const runs: ArchivedRun[] = []
  for (const id of ids) {
    const run = await db.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    checkRow(id, 'run', run)
    const rows = await Promise.all(
      archivedTables.map(async table => {
        const found = await db.selectFrom(table).selectAll().where('run', '=', id).execute()
        for (const row of found) checkRow(id, table, row)
        return [table, found.map(({ run: _, ...row }) => row)] as const
      }),
    )
    runs.push({ run, rows: Object.fromEntries(rows) as unknown as ArchivedRun['rows'] })
  }
  await replaceFileBy(path, async file => {
    const tar = new TarWriter(file)
    await tar.add(CONTENTS, Buffer.from(toJson({ version: VERSION, runs })))
    const written = new Set<string>()
    for (const { run, rows } of runs) {
      for (const { sha256 } of rows.artefact as unknown as Artefact[]) {
        if (!written.has(sha256)) await tar.add(`content/${sha256}`, await content.get(sha256))
        written.add(sha256)
      }
      for (const row of rows.checkpoint as unknown as CheckpointRow[]) {
        await tar.add(`checkpoints/${run.id}/${row.step}`, await checkpoints.read({ ...row, run: run.id }))
      }
    }
    await tar.end()
  })
}

function checkRow(id: string, table: keyof Tables, row: object): void {
  const fault = faultIn(table, row as Record<string, unknown>)
  if (fault)
    throw new HeddleError(`The run ${id} is unreadable and cannot be exported: in "${table}", ${fault}.`)
}

/**
 * Adds the runs of an archive of any origin, all of them or none; those that are there already are left as they are, with all
 * their files. Every row is checked against the tables, and every file against its checksum, before anything is put into its place.
 * Throws a `HeddleError` for what is no sound archive.
 */
export async function importRuns(
  path: string,
  parts: StoreParts,
): Promise<{ readonly imported: string[]; readonly known: string[] }> {
  const staging = new Staging(parts.folder)
  try {
    const runs = await stage(path, staging)
    return await insertRuns(runs, staging, parts)
  } finally {
    await staging.remove()
  }
}

/** Reads the whole archive; its files wait beside the store. */
async function stage(path: string, staging: Staging): Promise<readonly ArchivedRun[]> {
  let runs: readonly ArchivedRun[] | undefined
  const wanted = new Map<string, string>()
  for await (const { name, bytes } of readTar(path)) {
    if (!runs) {
      runs = parseContents(path, name, bytes)
      for (const { run, rows } of runs) {
        for (const { sha256 } of rows.artefact) wanted.set(`content/${sha256}`, sha256 as string)
        for (const { step, sha256 } of rows.checkpoint) {
          wanted.set(`checkpoints/${run.id}/${step}`, sha256 as string)
        }
      }
      continue
    }
    const sha256 = wanted.get(name)
    if (sha256 === undefined || sha256Of([bytes]) !== sha256) {
      throw new HeddleError(`${path}: the file ${name} in it is damaged or unknown. Nothing was imported.`)
    }
    wanted.delete(name)
    await staging.put(sha256, bytes)
  }
  const [missing] = wanted.keys()
  if (!runs || missing !== undefined) {
    throw new HeddleError(`${path}: the file ${missing ?? CONTENTS} is missing in it. Nothing was imported.`)
  }
  return runs
}

async function insertRuns(runs: readonly ArchivedRun[], staging: Staging, parts: StoreParts) {
  const { db, content, checkpoints } = parts
  const [imported, known]: [string[], string[]] = [[], []]
  try {
    // Nobody else can add one of these runs until the transaction ends.
    await db.transaction().execute(async transaction => {
      for (const archived of runs) {
        const { id } = archived.run
        const query = transaction.selectFrom('run').select('id').where('id', '=', id)
        if (await query.executeTakeFirst()) {
          known.push(id)
          continue
        }
        await insertRun(transaction, archived)
        imported.push(id)
        for (const { sha256 } of archived.rows.artefact as unknown as Artefact[]) {
          await content.adopt(sha256, staging.pathOf(sha256))
        }
        for (const { step, sha256 } of archived.rows.checkpoint as unknown as CheckpointRow[]) {
          await checkpoints.adopt(id, step, staging.pathOf(sha256))
        }
      }
    })
  } catch (error) {
    // Their rows were taken back; content that is left is swept by `gc`.
    for (const id of imported) await checkpoints.remove(id)
    throw error
  }
  return { imported, known }
}

async function insertRun(db: Transaction<Tables>, { run, rows }: ArchivedRun): Promise<void> {
  // The process that ran it there does not run it here.
  const status = run.status === 'running' ? 'interrupted' : run.status
  await db
    .insertInto('run')
    .values({ ...run, status, owner: null })
    .execute()
  for (const table of archivedTables) {
    for (const { id: _, ...row } of rows[table]) {
      await db
        .insertInto(table)
        .values({ ...row, run: run.id } as never)
        .execute()
    }
  }
  const now = { run: run.id, at: wallClock(), kind: 'imported', text: '' }
  await db.insertInto('happening').values(now).execute()
}
