import { createHash } from 'node:crypto'
import { HeddleError } from '../../base/errors.ts'
import { argMax } from '../../base/maths.ts'
import { type Shape, sizeOf } from '../../base/shape.ts'
import { pixelScale } from '../../data/pixels.ts'
import type { Preparation } from '../../data/preparation.ts'
import type { Network } from '../../network/network.ts'
import type { OutputKind } from '../../network/predictions.ts'
import { Batcher, type Compute, type Computed, type Rows } from './batcher.ts'
import type { ModelStatistics } from './model-statistics.ts'

/** How much of a model is computed at once, and how much may wait. */
export interface ServedLimits {
  /** Examples in a call of the engine at most. */
  readonly maxBatch: number
  /** While that many examples wait or are prepared, further requests are refused. */
  readonly maxQueue: number
}

interface ServedParts {
  readonly name: string
  readonly version: string
  readonly network: Network
  readonly limits: ServedLimits
  readonly statistics: ModelStatistics
}

/** One version of a model, ready to be asked. */
export class ServedModel {
  readonly name: string
  readonly version: string
  /** The first digits of the SHA-256 of its layers and weights: which of the files of a name answered. */
  readonly digest: string
  /** The shape of an example: `[height, width, channels]`. */
  readonly inputShape: Shape
  /** A name for each output. */
  readonly classNames: readonly string[]
  /** How a picture becomes an input; `null`: it takes no pictures. */
  readonly preparation: Preparation | null
  /** That of its softmax at which probabilities are calibrated; `null`: its file has none. */
  readonly temperature: number | null
  readonly kind: OutputKind
  readonly limits: ServedLimits
  readonly statistics: ModelStatistics
  readonly #batcher: Batcher

  private constructor({ name, version, network, limits, statistics }: ServedParts, compute: Compute) {
    this.name = name
    this.version = version
    this.digest = digestOf(network)
    this.inputShape = network.model.inputShape
    this.classNames = network.classNames
    const { preparation, temperature } = network.about
    this.preparation = preparation
    this.temperature = temperature
    this.kind = network.outputKind
    this.limits = limits
    this.statistics = statistics
    this.#batcher = new Batcher(compute, {
      ...limits,
      inputSize: sizeOf(this.inputShape),
      outputSize: this.classNames.length,
      called: (examples, ms) => statistics.called(examples, ms),
    })
  }

  /**
   * Asks the network once, so that the first request is as fast as any. Throws a `HeddleError` if its weights make no
   * numbers.
   */
  static async ready(parts: ServedParts): Promise<ServedModel> {
    const compute = computeOf(parts.network, parts.limits)
    const outputs = await compute(new Uint8Array(sizeOf(parts.network.model.inputShape)), 1)
    if (outputs.every(Number.isFinite)) return new ServedModel(parts, compute)
    throw new HeddleError(
      'the outputs of the network for a black picture are not finite: its weights are infinite, not a number, or too large.',
    )
  }

  /** Examples that wait now, or are prepared. */
  get waiting(): number {
    return this.#batcher.waiting
  }

  /** The seconds until the queue is empty, if another request would be refused; otherwise `null`. */
  get fullFor(): number | null {
    return this.#batcher.fullFor
  }

  /**
   * The outputs of examples, row by row, with where the time went. Bytes are those of prepared pictures (`preparation`) and are
   * scaled by the model's pixel range; floats are the numbers that the network is given. Keep them as they are until the
   * answer is there. Throws a `HeddleError` for rows that are no whole examples, and `Overloaded` where too many wait.
   */
  async predict(rows: Rows): Promise<Computed> {
    this.#checkWhole(rows)
    return this.#counted(await this.#batcher.predict(rows))
  }

  /** The same for `count` examples that `prepare` makes: they wait in the queue meanwhile, and are not refused after that work. */
  async predictPrepared(count: number, prepare: () => Promise<Rows>): Promise<Computed> {
    const computed = await this.#batcher.prepared(count, async () => {
      const rows = await prepare()
      this.#checkWhole(rows)
      return rows
    })
    return this.#counted(computed)
  }

  #checkWhole(rows: Rows): void {
    const size = sizeOf(this.inputShape)
    if (rows.length === 0 || rows.length % size !== 0) {
      throw new HeddleError(
        `${rows.length} numbers do not make whole inputs of ${this.inputShape.join(' × ')} (${size} each).`,
      )
    }
  }

  #counted(computed: Computed): Computed {
    const { statistics } = this
    const { outputs, queueMs, computeMs } = computed
    const classes = this.classNames.length
    for (let at = 0; at < outputs.length; at += classes) statistics.predicted[argMax(outputs, at, classes)]!++
    statistics.queueMs.add(queueMs)
    statistics.computeMs.add(computeMs)
    return computed
  }
}

/** The network as a program for calls of `maxBatch` examples. */
function computeOf(network: Network, { maxBatch }: ServedLimits): Compute {
  const executable = network.compileInference({ batchSize: maxBatch })
  const scale = pixelScale(network.about.pixelRange)
  const classes = network.classNames.length
  let order = new Int32Array(0)
  return async (rows, count) => {
    if (order.length < count) order = Int32Array.from({ length: count }, (_, i) => i)
    const outputs = new Float32Array(count * classes)
    await executable.run({
      mode: 'predict',
      images: rows,
      scale: rows instanceof Uint8Array ? scale : 1,
      targets: null,
      order: order.subarray(0, count),
      outputs,
    })
    return outputs
  }
}

function digestOf({ model, weights }: Network): string {
  const hash = createHash('sha256').update(JSON.stringify([model.spec, model.inputShape]))
  for (const { buffer, byteOffset, byteLength } of weights.values())
    hash.update(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength))
  return hash.digest('hex').slice(0, 12)
}
