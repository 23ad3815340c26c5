import type { Model } from '../../model/model.ts'
import { layerNamed } from '../../network/network-part.ts'
import type { PixelMap } from '../../protocol/explanations.ts'

/**
 * A layer's map stretched over the image, linearly between the middles of its places. A sequence is stretched to the steps
 * that the image was cut into, and each of them covers the pixels that follow one another there.
 *
 * @example
 * const model = buildModel(sequential([averagePooling2d(), flatten(), dense({ units: 2 })]), [2, 4, 1])
 * const map = { height: 1, width: 2, values: [0, 1] }
 * overImage(model, { layer: 'average_pooling2d', map }).values // [0, 0.25, 0.75, 1, 0, 0.25, 0.75, 1]
 */
export function overImage(
  model: Model,
  { layer, map }: { readonly layer: string; readonly map: PixelMap },
): PixelMap {
  const [height, width] = model.inputShape as [number, number, number]
  if (layerNamed(model, layer).outputShape.length === 3)
    return { height, width, values: stretched(map, height, width) }
  const first = model.layers.find(({ outputShape }) => outputShape.length === 2)!
  const steps = stretched(map, first.outputShape[0]!, 1)
  const values = Array.from(
    { length: height * width },
    (_, p) => steps[Math.floor((p * steps.length) / (height * width))]!,
  )
  return { height, width, values }
}

function stretched(map: PixelMap, height: number, width: number): number[] {
  return Array.from({ length: height * width }, (_, p) => {
    const rows = between(Math.floor(p / width), height, map.height)
    const columns = between(p % width, width, map.width)
    const at = (y: number, x: number): number => map.values[y * map.width + x]!
    const along = (y: number): number =>
      at(y, columns.low) * (1 - columns.share) + at(y, columns.high) * columns.share
    return along(rows.low) * (1 - rows.share) + along(rows.high) * rows.share
  })
}

/** The places on both sides of the middle of pixel `i` of `size`, among `places`, and how far it is from the first. */
function between(i: number, size: number, places: number): { low: number; high: number; share: number } {
  const middle = Math.min(places - 1, Math.max(0, ((i + 0.5) * places) / size - 0.5))
  const low = Math.floor(middle)
  return { low, high: Math.min(places - 1, low + 1), share: middle - low }
}
