import { type FileHandle, open } from 'node:fs/promises'
import { HeddleError } from '../../base/errors.ts'
import { replaceFile } from '../../base/files.ts'
import { systemFailure } from '../../base/system-errors.ts'
import {
  floatsOf,
  headerLength,
  MAX_HEADER,
  PREFIX,
  parseHeader,
  type SafeTensors,
  START,
  type Tensor,
} from './safetensors-format.ts'

/**
 * The file as pieces, one after the other: the header's length as a 64-bit number, the header in JSON, padded with spaces
 * so that numbers are aligned, then the tensors. Source: https://github.com/huggingface/safetensors.
 */
export function encodeSafetensors({ metadata, tensors }: SafeTensors): Uint8Array[] {
  let end = 0
  const entries = [...tensors].map(([name, { shape, values }]) => {
    const begin = end
    end += values.byteLength
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }] as const
  })
  const header = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) })
  const length = Math.ceil(Buffer.byteLength(header) / 8) * 8
  if (length > MAX_HEADER) {
    throw new HeddleError(`A safetensors header is at most ${MAX_HEADER} bytes, this one has ${length}.`)
  }
  const head = Buffer.alloc(PREFIX + length, ' ')
  head.writeBigUInt64LE(BigInt(length))
  head.write(header, PREFIX)
  const data = [...tensors.values()].map(({ values }) => bytesOf(values))
  return [head, ...data]
}

/** Writes a file beside its place and renames it, so that a reader never sees half of it. */
export async function writeSafetensors(path: string, file: SafeTensors): Promise<void> {
  await replaceFile(path, encodeSafetensors(file))
}

/**
 * Reads a file of any origin. Memory is asked for only when the header has been checked against the file's size, so a
 * false header costs no memory. Throws a `HeddleError` that says what is wrong.
 */
export async function readSafetensors(path: string): Promise<SafeTensors> {
  const file = await open(path).catch((error: unknown) => {
    throw systemFailure(`${path} cannot be read`, error)
  })
  try {
    const { size } = await file.stat()
    const first = await readExactly(file, path, { at: 0, length: Math.min(START, size) })
    const length = headerLength(first, { fileSize: size, path })
    const header = await readExactly(file, path, { at: PREFIX, length })
    const start = PREFIX + length
    const { metadata, entries } = parseHeader(header, { size: size - start, path })
    const tensors = new Map<string, Tensor>()
    for (const { name, shape, begin, end } of entries) {
      const bytes = await readExactly(file, path, { at: start + begin, length: end - begin })
      tensors.set(name, { shape, values: floatsOf(bytes) })
    }
    return { metadata, tensors }
  } finally {
    await file.close()
  }
}

async function readExactly(
  file: FileHandle,
  path: string,
  { at, length }: { readonly at: number; readonly length: number },
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, at + done)
    // Another process may cut the file while it is read.
    if (bytesRead === 0) throw new HeddleError(`${path} ends after ${at + done} bytes: it is cut short.`)
    done += bytesRead
  }
  return bytes
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
