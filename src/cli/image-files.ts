import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../spec/errors.ts'

const PICTURE = /\.(png|jpe?g|webp|gif|bmp|tiff?)$/i

/** Files as they are named, and for each folder the pictures in it and below it, sorted. Throws a `UsageError` for a folder without any. */
export function imageFiles(named: readonly string[]): string[] {
  return named.flatMap(name => {
    if (!statSync(name, { throwIfNoEntry: false })?.isDirectory()) return [name]
    const pictures = readdirSync(name, { recursive: true, withFileTypes: true })
      .filter(entry => !entry.isDirectory() && PICTURE.test(entry.name))
      .map(entry => join(entry.parentPath, entry.name))
      .sort()
    if (pictures.length > 0) return pictures
    throw new UsageError(
      `The folder ${name} has no pictures (PNG, JPEG, WebP, GIF or BMP) in it or below it.`,
    )
  })
}
