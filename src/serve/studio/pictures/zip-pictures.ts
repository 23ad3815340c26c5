import { readFile, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { Zip, ZipPassThrough } from 'fflate'
import { UsageError } from '../../../base/errors.ts'
import type { PictureFolder } from './picture-folder.ts'

/** Archives of this format without its extension for large ones end at 4 GiB. */
const MOST_BYTES = 4e9

/**
 * The pictures of a folder as a ZIP archive with a folder for each class, as they are: pictures do not become smaller. One is in
 * memory at a time. Throws a `UsageError` for more than 4 GB.
 */
export async function zipPictures(folder: PictureFolder): Promise<Readable> {
  const { classes } = await folder.list()
  const ids = classes.flatMap(({ pictures }) => pictures.map(({ id }) => id))
  let total = 0
  for (const id of ids) total += (await stat(await folder.pathOf(id))).size
  if (total > MOST_BYTES) {
    throw new UsageError(
      `The pictures have ${(total / 1e9).toFixed(1)} GB, and an archive holds at most ${MOST_BYTES / 1e9} GB: copy the folder ${folder.path}.`,
    )
  }
  return Readable.from(zipped(folder, ids))
}

async function* zipped(folder: PictureFolder, ids: readonly string[]): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = []
  const zip = new Zip((error, piece) => {
    if (error) throw error
    ready.push(piece)
  })
  for (const id of ids) {
    const member = new ZipPassThrough(`${folder.name}/${id}`)
    zip.add(member)
    member.push(await readFile(await folder.pathOf(id)), true)
    yield* ready.splice(0)
  }
  zip.end()
  yield* ready.splice(0)
}
