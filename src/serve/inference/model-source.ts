import { type Dirent, existsSync, statSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { HeddleError, UsageError, within } from '../../base/errors.ts'
import { show } from '../../base/schema.ts'
import type { Backend } from '../../engine/backend.ts'
import type { Network } from '../../network/network.ts'
import { loadModel } from '../../network/saved-model.ts'

/** A model as a client names it. */
export interface ModelId {
  readonly name: string
  readonly version: string
}

/** A model that is there now. */
export interface FoundModel extends ModelId {
  /** For messages. */
  readonly place: string
  /** Another one where its file is another one. */
  readonly stamp: string
  load(backend: Backend): Promise<Network>
}

/** A place that models come from, which is looked at again and again. */
export interface ModelSource {
  /** For messages. */
  readonly place: string
  /** Throws a `HeddleError` if it cannot be read. */
  find(): Promise<readonly FoundModel[]>
}

const SUFFIX = '.safetensors'
/** What stands in an address without escapes. */
const NAME = /^[A-Za-z0-9_][\w.-]{0,99}$/
const VERSION = /^\d{1,9}$/

/** A network that is there already, such as that of a run. */
export function networkSource(id: ModelId, network: Network): ModelSource {
  const found = { ...id, place: id.name, stamp: 'fixed', load: async () => network }
  check(id)
  return { place: id.name, find: async () => [found] }
}

/**
 * Models of a file, or of all files of a folder: `NAME.safetensors`, and `NAME/VERSION.safetensors` for several versions.
 * A file can have a name and a version of its own: `NAME=FILE`, `NAME:VERSION=FILE`.
 */
export function pathSource(text: string): ModelSource {
  const [, name, version, path] = /^(?:([^=:/\\]+)(?::([^=:/\\]+))?=)?(.+)$/s.exec(text) ?? []
  if (path === undefined || !existsSync(path))
    throw new UsageError(`There is no file or folder ${path ?? text}.`)
  if (!statSync(path).isDirectory())
    return fileSource(path, { name: name ?? basename(path, SUFFIX), version: version ?? '1' })
  if (name !== undefined)
    throw new UsageError(`${path} is a folder, and its files have their own names: leave "${name}=" out.`)
  return folderSource(path)
}

function fileSource(path: string, id: ModelId): ModelSource {
  check(id)
  return { place: path, find: async () => [await modelFile(path, id)] }
}

function folderSource(folder: string): ModelSource {
  return {
    place: folder,
    find: async () => {
      const found: FoundModel[] = []
      for (const entry of await entriesOf(folder)) {
        const path = join(folder, entry.name)
        if (entry.name.endsWith(SUFFIX)) {
          found.push(await modelFile(path, { name: basename(path, SUFFIX), version: '1' }))
        } else if (NAME.test(entry.name) && (await stat(path)).isDirectory()) {
          const versions = (await entriesOf(path)).map(({ name }) => name)
          for (const file of versions.filter(file => file.endsWith(SUFFIX)))
            found.push(
              await modelFile(join(path, file), { name: entry.name, version: basename(file, SUFFIX) }),
            )
        }
      }
      return found
    },
  }
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  // Files that are being written, and those of Kubernetes' mounted maps, begin with a point.
  return entries.filter(({ name }) => !name.startsWith('.'))
}

async function modelFile(path: string, id: ModelId): Promise<FoundModel> {
  // Follows links: a mounted folder is switched by one.
  const { mtimeMs, size, ino } = await stat(path)
  return {
    ...id,
    place: path,
    stamp: `${mtimeMs} ${size} ${ino}`,
    load: async backend => {
      within(path, () => check(id))
      return await loadModel(path, { backend })
    },
  }
}

function check({ name, version }: ModelId): void {
  if (!NAME.test(name)) {
    throw new HeddleError(
      `The model name ${show(name)} does not fit into an address: use letters, digits, "-", "_" and ".". Give the file another name: NAME=FILE.`,
    )
  }
  if (!VERSION.test(version))
    throw new HeddleError(`The version ${show(version)} of the model "${name}" must be a whole number.`)
}
