import type { Picture } from '../parts/pixels.tsx'
import { checkedSize } from './image-size.ts'

/** Longer sides are halved away while the browser unpacks: no network sees more. */
const LONGEST = 640

/** The picture in a file, upright and no larger than is needed, on white where it is transparent. */
export async function decodePhoto(file: Blob): Promise<Picture> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  checkedSize(bytes)
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(
      'The browser cannot read this picture: it is damaged, or of a kind that it does not know.',
    )
  })
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height))
  const [width, height] = [bitmap.width, bitmap.height].map(side =>
    Math.max(1, Math.round(side * scale)),
  ) as [number, number]
  const context = new OffscreenCanvas(width, height).getContext('2d')!
  context.imageSmoothingQuality = 'high'
  context.fillStyle = 'white'
  context.fillRect(0, 0, width, height)
  context.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  const { data } = context.getImageData(0, 0, width, height)
  const rgb = new Uint8Array(width * height * 3)
  for (let p = 0; p < width * height; p++) rgb.set(data.subarray(4 * p, 4 * p + 3), 3 * p)
  return { width, height, channels: 3, bytes: rgb }
}
