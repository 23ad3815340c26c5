import { HeddleError } from '../../base/errors.ts'
import { optionalImport } from '../../base/optional-package.ts'
import { type Shape, sizeOf } from '../../base/shape.ts'

// The library's own file system is in memory: links out of a file lead nowhere.

/** A tree of HDF5: groups, numbers, and texts beside them. */
export interface H5Group {
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>
  readonly members?: Readonly<Record<string, H5Group | H5Numbers>>
}

export interface H5Numbers {
  readonly shape: Shape
  readonly values: Float32Array
}

/** An HDF5 file of any origin, open for reading. Errors are `HeddleError`s. */
export interface H5File {
  isGroup(path: string): boolean
  /** The datasets and groups in a group. */
  names(path: string): readonly string[]
  text(path: string, attribute: string): string | null
  texts(path: string, attribute: string): readonly string[] | null
  /** `null`: there is none. */
  shape(path: string): Shape | null
  /** The numbers of a dataset of a known size. */
  numbers(path: string): Float32Array
}

/** Weights hardly shrink: what is far larger than its file is made to fill the memory. */
const GREATEST_RATIO = 20
const ALWAYS_READ = 8_000_000
/** The library adds numbers to long lists of texts: `layer_names0`, `layer_names1`, … */
const MAX_PARTS = 1000

/** Opens the bytes of a file for `work`, with a copy in the library's memory. */
export async function readHdf5<T>(bytes: Uint8Array, work: (file: H5File) => T): Promise<T> {
  const { h5, module } = await library()
  const name = '/read.h5'
  module.FS.writeFile(name, bytes)
  let open: InstanceType<typeof h5.File> | null = null
  try {
    open = new h5.File(name, 'r')
    return work(fileOf(open, module, bytes.length))
  } catch (error) {
    // A mistake in our own code must not look like one in the file.
    if (error instanceof HeddleError || error instanceof TypeError) throw error
    throw new HeddleError(`the HDF5 file is damaged: ${firstLine(error)}`)
  } finally {
    close(open)
    module.FS.unlink(name)
  }
}

type Library = Awaited<ReturnType<typeof library>>
type Module = Library['module']
type OpenFile = InstanceType<Library['h5']['File']>

async function library() {
  const { default: h5 } = await optionalImport('h5wasm', () => import('h5wasm'))
  const module = await h5.ready
  // Without it, the library prints errors of a file and goes on.
  module.activate_throwing_error_handler()
  return { h5, module: module as typeof module & { FS: FileSystem } }
}

interface FileSystem {
  writeFile(path: string, bytes: Uint8Array): void
  readFile(path: string): Uint8Array
  unlink(path: string): void
}

function close(file: { close(): unknown } | null): void {
  try {
    file?.close()
  } catch {
    // A damaged file may fail to close. That does no harm.
  }
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
    .split('\n')[0]!
    .slice(0, 200)
}

