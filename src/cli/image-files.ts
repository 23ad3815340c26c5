import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../base/errors.ts'
import { kindOf } from '../base/files.ts'
import { plural } from '../base/text.ts'

/** By its ending alone. */
export function isPicture(path: string): boolean {
  return /\.(png|jpe?g|webp|gif|bmp|tiff?)$/i.test(path)
}

/**
 * Files as they are named, and for each folder the pictures in it and below it, sorted. `onNotice` gets the number of other
 * files in a folder, with an example; hidden files are not counted. Throws a `UsageError` for a folder without any picture.
 */
export function imageFiles(named: readonly string[], onNotice: (message: string) => void): string[] {
  return named.flatMap(name => {
    if (kindOf(name) !== 'folder') return [name]
    const files = readdirSync(name, { recursive: true, withFileTypes: true })
      .filter(entry => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map(entry => join(entry.parentPath, entry.name))
      .sort()
    const pictures = files.filter(isPicture)
    if (pictures.length === 0) {
      throw new UsageError(
        `The folder ${name} has no pictures (PNG, JPEG, WebP, GIF or BMP) in it or below it.`,
      )
    }
    const other = files.find(file => !isPicture(file))
    if (other !== undefined) {
      const count = files.length - pictures.length
      onNotice(
        `In ${name}, ${plural(count, 'file')} ${count === 1 ? 'is not a picture' : 'are not pictures'} and left out, such as ${other}.`,
      )
    }
    return pictures
  })
}
