import { open, rename, rm } from 'node:fs/promises'
import type { Kysely } from 'kysely'
import { HeddleError } from '../spec/errors.ts'
import type { Checkpoints } from './checkpoints.ts'
import { type ContentFolder, sha256Of } from './content.ts'
import type { Artefact, CheckpointRow, Run, Tables } from './schema.ts'
import { readTar, TarWriter } from './tar.ts'
import { wallClock } from './wall-clock.ts'

const VERSION = 1
const CONTENTS = 'heddle-runs.json'

/** The rows of one run, table by table. */
interface ArchivedRun {
  readonly run: Run
  readonly rows: { readonly [T in Exclude<keyof Tables, 'run' | 'look'>]: readonly Record<string, unknown>[] }
}

const tables = ['detail', 'epoch', 'step', 'happening', 'tag', 'artefact', 'checkpoint'] as const

export interface StoreParts {
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
    const rows = await Promise.all(
      tables.map(async table => {
        const found = await db.selectFrom(table).selectAll().where('run', '=', id).execute()
        return [table, found.map(({ run: _, ...row }) => row)] as const
      }),
    )
    runs.push({ run, rows: Object.fromEntries(rows) as unknown as ArchivedRun['rows'] })
  }
  const part = `${path}.part-${process.pid}`
  const file = await open(part, 'w')
  try {
    const tar = new TarWriter(file)
    await tar.add(CONTENTS, Buffer.from(JSON.stringify({ version: VERSION, runs })))
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
    await file.close()
    await rename(part, path)
  } catch (error) {
    await file.close()
    await rm(part, { force: true })
    throw error
  }
}

/**
 * Adds the runs of an archive of any origin; those that are there already are left as they are. Every file is checked
 * against its checksum before a row names it. Throws a `HeddleError` for what is no sound archive.
 */
export async function importRuns(
  path: string,
  { db, content, checkpoints }: StoreParts,
): Promise<{ readonly imported: string[]; readonly known: string[] }> {
  let runs: ArchivedRun[] | undefined
  const wanted = new Map<string, string>()
  for await (const { name, bytes } of readTar(path)) {
    if (!runs) {
      runs = parseContents(path, name, bytes)
      for (const { run, rows } of runs) {
        for (const { sha256 } of rows.artefact) wanted.set(`content/${sha256}`, sha256 as string)
        for (const { step, sha256 } of rows.checkpoint)
          wanted.set(`checkpoints/${run.id}/${step}`, sha256 as string)
      }
      continue
    }
    const sha256 = wanted.get(name)
    if (sha256 === undefined || sha256Of([bytes]) !== sha256) {
      throw new HeddleError(`${path}: the file ${name} in it is damaged or unknown. Nothing was imported.`)
    }
    wanted.delete(name)
    const [kind, run, step] = name.split('/')
    if (kind === 'content') await content.put([bytes])
    else await checkpoints.restore(run!, Number(step), bytes)
  }
  const [missing] = wanted.keys()
  if (!runs || missing !== undefined)
    throw new HeddleError(`${path}: the file ${missing ?? CONTENTS} is missing in it.`)
  return insertRuns(db, runs)
}

async function insertRuns(db: Kysely<Tables>, runs: readonly ArchivedRun[]) {
  const [imported, known]: [string[], string[]] = [[], []]
  for (const { run, rows } of runs) {
    await db.transaction().execute(async transaction => {
      const there = await transaction
        .selectFrom('run')
        .select('id')
        .where('id', '=', run.id)
        .executeTakeFirst()
      if (there) return void known.push(run.id)
      // Whoever ran it there does not run it here.
      const status = run.status === 'running' ? 'interrupted' : run.status
      await transaction
        .insertInto('run')
        .values({ ...run, status, owner: null })
        .execute()
      for (const table of tables) {
        for (const { id: _, ...row } of rows[table]) {
          await transaction
            .insertInto(table)
            .values({ ...row, run: run.id } as never)
            .execute()
        }
      }
      const now = { run: run.id, at: wallClock(), kind: 'imported', text: '' }
      await transaction.insertInto('happening').values(now).execute()
      imported.push(run.id)
    })
  }
  return { imported, known }
}

/** What becomes a part of a path is checked here; the tables check the rest. */
function parseContents(path: string, name: string, bytes: Buffer): ArchivedRun[] {
  const refuse = (what: string): HeddleError => new HeddleError(`${path} is no archive of runs: ${what}.`)
  if (name !== CONTENTS) throw refuse(`it begins with ${name}, not with ${CONTENTS}`)
  let json: { version?: unknown; runs?: unknown }
  try {
    json = JSON.parse(bytes.toString())
  } catch {
    throw refuse(`its ${CONTENTS} is not JSON`)
  }
  if (json.version !== VERSION) {
    throw new HeddleError(`${path} has the version ${json.version}; this Heddle reads ${VERSION}.`)
  }
  const runs = json.runs as ArchivedRun[]
  const sound =
    Array.isArray(runs) &&
    runs.every(
      ({ run, rows } = {} as ArchivedRun) =>
        /^[0-9a-f]{12}$/.test(String(run?.id)) &&
        tables.every(table => Array.isArray(rows?.[table])) &&
        [...rows.artefact, ...rows.checkpoint].every(row => /^[0-9a-f]{64}$/.test(String(row.sha256))) &&
        rows.checkpoint.every(({ step }) => Number.isSafeInteger(step)),
    )
  if (!sound) throw refuse(`what its ${CONTENTS} lists is not sound`)
  return runs
}
