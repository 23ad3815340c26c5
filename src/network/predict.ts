import { HeddleError, UsageError } from '../base/errors.ts'
import { integer } from '../base/schema.ts'
import { sizeOf } from '../base/shape.ts'
import { type PixelRange, pixelRangeField, pixelScale } from '../data/pixels.ts'
import type { Executable } from '../engine/backend.ts'
import type { Network } from './network.ts'
import { ownBytes } from './own-bytes.ts'

const batchSizeField = integer()

export interface PredictOptions {
  /** Images that go through the network together. */
  readonly batchSize?: number
  /** That of the training. */
  readonly pixelRange?: PixelRange
}

/**
 * A network ready to be asked again and again: its program is made once, without a backward pass and with batch
 * normalisation folded into the layers beside it, and has the weights that the network had then.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), { inputShape: [2, 2, 1] })
 * const predictor = createPredictor(network)
 * const probabilities = new Float32Array(3)
 * await predictor.predict(Uint8Array.of(0, 128, 255, 0), probabilities)
 */
export function createPredictor(network: Network, options: PredictOptions = {}): Predictor {
  const { batchSize = 32, pixelRange = 'unit' } = options
  return new Predictor(
    network.compileInference({ batchSize: batchSizeField.parse(batchSize, 'batchSize') }),
    pixelScale(pixelRangeField.parse(pixelRange, 'pixelRange')),
  )
}

class Predictor {
  readonly #executable: Executable
  readonly #scale: number
  /** 0, 1, 2 …: as many as any call has needed. */
  #order = new Int32Array(0)

  constructor(executable: Executable, scale: number) {
    this.#executable = executable
    this.#scale = scale
  }

  /**
   * `[count, classes]`, row by row: probabilities where the network ends in softmax. `images` are bytes
   * `[count, height, width, channels]`, as in a dataset; with `into`, of `count · classes` numbers, no array is made.
   *
   * Throws a `UsageError` for images of another type, a `HeddleError` where the sizes do not fit, another call has not ended,
   * or an array is transferred meanwhile.
   */
  async predict(images: Uint8Array, into?: Float32Array): Promise<Float32Array> {
    const bytes = ownBytes(images)
    const { input, output } = this.#executable.program
    const imageSize = sizeOf(input.shape)
    const count = images.length / imageSize
    if (!Number.isInteger(count)) {
      throw new HeddleError(
        `${images.length} bytes do not make whole images of ${input.shape.join(' × ')} (${imageSize} bytes each).`,
      )
    }
    if (into !== undefined && !(into instanceof Float32Array)) {
      throw new UsageError('predict writes into a Float32Array.')
    }
    const outputs = into ?? new Float32Array(count * sizeOf(output.shape))
    if (count === 0) return outputs
    if (this.#order.length < count) this.#order = Int32Array.from({ length: count }, (_, i) => i)
    const order = this.#order.subarray(0, count)
    await this.#executable.run({
      mode: 'predict',
      images: bytes,
      scale: this.#scale,
      targets: null,
      order,
      outputs,
    })
    return outputs
  }
}

/**
 * What the network makes of images: `[count, classes]`, row by row. Probabilities where it ends in softmax.
 *
 * `images` are bytes `[count, height, width, channels]`, as in a dataset. To ask more than once, `createPredictor`.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), { inputShape: [2, 2, 1] })
 * const probabilities = await predict(network, Uint8Array.of(0, 128, 255, 0))
 * probabilities.length // 3
 */
export async function predict(
  network: Network,
  images: Uint8Array,
  options: PredictOptions = {},
): Promise<Float32Array> {
  const { batchSize = 32, ...others } = options
  const bytes = ownBytes(images)
  // Memory is laid out for a batch, which is never larger than the images.
  const count = Math.max(1, Math.ceil(bytes.length / sizeOf(network.model.inputShape)))
  const size = Math.min(batchSizeField.parse(batchSize, 'batchSize'), count)
  return createPredictor(network, { ...others, batchSize: size }).predict(bytes)
}
