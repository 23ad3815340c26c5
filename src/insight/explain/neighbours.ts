import { HeddleError } from '../../base/errors.ts'
import { sizeOf } from '../../base/shape.ts'
import { type PixelRange, pixelScale } from '../../data/pixels.ts'
import type { Network } from '../../network/network.ts'
import { NetworkPart } from '../../network/network-part.ts'
import type { Floats } from '../../ops/op.ts'
import { lastHiddenLayer } from './embedding.ts'

export interface Neighbour {
  readonly index: number
  /** The cosine between both: 1 is the same direction. */
  readonly similarity: number
}

/** Images as a network sees them in the end: what its last layer with weights reads. */
export class Neighbourhood {
  readonly #part: NetworkPart
  readonly #scale: number
  readonly #features: Floats

  private constructor(part: NetworkPart, scale: number, features: Floats) {
    this.#part = part
    this.#scale = scale
    this.#features = features
  }

  /**
   * Remembers images `[count, height, width, channels]`.
   * Throws a `HeddleError` if they are none, or no whole ones.
   *
   * @example
   * const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), { inputShape: [2, 2, 1] })
   * const known = await Neighbourhood.of(network, Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 9))
   * const [nearest] = await known.nearest(Uint8Array.of(1, 0, 0, 8), 1)
   * nearest.index // 1
   */
  static async of(
    network: Network,
    images: Uint8Array,
    pixelRange: PixelRange = 'unit',
  ): Promise<Neighbourhood> {
    const part = new NetworkPart(network, { to: lastHiddenLayer(network.model) })
    const scale = pixelScale(pixelRange)
    const features = normalized(await part.outputs(images, scale), sizeOf(part.outputShape))
    return new Neighbourhood(part, scale, features)
  }

  /** The `count` images that are most like one, the nearest first. */
  async nearest(image: Uint8Array, count: number): Promise<Neighbour[]> {
    const size = sizeOf(this.#part.outputShape)
    const wanted = normalized(await this.#part.outputs(image, this.#scale), size)
    if (wanted.length !== size)
      throw new HeddleError('Neighbours are found for one image at a time: give a single one.')
    const found = Array.from({ length: this.#features.length / size }, (_, index): Neighbour => {
      let similarity = 0
      for (let k = 0; k < size; k++) similarity += this.#features[index * size + k]! * wanted[k]!
      return { index, similarity }
    })
    return found.sort((a, b) => b.similarity - a.similarity || a.index - b.index).slice(0, count)
  }
}

/** Each row divided by its length; a row of zeros stays. */
function normalized(rows: Floats, size: number): Float32Array {
  const result = new Float32Array(rows.length)
  for (let from = 0; from < rows.length; from += size) {
    let squares = 0
    for (let k = from; k < from + size; k++) squares += rows[k]! ** 2
    const length = Math.sqrt(squares) || 1
    for (let k = from; k < from + size; k++) result[k] = rows[k]! / length
  }
  return result
}
