import { UsageError } from '../../../base/errors.ts'

/** Names that are parts of a dataset, not classes: see `listImageFolder`. */
const PARTS = /^(train|training|val|valid|validation|test|testing)$/i
/** Names that Windows keeps for devices. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
/** File systems allow 255 bytes; a number and an ending are added. */
const MOST_BYTES = 180

/**
 * A name for a folder or a file on any system: one part of a path, in Unicode's composed form, without characters that some system
 * refuses. Throws a `UsageError`, which says `what` was to be named, for a text without a letter or a digit.
 *
 * @example
 * cleanName('../etc/passwd', 'class') // '-etc-passwd'
 */
export function cleanName(given: string, what: 'class' | 'file' | 'folder'): string {
  const plain = given
    .normalize('NFC')
    // Control characters, those that turn the direction of text, and those of paths.
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}/\\:*?"<>|]+/gu, '-')
    .replace(/\s+/g, ' ')
    .replace(/^[.\s]+|[.\s]+$/g, '')
  const name = cut(DEVICES.test(plain) ? `_${plain}` : plain)
  if (!/[\p{L}\p{N}]/u.test(name)) {
    throw new UsageError(`The name of a ${what} needs a letter or a digit, and "${given}" has none.`)
  }
  if (what === 'class' && PARTS.test(name)) {
    throw new UsageError(
      `A class cannot be called "${name}": in a folder of pictures this name means a part of the data. Choose another name.`,
    )
  }
  return name
}

/** The name under which a file system that ignores capitals keeps it. */
export function folded(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** `name`, or `name-2` and so on: the first one that is free. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  const [, stem = name, ending = ''] = /^(.+?)(\.[A-Za-z]{2,4})?$/s.exec(name) ?? []
  let free = name
  for (let i = 2; isTaken(free); i++) free = `${stem}-${i}${ending}`
  return free
}

function cut(name: string): string {
  let short = ''
  let bytes = 0
  for (const character of name) {
    bytes += Buffer.byteLength(character)
    if (bytes > MOST_BYTES) break
    short += character
  }
  return short.replace(/[.\s]+$/, '')
}
