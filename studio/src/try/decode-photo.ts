import { decodeBmp } from '../../../src/data/pictures/bmp.ts'
import { pictureHeader } from '../../../src/data/pictures/format.ts'
import { decodePng } from '../../../src/data/pictures/png.ts'
import type { Photo } from './photo.ts'

const MAX_BYTES = 50e6

/**
 * The picture in a file, upright, at its own size and with its transparency: what Node reads from it, to the byte for PNG and BMP
 * (browsers cut 16 bits to 8 and premultiply by alpha), and as the browser decodes it for other formats, without colour management.
 */
export async function decodePhoto(file: Blob): Promise<Photo> {
  if (file.size > MAX_BYTES)
    throw new Error(`The file has ${Math.round(file.size / 1e6)} MB; at most 50 MB are opened.`)
  const bytes = new Uint8Array(await file.arrayBuffer())
  try {
    const { format } = pictureHeader(bytes)
    if (format === 'PNG') return await decodePng(bytes)
    return format === 'BMP' ? decodeBmp(bytes) : await byBrowser(file)
  } catch (error) {
    throw new Error(`This picture cannot be opened: ${(error as Error).message}`)
  }
}

async function byBrowser(file: Blob): Promise<Photo> {
  const bitmap = await createImageBitmap(file, {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  }).catch(() => {
    throw new Error('the browser cannot read it; it is damaged, or of a kind that the browser does not know.')
  })
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d')!
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  const { data } = context.getImageData(0, 0, width, height)
  return { width, height, channels: 4, levels: new Uint8Array(data.buffer) }
}
