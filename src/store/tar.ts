import { type FileHandle, open } from 'node:fs/promises'
import { HeddleError, UsageError } from '../base/errors.ts'
import { systemFailure } from '../base/system-errors.ts'

const BLOCK = 512

/** The header of a file in the ustar format, which every tar reads. Source: POSIX.1-2001, pax. */
function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, length: number): void => {
    header.write(value.toString(8).padStart(length - 1, '0'), at)
  }
  if (Buffer.byteLength(name) > 100)
    throw new HeddleError(`The name ${name} is too long for an archive: it may have at most 100 bytes.`)
  header.write(name, 0)
  octal(0o644, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(0, 136, 12)
  header.fill(' ', 148, 156)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  return header
}

/** Writes files one after the other; `end` makes the archive whole. */
export class TarWriter {
  readonly #file: FileHandle

  constructor(file: FileHandle) {
    this.#file = file
  }

  async add(name: string, bytes: Uint8Array): Promise<void> {
    await this.#file.writeFile(headerOf(name, bytes.length))
    await this.#file.writeFile(bytes)
    await this.#file.writeFile(Buffer.alloc(-bytes.length & (BLOCK - 1)))
  }

  async end(): Promise<void> {
    await this.#file.writeFile(Buffer.alloc(2 * BLOCK))
  }
}

/** The place of a file in an archive, in bytes. */
export interface TarPlace {
  readonly at: number
  readonly length: number
}

/** The bytes of one file of an archive; fewer where it was cut short meanwhile. */
export async function readFromTar(path: string, { at, length }: TarPlace): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const bytes = Buffer.alloc(length)
    const { bytesRead } = await file.read(bytes, 0, length, at)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** The files of an archive, one at a time. Throws a `HeddleError` if it is cut short or no archive. */
export async function* readTar(
  path: string,
): AsyncGenerator<{ readonly name: string; readonly bytes: Buffer; readonly at: number }> {
  const file = await open(path).catch((error: unknown) => {
    throw systemFailure(`${path} cannot be read`, error)
  })
  try {
    const stat = await file.stat()
    if (stat.isDirectory())
      throw new UsageError(`${path} is a folder: name the file that "heddle runs export" wrote.`)
    const { size } = stat
    for (let at = 0; ; ) {
      const header = Buffer.alloc(BLOCK)
      if (at + BLOCK > size || (await file.read(header, 0, BLOCK, at)).bytesRead < BLOCK) {
        throw new HeddleError(`${path} is not an archive of runs, or it is cut short after ${size} bytes.`)
      }
      if (header.every(byte => byte === 0)) return
      const name = header.subarray(0, 100).toString().replace(/\0.*$/s, '')
      const length = Number.parseInt(header.subarray(124, 136).toString(), 8)
      if (header.toString('latin1', 257, 262) !== 'ustar' || !(length >= 0 && at + BLOCK + length <= size)) {
        throw new HeddleError(
          `${path} is not an archive of runs, or it is damaged or cut short at byte ${at}.`,
        )
      }
      const bytes = Buffer.alloc(length)
      await file.read(bytes, 0, length, at + BLOCK)
      yield { name, bytes, at: at + BLOCK }
      at += BLOCK + Math.ceil(length / BLOCK) * BLOCK
    }
  } finally {
    await file.close()
  }
}
