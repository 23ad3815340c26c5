import { HeddleError } from '../../base/errors.ts'
import { optionalImport } from '../../base/optional-package.ts'

const MAX_ENTRIES = 10_000
/** Above the ratio of texts, below that of bombs. */
const GREATEST_RATIO = 100
const ALWAYS_READ = 8_000_000

/** The members of these names in a ZIP archive of any origin. Sizes are checked before and while bytes are unpacked. */
export async function readZip(
  bytes: Uint8Array,
  names: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { fromBufferPromise } = await optionalImport('yauzl', () => import('yauzl'))
  const found = new Map<string, Uint8Array>()
  try {
    const archive = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
      lazyEntries: true,
    })
    let count = 0
    for await (const entry of archive.eachEntry()) {
      if (++count > MAX_ENTRIES)
        throw new HeddleError(`the ZIP archive has more than ${MAX_ENTRIES} members.`)
      if (!names.includes(entry.fileName)) continue
      if (found.has(entry.fileName))
        throw new HeddleError(`the ZIP archive has two members "${entry.fileName}".`)
      if (entry.uncompressedSize > ALWAYS_READ + GREATEST_RATIO * bytes.length) {
        throw new HeddleError(
          `"${entry.fileName}" would have ${entry.uncompressedSize} bytes, unpacked from ${entry.compressedSize}: this is no model, or a trap.`,
        )
      }
      const pieces: Uint8Array[] = []
      // The library ends with an error when a member has more bytes than it announces.
      for await (const piece of await archive.openReadStreamPromise(entry)) pieces.push(piece)
      found.set(entry.fileName, Buffer.concat(pieces))
    }
  } catch (error) {
    if (error instanceof HeddleError) throw error
    throw new HeddleError(`the ZIP archive is damaged: ${(error as Error).message}.`)
  }
  return found
}

/** An archive with these members, stored as they are, and always of one date: the same model gives the same bytes. */
export async function writeZip(members: Readonly<Record<string, Uint8Array>>): Promise<Uint8Array> {
  const { zipSync } = await optionalImport('fflate', () => import('fflate'))
  return zipSync({ ...members }, { level: 0, mtime: '1980-01-01' })
}
