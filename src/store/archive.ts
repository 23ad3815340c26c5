import { HeddleError } from '../base/errors.ts'
import { replaceFileBy } from '../base/files.ts'
import { toJson } from '../protocol/json.ts'
import { type Archived, type ArchivedRun, CONTENTS, parseContents, VERSION } from './archived-runs.ts'
import { sha256Of } from './sha256.ts'
import type { RunStore } from './store.ts'
import { readFromTar, readTar, type TarPlace, TarWriter } from './tar.ts'

/** Writes runs with all their files to one tar file, and the searches that they are trials of. */
export async function exportRuns(path: string, ids: readonly string[], store: RunStore): Promise<void> {
  const runs: ArchivedRun[] = []
  for (const id of ids) runs.push(await store.rows(id))
  const known = new Set((await store.studies.list()).map(({ id }) => id))
  const of = new Set(runs.flatMap(({ run }) => (run.study !== null && known.has(run.study) ? run.study : [])))
  const studies = await Promise.all([...of].map(id => store.studies.rows(id)))
  await replaceFileBy(path, async file => {
    const tar = new TarWriter(file)
    await tar.add(CONTENTS, Buffer.from(toJson({ version: VERSION, runs, studies })))
    const written = new Set<string>()
    for (const { run, rows } of runs) {
      for (const { name, sha256 } of rows.artefact) {
        if (!written.has(sha256))
          await tar.add(`content/${sha256}`, (await store.artefact(run.id, name))!.bytes)
        written.add(sha256)
      }
      for (const row of rows.checkpoint) {
        const { bytes } = await store.checkpoints.read({ ...row, run: run.id })
        await tar.add(`checkpoints/${run.id}/${row.step}`, bytes)
      }
    }
    await tar.end()
  })
}

/**
 * Adds the runs of an archive of any origin, all of them or none; those that are there already are left as they are, with all
 * their files. Every row is checked against the tables, and every file against its checksum, before anything is put into its place.
 * Throws a `HeddleError` for what is no sound archive.
 */
export async function importRuns(path: string, store: RunStore): ReturnType<RunStore['add']> {
  const { archived, places } = await checked(path)
  return store.add(archived, async sha256 => {
    const bytes = await readFromTar(path, places.get(sha256)!)
    if (sha256Of([bytes]) === sha256) return bytes
    throw new HeddleError(`${path} was changed while it was read. Nothing was imported.`)
  })
}

/** Reads the whole archive: its rows, and where in it each file is. */
async function checked(path: string): Promise<{
  readonly archived: Archived
  readonly places: ReadonlyMap<string, TarPlace>
}> {
  let archived: Archived | undefined
  const wanted = new Map<string, string>()
  const places = new Map<string, TarPlace>()
  for await (const { name, bytes, at } of readTar(path)) {
    if (!archived) {
      archived = parseContents(path, name, bytes)
      for (const { run, rows } of archived.runs) {
        for (const { sha256 } of rows.artefact) wanted.set(`content/${sha256}`, sha256)
        for (const { step, sha256 } of rows.checkpoint) wanted.set(`checkpoints/${run.id}/${step}`, sha256)
      }
      continue
    }
    const sha256 = wanted.get(name)
    if (sha256 === undefined || sha256Of([bytes]) !== sha256) {
      throw new HeddleError(`${path}: the file ${name} in it is damaged or unknown. Nothing was imported.`)
    }
    wanted.delete(name)
    places.set(sha256, { at, length: bytes.length })
  }
  const [missing] = wanted.keys()
  if (!archived || missing !== undefined) {
    throw new HeddleError(`${path}: the file ${missing ?? CONTENTS} is missing in it. Nothing was imported.`)
  }
  return { archived, places }
}
