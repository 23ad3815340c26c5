import { oneOf } from '../base/schema.ts'

/** What a byte is to the network: `unit` divides by 255, `raw` leaves 0 to 255. */
export type PixelRange = 'unit' | 'raw'

/** The option `pixelRange`. */
export const pixelRangeField = oneOf(['unit', 'raw'], 'unit')

/** What bytes are multiplied by on their way into the network. */
export function pixelScale(range: PixelRange): number {
  return range === 'unit' ? 1 / 255 : 1
}

/** The number that the byte 255 becomes. */
export function whiteOf(range: PixelRange): number {
  return range === 'unit' ? 1 : 255
}
