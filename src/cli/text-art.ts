/** From black to white, ten steps. */
const shades = ' .:-=+*#%@'

/**
 * An image as text, two characters to a pixel because characters are twice as high as wide; colours as their mean.
 *
 * `image` is bytes `[height, width, channels]`.
 *
 * @example
 * textArt(Uint8Array.of(0, 255, 128, 0), [2, 2, 1]) // '  @@\n++'
 */
export function textArt(
  image: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
): string {
  const shadeOf = (pixel: number): string => {
    const bytes = image.subarray(pixel * channels, (pixel + 1) * channels)
    const mean = bytes.reduce((sum, byte) => sum + byte, 0) / channels
    return shades[Math.min(shades.length - 1, Math.floor((mean / 256) * shades.length))]!.repeat(2)
  }
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => shadeOf(y * width + x))
      .join('')
      .trimEnd(),
  )
  return rows.join('\n')
}
