import { HeddleError, UsageError } from '../base/errors.ts'
import { argMax } from '../base/maths.ts'
import { integer } from '../base/schema.ts'
import { sizeOf } from '../base/shape.ts'
import { type PixelRange, pixelRangeField, pixelScale } from '../data/pixels.ts'
import type { Executable } from '../engine/backend.ts'
import { classCountOf } from '../model/model.ts'
import type { Network } from './network.ts'
import { ownBytes } from './own-bytes.ts'

const batchSizeField = integer()

export interface PredictOptions {
  /** Images that go through the network together. */
  readonly batchSize?: number
  /** Default: that of the training (`network.about`). */
  readonly pixelRange?: PixelRange
}

/** What a network predicts for one image. */
export interface Prediction {
  /** The class with the largest output, as a label: 0, 1, 2 … */
  readonly class: number
  /** Its name (`network.classNames`). */
  readonly className: string
  /** Its output: a probability if the network ends in softmax or sigmoid. */
  readonly probability: number
  /** The outputs of all classes. */
  readonly probabilities: Float32Array
}

/**
 * A network ready to be asked again and again: its program is made once, without a backward pass and with batch
 * normalisation folded into the layers beside it, and has the weights that the network had then.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), { inputShape: [2, 2, 1] })
 * const predictor = createPredictor(network)
 * const [first] = await predictor.predict(Uint8Array.of(0, 128, 255, 0))
 * const outputs = new Float32Array(3)
 * await predictor.outputs(Uint8Array.of(0, 128, 255, 0), outputs)
 * first?.probability // Math.max(...outputs)
 */
export function createPredictor(network: Network, options: PredictOptions = {}): Predictor {
  const { batchSize = 32, pixelRange = network.about.pixelRange } = options
  return new Predictor(
    network,
    network.compileInference({ batchSize: batchSizeField.parse(batchSize, 'batchSize') }),
    pixelScale(pixelRangeField.parse(pixelRange, 'pixelRange')),
  )
}

class Predictor {
  readonly #network: Network
  readonly #executable: Executable
  readonly #scale: number
  /** 0, 1, 2 …: as many as any call has needed. */
  #order = new Int32Array(0)

  constructor(network: Network, executable: Executable, scale: number) {
    this.#network = network
    this.#executable = executable
    this.#scale = scale
  }

  /** One prediction for each image. Images and errors are those of `outputs`. */
  async predict(images: Uint8Array): Promise<Prediction[]> {
    return predictionsIn(await this.outputs(images), this.#network)
  }

  /**
   * `[count, classes]`, row by row: probabilities if the network ends in softmax. `images` are bytes
   * `[count, height, width, channels]`, as in a dataset; with `into`, of `count · classes` numbers, no array is made.
   *
   * Throws a `UsageError` for images of another type, a `HeddleError` if the sizes do not fit, another call has not ended,
   * or an array is transferred meanwhile.
   */
  async outputs(images: Uint8Array, into?: Float32Array): Promise<Float32Array> {
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
      throw new UsageError('outputs writes into a Float32Array.')
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
 * The most probable class of each image, with its name and the outputs of all classes.
 *
 * `images` are bytes `[count, height, width, channels]`, as in a dataset. To ask more than once, `createPredictor`.
 *
 * @example
 * const data = await loadDataset(fashionMnistMini())
 * const network = createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), { inputShape: data.imageShape })
 * await fit(network, data, { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
 * const [first] = await predict(network, data.test.images.subarray(0, 784))
 * first?.className // data.classNames[first.class]
 * first?.probabilities.length // 10
 */
export async function predict(
  network: Network,
  images: Uint8Array,
  options: PredictOptions = {},
): Promise<Prediction[]> {
  return predictionsIn(await outputsOf(network, images, options), network)
}

/** The outputs of a network for images: `[count, classes]`, row by row. */
export async function outputsOf(
  network: Network,
  images: Uint8Array,
  options: PredictOptions = {},
): Promise<Float32Array> {
  const { batchSize = 32, ...others } = options
  const bytes = ownBytes(images)
  // Memory is laid out for a batch, which is never larger than the images.
  const count = Math.max(1, Math.ceil(bytes.length / sizeOf(network.model.inputShape)))
  const size = Math.min(batchSizeField.parse(batchSize, 'batchSize'), count)
  return createPredictor(network, { ...others, batchSize: size }).outputs(bytes)
}

function predictionsIn(outputs: Float32Array, { model, classNames }: Network): Prediction[] {
  const classes = classCountOf(model)
  return Array.from({ length: outputs.length / classes }, (_, i) => {
    const probabilities = outputs.subarray(i * classes, (i + 1) * classes)
    const top = argMax(probabilities)
    return { class: top, className: classNames[top]!, probability: probabilities[top]!, probabilities }
  })
}
