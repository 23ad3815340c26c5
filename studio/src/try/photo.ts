import type { Picture } from '../parts/pixels.tsx'

export interface PhotoOptions {
  /** What is cut away: all that is close to the colour of the border, what is no square, or nothing. */
  readonly crop: 'thing' | 'square' | 'none'
  /** How close, as a share of white. */
  readonly tolerance: number
  /** `auto`: where the border is light; the networks of Fashion-MNIST know light things on black. */
  readonly invert: 'auto' | 'yes' | 'no'
}

export interface PhotoStep {
  readonly name: string
  /** What was done, in numbers. */
  readonly note: string
  readonly picture: Picture
}

/** From a photo in colour to what the network takes, step by step, as Fashion-MNIST's images were made (arXiv:1708.07747, section 2). */
export function photoSteps(
  photo: Picture,
  [height, width, channels]: readonly [number, number, number],
  options: PhotoOptions,
): readonly PhotoStep[] {
  const cropped = crop(photo, options)
  const coloured = channels === 1 ? grey(cropped) : cropped
  // Of the whole photo: around a thing that is cropped closely there is no background left.
  const border = borderColour(channels === 1 ? grey(photo) : photo)
  const isLight = border.reduce((sum, level) => sum + level, 0) / channels > 127
  const inverts = options.invert === 'yes' || (options.invert === 'auto' && isLight)
  const inverted = inverts ? invert(coloured, border) : coloured
  const size = (picture: Picture): string => `${picture.width} × ${picture.height}`
  return [
    { name: 'Photo', note: size(photo), picture: photo },
    { name: 'Cropped', note: size(cropped), picture: cropped },
    ...(channels === 1 ? [{ name: 'Grey', note: 'as the eye weighs colours', picture: coloured }] : []),
    {
      name: inverts ? 'Inverted' : 'Not inverted',
      note: inverts ? 'its background made black' : isLight ? 'as you chose' : 'its background is dark',
      picture: inverted,
    },
    { name: 'Scaled', note: `${width} × ${height}, centred`, picture: fit(inverted, width, height) },
  ]
}

function crop(picture: Picture, { crop: kind, tolerance }: PhotoOptions): Picture {
  const { width, height } = picture
  if (kind === 'none') return picture
  if (kind === 'square') {
    const side = Math.min(width, height)
    return cut(picture, { left: (width - side) >> 1, top: (height - side) >> 1, width: side, height: side })
  }
  return cut(picture, boundsOfThing(picture, 255 * tolerance))
}

interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Where pixels differ from the border's colour by more than `tolerance`; a row or column with hardly any is noise. */
function boundsOfThing(picture: Picture, tolerance: number): Box {
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
  // Nothing differs: there is nothing to crop to.
  if (top < 0 || left < 0) return { left: 0, top: 0, width, height }
  return { left, top, width: right - left + 1, height: bottom - top + 1 }
}

/** The median of the outermost pixels, channel by channel. */
function borderColour(picture: Picture): number[] {
  return Array.from({ length: picture.channels }, (_, c) => {
    const levels = borderPixels(picture).map(p => picture.bytes[p * picture.channels + c]!)
    return levels.sort((a, b) => a - b)[levels.length >> 1]!
  })
}

function borderPixels({ width, height }: Picture): number[] {
  const across = Array.from({ length: width }, (_, x) => [x, (height - 1) * width + x])
  const down = Array.from({ length: height }, (_, y) => [y * width, y * width + width - 1])
  return [...across, ...down].flat()
}

function cut({ width, channels, bytes }: Picture, box: Box): Picture {
  const cutOut = new Uint8Array(box.width * box.height * channels)
  for (let y = 0; y < box.height; y++) {
    const from = ((box.top + y) * width + box.left) * channels
    cutOut.set(bytes.subarray(from, from + box.width * channels), y * box.width * channels)
  }
  return { width: box.width, height: box.height, channels, bytes: cutOut }
}

/** Luma of Rec. 601, as Keras and sharp weigh colours. */
function grey({ width, height, bytes }: Picture): Picture {
  const levels = Uint8Array.from({ length: width * height }, (_, p) =>
    Math.round(0.299 * bytes[3 * p]! + 0.587 * bytes[3 * p + 1]! + 0.114 * bytes[3 * p + 2]!),
  )
  return { width, height, channels: 1, bytes: levels }
}

/** The background becomes black, and the other end of the scale stays where it is. */
function invert(picture: Picture, border: readonly number[]): Picture {
  const { channels, bytes } = picture
  const inverted = bytes.map((level, i) => {
    const most = border[i % channels]!
    return most === 0 ? 0 : Math.round((255 * Math.max(0, most - level)) / most)
  })
  return { ...picture, bytes: inverted }
}

/** The longer side fills the target, each pixel the mean of what it covers; the rest is black. */
function fit({ width, height, channels, bytes }: Picture, toWidth: number, toHeight: number): Picture {
  const scale = Math.min(toWidth / width, toHeight / height)
  const [innerWidth, innerHeight] = [
    Math.max(1, Math.round(width * scale)),
    Math.max(1, Math.round(height * scale)),
  ]
  const [left, top] = [(toWidth - innerWidth) >> 1, (toHeight - innerHeight) >> 1]
  const fitted = new Uint8Array(toWidth * toHeight * channels)
  const rows = shares(height, innerHeight)
  const columns = shares(width, innerWidth)
  for (let y = 0; y < innerHeight; y++) {
    for (let x = 0; x < innerWidth; x++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0
        for (const [fromY, shareY] of rows[y]!) {
          for (const [fromX, shareX] of columns[x]!) {
            sum += shareY * shareX * bytes[(fromY * width + fromX) * channels + c]!
          }
        }
        fitted[((top + y) * toWidth + left + x) * channels + c] = Math.round(sum)
      }
    }
  }
  return { width: toWidth, height: toHeight, channels, bytes: fitted }
}

/** For each of `to` places along an axis: which of `from` places it covers, and how much of it each is. */
function shares(from: number, to: number): (readonly [number, number])[][] {
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [(i * from) / to, ((i + 1) * from) / to]
    const first = Math.floor(start)
    return Array.from({ length: Math.max(1, Math.ceil(end) - first) }, (_, k): [number, number] => {
      const covered = Math.min(end, first + k + 1) - Math.max(start, first + k)
      return [Math.min(from - 1, first + k), covered / (end - start)]
    })
  })
}