function fileOf(file: OpenFile, module: Module, fileSize: number): H5File {
  let left = ALWAYS_READ + GREATEST_RATIO * fileSize
  /** Refuses links on the way: only what lies in the file itself is read. */
  const typeAt = (path: string): number => {
    const parts = path.split('/').filter(part => part !== '')
    let type: number = module.H5G_GROUP
    for (let i = 1; i <= parts.length; i++) {
      const at = `/${parts.slice(0, i).join('/')}`
      // The type of a link that leads to itself cannot be asked for.
      const isSoft = isLink(file, at)
      type = isSoft ? module.H5G_LINK : file.get_type(at)
      if (type === module.H5G_LINK || type === module.H5G_UDLINK)
        throw new HeddleError(`"${at}" is a link. Links of HDF5 are not followed: save the model again.`)
      if (i < parts.length && type !== module.H5G_GROUP) return -1
    }
    return type
  }
  const metadataOf = (path: string) => {
    if (typeAt(path) !== module.H5G_DATASET) return null
    const dataset = file.get(path) as { metadata: Metadata; value: unknown } | null
    return dataset && { dataset, metadata: dataset.metadata }
  }
  const attribute = (path: string, name: string): unknown => {
    if (typeAt(path) < 0) return null
    const group = path === '/' ? file : (file.get(path) as OpenFile | null)
    const found = group?.attrs[name]
    if (!found) return null
    const size = (found.metadata.total_size ?? 1) * (found.metadata.vlen ? 1 : found.metadata.size)
    if (size > fileSize + ALWAYS_READ) throw new HeddleError(`the attribute "${name}" has a false size.`)
    return found.value
  }
  const texts = (path: string, name: string): readonly string[] | null => {
    const value = attribute(path, name)
    if (value === null || value === undefined) return null
    // An empty list has no type.
    return ArrayBuffer.isView(value) ? [] : [value].flat().map(String)
  }
  return {
    isGroup: path => typeAt(path) === module.H5G_GROUP,
    names: path => (typeAt(path) === module.H5G_GROUP ? (file.get(path) as OpenFile).keys() : []),
    text: (path, name) => {
      const value = attribute(path, name)
      return value === null || value === undefined ? null : String(value)
    },
    texts(path, name) {
      const whole = texts(path, name)
      if (whole) return whole
      const parts: string[] = []
      for (let i = 0; i < MAX_PARTS; i++) {
        const part = texts(path, `${name}${i}`)
        if (!part) return i === 0 ? null : parts
        parts.push(...part)
      }
      return parts
    },
    shape: path => metadataOf(path)?.metadata.shape ?? null,
    numbers(path) {
      const { dataset, metadata } = metadataOf(path)!
      const size = sizeOf(metadata.shape ?? [])
      left -= 4 * size
      const chunk = sizeOf(metadata.chunks ?? [])
      if (left < 0 || chunk > 4 * size + 1_000_000) {
        throw new HeddleError(
          `"${path}" announces ${size} numbers, but the whole file has ${fileSize} bytes: this is no model, or a trap.`,
        )
      }
      if (metadata.virtual_sources?.length)
        throw new HeddleError(`"${path}" stands in another file, which is not read.`)
      if (metadata.type !== FLOAT || (metadata.size !== 4 && metadata.size !== 8)) {
        throw new HeddleError(
          `"${path}" does not hold numbers of 32 or 64 bits. Save the model with the dtype float32.`,
        )
      }
      const { value } = dataset
      const numbers = typeof value === 'number' ? [value] : (value as ArrayLike<number>)
      const values = Float32Array.from(numbers)
      if (values.length !== size) throw new HeddleError(`"${path}" cannot be read: the file is damaged.`)
      return values
    },
  }
}

/** The class of floating-point types in HDF5. */
const FLOAT = 1

interface Metadata {
  readonly shape: number[] | null
  readonly chunks: number[] | null
  readonly type: number
  readonly size: number
  readonly virtual_sources?: readonly unknown[]
}

function isLink(file: OpenFile, path: string): boolean {
  try {
    const target: unknown = file.get_link(path)
    return typeof target === 'string' && target !== ''
  } catch {
    // The name does not exist.
    return false
  }
}

/** The bytes of a file with these groups. Numbers are stored as they are, so that any program reads them. */
export async function writeHdf5(root: H5Group): Promise<Uint8Array> {
  const { h5, module } = await library()
  const name = '/write.h5'
  const file = new h5.File(name, 'w')
  try {
    fill(file, root)
    file.close()
    // The library gives a view of its memory, which the next file overwrites.
    return Uint8Array.from(module.FS.readFile(name))
  } finally {
    module.FS.unlink(name)
  }
}

type OpenGroup = ReturnType<OpenFile['create_group']>

function fill(group: OpenGroup, { attributes = {}, members = {} }: H5Group): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string') group.create_attribute(name, value)
    else if (value.length > 0) group.create_attribute(name, [...value], [value.length])
    // Keras writes an empty list as numbers.
    else group.create_attribute(name, new Float64Array(0), [0])
  }
  for (const [name, member] of Object.entries(members)) {
    if ('values' in member)
      group.create_dataset({ name, data: member.values, shape: [...member.shape], dtype: '<f4' })
    else fill(group.create_group(name), member)
  }
}
