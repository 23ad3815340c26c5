import { UsageError } from '../../spec/errors.ts'
import type { Pair } from '../../spec/fields.ts'

export type ColorMode = 'grayscale' | 'rgb'

export interface DecodedImage {
  /** `[height, width]`. */
  readonly size: Pair
  /** `[height, width, channels]`, 0 to 255. */
  readonly pixels: Uint8Array
}

/** A picture of 10,000 × 10,000: anything larger is a mistake or an attack, and is refused before it is unpacked. */
const MAX_PIXELS = 10_000 ** 2

/**
 * A function that decodes image files to bytes: turned upright as their camera says, without transparency, in
 * `colorMode`, and stretched to `imageSize` unless that is null.
 *
 * Throws a `UsageError` when the optional package sharp is not installed; the function throws sharp's own errors.
 */
export async function imageDecoder(
  colorMode: ColorMode,
  imageSize: Pair | null,
): Promise<(path: string) => Promise<DecodedImage>> {
  const sharp = await loadSharp()
  const colourspace = colorMode === 'grayscale' ? 'b-w' : 'srgb'
  return async path => {
    const image = sharp(path, { limitInputPixels: MAX_PIXELS, failOn: 'warning' }).autoOrient().removeAlpha()
    if (imageSize) image.resize({ height: imageSize[0], width: imageSize[1], fit: 'fill' })
    const { data, info } = await image.toColourspace(colourspace).raw().toBuffer({ resolveWithObject: true })
    return { size: [info.height, info.width], pixels: data }
  }
}

async function loadSharp() {
  try {
    return (await import('sharp')).default
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]
    throw new UsageError(
      `Reading image files needs the package sharp, which cannot be loaded (${reason}). ` +
        'Install it with: npm install sharp',
    )
  }
}
