import { HeddleError, UsageError } from '../../../base/errors.ts'
import { show } from '../../../base/schema.ts'
import type { ReadOptions } from '../model-format.ts'
import type { OnnxGraph, OnnxTensor } from './messages.ts'

/** Exporters write one file beside the model. */
const MAX_FILES = 16

/** Reads the files that hold weights of a graph, and returns where the bytes of a tensor are. */
export async function outsideOf(
  { initializers }: OnnxGraph,
  beside: ReadOptions['beside'],
): Promise<(tensor: OnnxTensor) => Uint8Array> {
  const names = new Set(initializers.filter(({ raw }) => raw === null).map(locationOf))
  if (names.size > MAX_FILES)
    throw new UsageError(`its weights lie in ${names.size} other files; at most ${MAX_FILES} are read.`)
  const files = new Map<string, Uint8Array>()
  for (const name of names) {
    if (!beside) {
      throw new UsageError(`its weights lie in the file ${show(name)}, which must be given with it.`)
    }
    files.set(name, await beside(name))
  }
  return tensor => {
    const location = locationOf(tensor)
    const bytes = files.get(location)
    if (!bytes) throw new UsageError(`a tensor that is no weight lies in the file ${show(location)}.`)
    const offset = numberOf(tensor, 'offset') ?? 0
    const length = numberOf(tensor, 'length') ?? bytes.length - offset
    if (offset + length <= bytes.length) return bytes.subarray(offset, offset + length)
    throw new HeddleError(
      `the tensor ${show(tensor.name)} should end at byte ${offset + length} of ${show(location)}, which has ${bytes.length} bytes. The file is another one, or cut short.`,
    )
  }
}

function locationOf({ external, name }: OnnxTensor): string {
  const location = external.get('location')
  if (location) return location
  throw new HeddleError(`the tensor ${show(name)} lies in another file, but has no name of that file.`)
}

function numberOf({ external, name }: OnnxTensor, key: string): number | null {
  const text = external.get(key)
  if (text === undefined) return null
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new HeddleError(`the tensor ${show(name)} has the ${key} ${show(text)} in another file.`)
}
