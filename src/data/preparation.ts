import { UsageError } from '../base/errors.ts'
import {
  custom,
  number,
  type Options,
  oneOf,
  optional,
  type Pair,
  pair,
  parseSpec,
  type Spec,
  show,
} from '../base/schema.ts'
import { borderColour, boundsOfThing, cut, inverted } from './pictures/object.ts'
import {
  inColorMode,
  type OpaquePicture,
  onBackground,
  type Picture,
  type Rgb,
  toBytes,
  usedBits,
} from './pictures/picture.ts'
import { interpolations, resize } from './pictures/resize.ts'
import { type PixelRange, pixelRangeField } from './pixels.ts'

const backgroundField = custom<Rgb, Rgb>(Object.freeze([255, 255, 255] as const), (value, path) => {
  const isLevel = (level: unknown): boolean =>
    Number.isInteger(level) && (level as number) >= 0 && (level as number) <= 255
  if (Array.isArray(value) && value.length === 3 && value.every(isLevel))
    return Object.freeze([...value] as unknown as Rgb)
  throw new UsageError(`${path} must be [red, green, blue] from 0 to 255 each, not ${show(value)}.`)
})

const bitsField = custom<number, number>(undefined, (value, path) => {
  if (Number.isInteger(value) && (value as number) >= 8 && (value as number) <= 16) return value as number
  throw new UsageError(`${path} must be a whole number from 8 to 16, not ${show(value)}.`)
})

/** How a picture becomes bytes: what a source of pictures lets its user choose. */
export const pictureFields = {
  /** Grey is the luma of Rec. 601, as in Keras and Pillow. Default 'rgb'. */
  colorMode: oneOf(['grayscale', 'rgb'], 'rgb'),
  /** `[height, width]`; null: the picture keeps its own. Default null. */
  imageSize: optional(pair()),
  /** How a picture of another shape gets `imageSize`: each axis by itself, cut around its middle, or whole with black beside it. Default 'stretch'. */
  fit: oneOf(['stretch', 'crop', 'pad'], 'stretch'),
  /** How a picture is resized; all but `nearest` with antialiasing. Default 'bilinear'. */
  interpolation: oneOf(interpolations, 'bilinear'),
  /** The colour that transparent parts are laid on. Default [255, 255, 255]. */
  background: backgroundField,
  /** How many bits are in use where a file has 16 a channel; null: as many as its largest level needs. Default null. */
  bits: optional(bitsField),
  /** `thing`: what is close to the colour of the border is cut away. Default 'none'. */
  crop: oneOf(['none', 'thing'], 'none'),
  /** How close that is, as a share of white. Default 0.12. */
  tolerance: number(0.12, { min: 0, max: 1 }),
  /** `auto`: where the border is light. Default 'no'. */
  invert: oneOf(['no', 'auto', 'yes'], 'no'),
} as const

const own = {
  /** What a byte is to the network: `unit` is 0 to 1, `raw` 0 to 255. Default 'unit'. */
  pixelRange: pixelRangeField,
}

const preparationFields = { ...pictureFields, ...own }

export interface PictureOptions extends Options<typeof pictureFields> {}
export interface PreparationOptions extends PictureOptions, Options<typeof own> {}

/**
 * How a picture becomes the numbers that a network sees: a frozen JSON value. A data source declares it, the run and the model
 * file carry it, and `prepare` executes it in Node and in a browser alike.
 */
export type Preparation = Spec<'preparation', typeof preparationFields>

/**
 * A preparation with Keras' defaults: RGB, stretched with antialiased bilinear interpolation, not inverted, bytes divided by 255.
 * Throws a `UsageError` for an unknown option or a bad value.
 *
 * @example
 * preparation({ colorMode: 'grayscale', imageSize: 64 }).imageSize // [64, 64]
 */
export function preparation(options: PreparationOptions = {}): Preparation {
  return parseSpec('preparation', preparationFields, options)
}

/** Reads a preparation from untrusted JSON. */
export function parsePreparation(json: unknown): Preparation {
  return parseSpec('preparation', preparationFields, json)
}

/**
 * How Fashion-MNIST's images were made from photos: cut to the thing, its background black, the longer side as long as the
 * image. Source: https://arxiv.org/abs/1708.07747, section 2.
 */
export const fashionMnistPreparation: Preparation = preparation({
  colorMode: 'grayscale',
  imageSize: [28, 28],
  fit: 'pad',
  interpolation: 'area',
  crop: 'thing',
  invert: 'auto',
})

/**
 * How a picture becomes the input of a network that takes `inputShape`: as its data `declared`, or, where that says nothing,
 * with Keras' defaults. `null`: the network takes no pictures.
 */
export function preparationFor(
  inputShape: readonly number[],
  { declared, pixelRange }: { readonly declared?: Preparation | undefined; readonly pixelRange: PixelRange },
): Preparation | null {
  const [height, width, channels] = inputShape
  if (inputShape.length !== 3 || (channels !== 1 && channels !== 3)) return null
  return preparation({
    ...declared,
    colorMode: channels === 1 ? 'grayscale' : 'rgb',
    imageSize: [height!, width!],
    pixelRange,
  })
}

