import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HeddleError } from '../../base/errors.ts'
import { gunzip, isGzip } from './gzip.ts'

/** A file whose content is known: wherever it comes from, it is checked against this. */
export interface KnownFile {
  /** Without `.gz`. */
  readonly name: string
  /** Unpacked. */
  readonly sizeBytes: number
  /** SHA-256 of the unpacked bytes: gzip headers differ between mirrors. */
  readonly sha256: string
}

/** What a folder holds of a known file. `bytes` are unpacked and verified. */
export type Finding =
  | { readonly state: 'absent' }
  | { readonly state: 'corrupt'; readonly path: string; readonly reason: string }
  | { readonly state: 'sound'; readonly path: string; readonly bytes: Uint8Array }

/** Looks for `file` in `folder`, plain or as `.gz`, and verifies it. A sound one wins over a corrupt one. */
export async function findKnownFile(folder: string, file: KnownFile): Promise<Finding> {
  let finding: Finding = { state: 'absent' }
  for (const path of [join(folder, `${file.name}.gz`), join(folder, file.name)]) {
    const next = await readKnownFile(path, file)
    if (next.state === 'sound') return next
    if (finding.state === 'absent') finding = next
  }
  return finding
}

/** Reads and verifies one path. Anything that is not an ordinary readable file counts as corrupt, with the reason. */
export async function readKnownFile(path: string, file: KnownFile): Promise<Finding> {
  try {
    const status = await stat(path)
    if (!status.isFile()) return { state: 'corrupt', path, reason: 'it is not a file' }
    // Gzip never grows a file by more than some bytes: what is larger need not be read.
    if (status.size > file.sizeBytes + 65_536) {
      return { state: 'corrupt', path, reason: `it has ${status.size} bytes, expected ${file.sizeBytes}` }
    }
    return { state: 'sound', path, bytes: verify(await readFile(path), file) }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return { state: 'absent' }
    return { state: 'corrupt', path, reason: message }
  }
}

/** The unpacked bytes, or a `HeddleError` with the checksum found and the one expected. */
function verify(bytes: Uint8Array, file: KnownFile): Uint8Array {
  const unpacked = isGzip(bytes) ? unpack(bytes, file) : bytes
  const found = createHash('sha256').update(unpacked).digest('hex')
  if (found !== file.sha256) {
    throw new HeddleError(`its SHA-256 is ${found} (${unpacked.length} bytes), expected ${expected(file)}`)
  }
  return unpacked
}

function unpack(bytes: Uint8Array, file: KnownFile): Uint8Array {
  try {
    return gunzip(bytes, file.sizeBytes, 'it')
  } catch (error) {
    // The advice after the first sentence is for a file that nothing else can replace.
    const [what] = (error as Error).message.split('. ')
    throw new HeddleError(`${what} (expected within: SHA-256 ${expected(file)})`)
  }
}

function expected({ sha256, sizeBytes }: KnownFile): string {
  return `${sha256} (${sizeBytes} bytes)`
}
