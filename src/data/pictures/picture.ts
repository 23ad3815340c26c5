/** A picture as a decoder gives it. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** 1: grey, 2: grey and alpha, 3: RGB, 4: RGB and alpha; alpha is not premultiplied. */
  readonly channels: 1 | 2 | 3 | 4
  /** `[height, width, channels]`: 0 to 255, or 0 to 65,535 of a file with 16 bits a channel. */
  readonly levels: Uint8Array | Uint16Array
}

/** A picture of bytes without transparency. */
export interface OpaquePicture {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  /** `[height, width, channels]`, 0 to 255. */
  readonly bytes: Uint8Array
}

export type Rgb = readonly [number, number, number]

/** Luma of Rec. 601 in 16 bits of fixed point, as Pillow's mode L has it: 0.299 R + 0.587 G + 0.114 B, rounded. */
function luma(red: number, green: number, blue: number): number {
  return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16
}

/**
 * Levels of 16 bits become bytes: of `bits` bits that are in use, the upper eight are kept; a level above them is white.
 * Alpha always uses all 16. A picture of bytes stays as it is.
 */
export function toBytes({ levels, channels, ...size }: Picture, bits: number): Picture {
  if (levels instanceof Uint8Array) return { ...size, channels, levels }
  const bytes = new Uint8Array(levels.length)
  const alpha = channels % 2 === 0 ? channels - 1 : -1
  for (let i = 0; i < levels.length; i++)
    bytes[i] = i % channels === alpha ? levels[i]! >> 8 : Math.min(255, levels[i]! >> (bits - 8))
  return { ...size, channels, levels: bytes }
}

/** The bits that the levels of a picture use, without its alpha: 8 to 16. */
export function usedBits({ levels, channels }: Picture): number {
  let largest = 0
  for (let i = 0; i < levels.length; i++)
    if (channels % 2 === 1 || i % channels !== channels - 1) largest = Math.max(largest, levels[i]!)
  return Math.max(8, 32 - Math.clz32(largest))
}

/** Lays a picture of bytes on `background`. Pillow: `Image.new('RGB', size, background).paste(rgb, mask=alpha)`. */
export function onBackground({ width, height, channels, levels }: Picture, background: Rgb): OpaquePicture {
  if (channels === 1 || channels === 3) return { width, height, channels, bytes: levels as Uint8Array }
  // Grey stays grey on a grey ground.
  const isGrey = channels === 2 && background[0] === background[1] && background[1] === background[2]
  const to = isGrey ? 1 : 3
  const bytes = new Uint8Array(width * height * to)
  for (let p = 0; p < width * height; p++) {
    const alpha = levels[p * channels + channels - 1]!
    for (let c = 0; c < to; c++) {
      const level = levels[p * channels + (channels === 4 ? c : 0)]!
      bytes[p * to + c] = Math.round((level * alpha + background[c]! * (255 - alpha)) / 255)
    }
  }
  return { width, height, channels: to, bytes }
}

/** The same picture in grey or in RGB. */
export function inColorMode(picture: OpaquePicture, colorMode: 'grayscale' | 'rgb'): OpaquePicture {
  const { width, height, channels, bytes } = picture
  const count = width * height
  if (colorMode === 'rgb') {
    if (channels === 3) return picture
    const rgb = new Uint8Array(3 * count)
    for (let i = 0; i < rgb.length; i++) rgb[i] = bytes[Math.floor(i / 3)]!
    return { width, height, channels: 3, bytes: rgb }
  }
  if (channels === 1) return picture
  const grey = new Uint8Array(count)
  for (let p = 0; p < count; p++) grey[p] = luma(bytes[3 * p]!, bytes[3 * p + 1]!, bytes[3 * p + 2]!)
  return { width, height, channels: 1, bytes: grey }
}

/** CMYK as JPEG files hold it, 255 meaning full ink, to RGB without a profile, as Pillow converts it. */
export function rgbOfCmyk(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / 4) * 3)
  for (let p = 0; p < cmyk.length / 4; p++) {
    const left = 255 - cmyk[4 * p + 3]!
    for (let c = 0; c < 3; c++) rgb[3 * p + c] = left - Math.round((cmyk[4 * p + c]! * left) / 255)
  }
  return rgb
}

/** Turned as the EXIF orientation (1 to 8) says, so that the first row is the top of the scene. */
export function upright(picture: Picture, orientation: number): Picture {
  if (orientation <= 1 || orientation > 8) return picture
  const { width, height, channels, levels } = picture
  const swaps = orientation >= 5
  const [toWidth, toHeight] = swaps ? [height, width] : [width, height]
  const flipsX = [2, 3, 7, 8].includes(orientation)
  const flipsY = [3, 4, 6, 7].includes(orientation)
  const turned = levels instanceof Uint8Array ? new Uint8Array(levels.length) : new Uint16Array(levels.length)
  for (let y = 0; y < toHeight; y++) {
    for (let x = 0; x < toWidth; x++) {
      const [alongX, alongY] = swaps ? [y, x] : [x, y]
      const fromX = flipsX ? width - 1 - alongX : alongX
      const fromY = flipsY ? height - 1 - alongY : alongY
      for (let c = 0; c < channels; c++)
        turned[(y * toWidth + x) * channels + c] = levels[(fromY * width + fromX) * channels + c]!
    }
  }
  return { width: toWidth, height: toHeight, channels, levels: turned }
}