/** What every step of a preparation made of a picture. */
export interface PreparedSteps {
  /** On its background, as bytes. */
  readonly opaque: OpaquePicture
  readonly cropped: OpaquePicture
  readonly coloured: OpaquePicture
  readonly inverted: OpaquePicture
  /** What the network is given. */
  readonly prepared: OpaquePicture
  readonly facts: {
    /** How many of a file's 16 bits a channel are taken as in use. */
    readonly bits: number | null
    readonly isBackgroundLight: boolean
    readonly isInverted: boolean
    /** It had the size and was therefore taken for an image that is prepared already: not cropped, and inverted only on demand. */
    readonly isReady: boolean
  }
}

/** `prepare`, step by step. */
export function preparationSteps(picture: Picture, chosen: Preparation): PreparedSteps {
  const { colorMode, imageSize, background } = chosen
  const isWide = picture.levels instanceof Uint16Array
  const bits = isWide ? (chosen.bits ?? usedBits(picture)) : null
  const opaque = onBackground(toBytes(picture, bits ?? 8), background)
  const isReady = picture.height === imageSize?.[0] && picture.width === imageSize[1]
  const cropped =
    chosen.crop === 'thing' && !isReady ? cut(opaque, boundsOfThing(opaque, 255 * chosen.tolerance)) : opaque
  const coloured = inColorMode(cropped, colorMode)
  // Measured on the whole picture: a close crop has no background left.
  const border = chosen.invert === 'no' ? [] : borderColour(inColorMode(opaque, colorMode))
  const isBackgroundLight = border.reduce((sum, level) => sum + level, 0) > 127 * border.length
  const isInverted = chosen.invert === 'yes' || (chosen.invert === 'auto' && isBackgroundLight && !isReady)
  const turned = isInverted ? inverted(coloured, border) : coloured
  return {
    opaque,
    cropped,
    coloured,
    inverted: turned,
    prepared: imageSize ? sized(turned, imageSize, chosen) : turned,
    facts: { bits, isBackgroundLight, isInverted, isReady },
  }
}

/**
 * A decoded, upright picture as the bytes that a network is given, `[height, width, channels]`: transparency on `background`,
 * cropped, grey or RGB, inverted, brought to `imageSize`. The same bytes in Node and in a browser, and Pillow's for what Pillow does.
 *
 * @example
 * const chosen = preparation({ colorMode: 'grayscale' })
 * prepare({ width: 1, height: 1, channels: 3, levels: Uint8Array.of(255, 0, 0) }, chosen).bytes[0] // 76
 */
export function prepare(picture: Picture, chosen: Preparation): OpaquePicture {
  const ready = preparedAlready(picture, chosen)
  if (ready) return ready
  return preparationSteps(picture, chosen).prepared
}

/** The picture itself, if every step would leave it as it is: servers get many of those. */
function preparedAlready(
  { width, height, channels, levels }: Picture,
  { imageSize, colorMode, invert }: Preparation,
): OpaquePicture | null {
  if (!(levels instanceof Uint8Array) || invert === 'yes') return null
  if (height !== imageSize?.[0] || width !== imageSize[1]) return null
  const isAsIs = colorMode === 'rgb' ? channels === 3 : channels === 1
  return isAsIs ? { width, height, channels: colorMode === 'rgb' ? 3 : 1, bytes: levels } : null
}

function sized(
  picture: OpaquePicture,
  [height, width]: Pair,
  { fit, interpolation }: Preparation,
): OpaquePicture {
  if (fit === 'stretch') return resize(picture, { width, height }, interpolation)
  if (fit === 'crop') return resize(cutToShape(picture, width / height), { width, height }, interpolation)
  const scale = Math.min(width / picture.width, height / picture.height)
  const inner = {
    width: Math.max(1, Math.round(picture.width * scale)),
    height: Math.max(1, Math.round(picture.height * scale)),
  }
  return onBlack(resize(picture, inner, interpolation), width, height)
}

/** The largest part around the middle whose width is `ratio` times its height. */
function cutToShape(picture: OpaquePicture, ratio: number): OpaquePicture {
  const width = Math.max(1, Math.min(picture.width, Math.floor(picture.height * ratio)))
  const height = Math.max(1, Math.min(picture.height, Math.floor(picture.width / ratio)))
  const [left, top] = [(picture.width - width) >> 1, (picture.height - height) >> 1]
  return cut(picture, { left, top, width, height })
}

function onBlack(picture: OpaquePicture, width: number, height: number): OpaquePicture {
  const { channels } = picture
  const bytes = new Uint8Array(width * height * channels)
  const [left, top] = [(width - picture.width) >> 1, (height - picture.height) >> 1]
  const row = picture.width * channels
  for (let y = 0; y < picture.height; y++)
    bytes.set(picture.bytes.subarray(y * row, (y + 1) * row), ((top + y) * width + left) * channels)
  return { width, height, channels, bytes }
}
