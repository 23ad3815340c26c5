import { HeddleError, UsageError } from '../base/errors.ts'
import { argMax } from '../base/maths.ts'
import { integer } from '../base/schema.ts'
import { sizeOf } from '../base/shape.ts'
import type { Picture } from '../data/pictures/picture.ts'
import { type PixelRange, pixelRangeField, pixelScale } from '../data/pixels.ts'
import { preparationFor, prepare } from '../data/preparation.ts'
import type { Executable } from '../engine/backend.ts'
import { classCountOf } from '../model/model.ts'
import type { Network } from './network.ts'
import { ownBytes } from './own-bytes.ts'
import { parseViews, type TestTimeAugmentation, type ViewOptions, viewsOf } from './views.ts'

const batchSizeField = integer()

export interface PredictOptions {
  /** Images that go through the network together. */
  readonly batchSize?: number
  /** Default: that of the training (`network.about`). */
  readonly pixelRange?: PixelRange
  /** Average over views of each image, mirrored and shifted: `{ flip: true, shift: 1 }`. Default: only the image itself. */
  readonly testTimeAugmentation?: TestTimeAugmentation | null
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
 * normalisation folded into the layers beside it, and has the weights that the network had then. It computes one call after
 * the other: calls may overlap, as they do in a server.
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
  const { batchSize = 32, pixelRange = network.about.pixelRange, testTimeAugmentation = null } = options
  return new Predictor(
    network,
    network.compileInference({ batchSize: batchSizeField.parse(batchSize, 'batchSize') }),
    {
      scale: pixelScale(pixelRangeField.parse(pixelRange, 'pixelRange')),
      views: testTimeAugmentation && parseViews(testTimeAugmentation, network.model.inputShape),
    },
  )
}

class Predictor {
  readonly #network: Network
  readonly #executable: Executable
  readonly #scale: number
  readonly #views: ViewOptions | null
  /** The end of the last call; `null`: none is running. A program computes one call at a time. */
  #last: Promise<void> | null = null
  /** 0, 1, 2 …: as many as any call has needed. */
  #order = new Int32Array(0)

  constructor(
    network: Network,
    executable: Executable,
    { scale, views }: { readonly scale: number; readonly views: ViewOptions | null },
  ) {
    this.#network = network
    this.#executable = executable
    this.#scale = scale
    this.#views = views
  }

  /** One prediction for each image. Images and errors are those of `outputs`. */
  async predict(images: Uint8Array): Promise<Prediction[]> {
    return predictionsIn(await this.outputs(images), this.#network)
  }

  /**
   * The prediction for a picture of any size, as `decodePicture` or `decodePng` gives it, prepared as the pictures of the training were.
   *
   * Throws a `UsageError` for a network that takes no pictures.
   *
   * @example
   * const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), { inputShape: [2, 2, 1] })
   * const picture = { width: 4, height: 2, channels: 1, levels: Uint8Array.of(0, 0, 255, 255, 9, 9, 255, 255) } as const
   * const { className } = await createPredictor(network).predictPicture(picture)
   * network.classNames.includes(className) // true
   */
  async predictPicture(picture: Picture): Promise<Prediction> {
    const { model, about } = this.#network
    const { preparation, pixelRange } = about
    const chosen = preparationFor(model.inputShape, { declared: preparation ?? undefined, pixelRange })
    if (!chosen) {
      throw new UsageError(
        `The network takes ${model.inputShape.join(' × ')}, and a picture has 1 or 3 channels.`,
      )
    }
    const [prediction] = await this.predict(prepare(picture, chosen).bytes)
    return prediction!
  }

  /**
   * `[count, classes]`, row by row: probabilities if the network ends in softmax. `images` are bytes
   * `[count, height, width, channels]`, as in a dataset; with `into`, of `count · classes` numbers, no array is made.
   *
   * Throws a `UsageError` for images of another type, a `HeddleError` if the sizes do not fit or an array is transferred
   * before the call has ended.
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
    if (!this.#views) {
      await this.#run(bytes, count, outputs)
      return outputs
    }
    const sums = new Float64Array(outputs.length)
    for (const { images: seen, weight } of viewsOf(bytes, input.shape, this.#views)) {
      await this.#run(seen, count, outputs)
      for (let i = 0; i < sums.length; i++) sums[i]! += weight * outputs[i]!
    }
    outputs.set(sums)
    return outputs
  }

  /** Computes the outputs for whole images. */
  async #run(images: Uint8Array, count: number, outputs: Float32Array): Promise<void> {
    if (this.#order.length < count) this.#order = Int32Array.from({ length: count }, (_, i) => i)
    const order = this.#order.subarray(0, count)
    const request = {
      mode: 'predict',
      images,
      scale: this.#scale,
      targets: null,
      order,
      outputs,
    } as const
    await this.#inTurn(() => this.#executable.run(request))
  }

  /** Runs a call at once if there is none, which takes hold of its arrays; else after the others. */
  #inTurn(run: () => Promise<unknown>): Promise<unknown> {
    const done = this.#last ? this.#last.then(run) : run()
    const end = done
      .catch(() => {})
      .then(() => {
        if (this.#last === end) this.#last = null
      })
    this.#last = end
    return done
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
