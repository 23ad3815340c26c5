import type { OpaquePicture } from './picture.ts'

export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Where pixels differ from the border's colour by more than `tolerance`; a row or column with hardly any is noise. */
export function boundsOfThing(picture: OpaquePicture, tolerance: number): Box {
  const { width, height, channels, bytes } = picture
  const border = borderColour(picture)
  const rows = new Int32Array(height)
  const columns = new Int32Array(width)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels
      if (!border.some((level, c) => Math.abs(bytes[at + c]! - level) > tolerance)) continue
      rows[y]!++
      columns[x]!++
    }
  }
  const [top, bottom] = [rows.findIndex(n => n > width / 100), rows.findLastIndex(n => n > width / 100)]
  const [left, right] = [
    columns.findIndex(n => n > height / 100),
    columns.findLastIndex(n => n > height / 100),
  ]
  // All pixels are alike: there is no object to crop to.
  if (top < 0 || left < 0) return { left: 0, top: 0, width, height }
  return { left, top, width: right - left + 1, height: bottom - top + 1 }
}

/** The median of the outermost pixels, channel by channel; a corner counts twice. */
export function borderColour({ width, height, channels, bytes }: OpaquePicture): number[] {
  const row = width * channels
  const levels = new Uint8Array(2 * (width + height))
  return Array.from({ length: channels }, (_, c) => {
    let count = 0
    for (let at = c; at < row; at += channels) {
      levels[count++] = bytes[at]!
      levels[count++] = bytes[(height - 1) * row + at]!
    }
    for (let y = 0; y < height; y++) {
      levels[count++] = bytes[y * row + c]!
      levels[count++] = bytes[(y + 1) * row - channels + c]!
    }
    return levels.sort()[levels.length >> 1]!
  })
}

export function cut({ width, channels, bytes }: OpaquePicture, box: Box): OpaquePicture {
  const cutOut = new Uint8Array(box.width * box.height * channels)
  for (let y = 0; y < box.height; y++) {
    const from = ((box.top + y) * width + box.left) * channels
    cutOut.set(bytes.subarray(from, from + box.width * channels), y * box.width * channels)
  }
  return { width: box.width, height: box.height, channels, bytes: cutOut }
}

/** The background becomes black, and the other end of the scale stays where it is. */
export function inverted(picture: OpaquePicture, background: readonly number[]): OpaquePicture {
  const { channels, bytes } = picture
  const turned = bytes.map((level, i) => {
    const most = background[i % channels]!
    return most === 0 ? 0 : Math.round((255 * Math.max(0, most - level)) / most)
  })
  return { ...picture, bytes: turned }
}
