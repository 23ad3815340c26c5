import { createHmac, randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolder } from '../base/files.ts'

const BYTES = 32
const FORM = /^[\w-]{43}$/

/**
 * The studio's own key, random and kept in a file that only its owner can read: pages that are open stay signed in when the
 * studio is started again. Where the folder cannot be written the key lives as long as the process.
 */
export function studioKey(storeFolder: string): string {
  const file = join(storeFolder, 'studio', 'key')
  const kept = keptIn(file)
  if (kept !== null) return kept
  const key = randomBytes(BYTES).toString('base64url')
  try {
    writePrivate(file, key)
  } catch {
    return key
  }
  return keptIn(file) ?? key
}

/** What the browser sends afterwards: it cannot be guessed, and is another one where the token is another one. */
export function cookieOf(key: string, token: string | null): string {
  return createHmac('sha256', key)
    .update(`cookie ${token ?? ''}`)
    .digest('base64url')
}

/** Writes a file that other users of the machine cannot read, from its first byte on. */
export function writePrivate(file: string, text: string): void {
  makeFolder(dirname(file), 0o700)
  writeFileSync(file, text, { mode: 0o600 })
  // The mode above is for a new file only.
  chmodSync(file, 0o600)
}

/** A key that others could have read or written is not used again. */
function keptIn(file: string): string | null {
  try {
    const { mode, uid } = statSync(file)
    const isPrivate = process.platform === 'win32' || ((mode & 0o077) === 0 && uid === process.getuid?.())
    const text = readFileSync(file, 'utf8')
    return isPrivate && FORM.test(text) ? text : null
  } catch {
    return null
  }
}
