import { HeddleError, UsageError } from '../base/errors.ts'
import { RandomStream, seedField } from '../base/random.ts'
import { type Shape, sizeOf } from '../base/shape.ts'
import type { PixelRange } from '../data/pixels.ts'
import type { Preparation } from '../data/preparation.ts'
import type { Backend, CompileOptions, Executable } from '../engine/backend.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { foldForInference } from '../engine/fold.ts'
import { type Lowered, type LoweredLoss, lower } from '../engine/lower.ts'
import type { ModelSpec } from '../model/graph.ts'
import { buildModel, classCountOf, type Model } from '../model/model.ts'
import type { Weights } from '../model/weights.ts'
import { initialize } from '../nn/initializers/initializer.ts'
import type { LossSpec } from '../nn/losses/loss.ts'
import { binaryCrossentropy, losses, sparseCategoricalCrossentropy } from '../nn/losses/loss.ts'
import { withLoss } from './own-loss.ts'
import { type OutputKind, takesLogits } from './predictions.ts'

export interface NetworkOptions {
  /** `[height, width, channels]`; needed where the model does not state its own. */
  readonly inputShape?: Shape
  /** What the weights start from: the same seed gives the same weights. */
  readonly seed?: number
  /** Left out: the native engine, or the next best where it is missing (`chooseBackend`). */
  readonly backend?: Backend
}

/** What a network was trained with: `predict`, `evaluate` and `saveModel` use it. */
export interface NetworkFacts {
  /** The name of each output; `null`: unknown, as before training. */
  readonly classNames: readonly string[] | null
  readonly loss: LossSpec | null
  /** The range of the numbers that the network gets for a byte. */
  readonly pixelRange: PixelRange
  /** How a picture becomes an input; `null`: unknown, or the network takes no pictures. */
  readonly preparation: Preparation | null
  /**
   * At softmax(log p / temperature), the probability of a class is the share of the cases in which it is right (`fitTemperature`);
   * `null`: unknown. `heddle run` and `heddle train` fit it on validation images.
   */
  readonly temperature: number | null
}

const UNTRAINED: NetworkFacts = {
  classNames: null,
  loss: null,
  pixelRange: 'unit',
  preparation: null,
  temperature: null,
}

/** A model with weights, on a backend. */
export class Network {
  readonly model: Model
  readonly backend: Backend
  /** `fit` and `loadModel` set it. */
  about: NetworkFacts
  #weights: Weights

  constructor(model: Model, weights: Weights, backend: Backend, about: Partial<NetworkFacts> = {}) {
    this.model = model
    this.backend = backend
    this.about = { ...UNTRAINED, ...about }
    this.#weights = checkWeights(model, weights)
  }

  /** The name of each class: `about.classNames`, or 0, 1, 2 … */
  get classNames(): readonly string[] {
    return this.about.classNames ?? Array.from({ length: classCountOf(this.model) }, (_, i) => String(i))
  }

  get weights(): Weights {
    return this.#weights
  }

  /** Throws a `HeddleError` if one is missing or of another size. */
  set weights(weights: Weights) {
    this.#weights = checkWeights(this.model, weights)
  }

  /**
   * The network, or the part of it in `lowered`, as a program of its own, with these weights and an optimizer at rest. Training and
   * measuring take their programs from here: a loss of your own is added here and nowhere else.
   */
  compile(loss: LoweredLoss, options: CompileOptions, lowered = lower(this.model, loss)): Executable {
    return withLoss(this.compileLowered(lowered, options), loss)
  }

  /** A program made of this network's ops and parameters, with these weights, but without a loss of your own. */
  compileLowered(lowered: Lowered, options: CompileOptions): Executable {
    return withWeights(this.backend.compile(lowered, options), this.#weights)
  }

  /** A loss that finds the head of the network; what it computes does not matter. */
  get headLoss(): LossSpec {
    if (sizeOf(this.model.outputShape) > 1) return sparseCategoricalCrossentropy()
    const { loss } = this.about
    return loss?.kind === 'binaryCrossentropy' ? loss : binaryCrossentropy()
  }

  /** What it makes of an image, by its last activation and the loss of its training. */
  get outputKind(): OutputKind {
    const isSingle = sizeOf(this.model.outputShape) === 1
    const loss = isSingle ? binaryCrossentropy() : sparseCategoricalCrossentropy()
    // The sigmoid of a single output becomes the softmax of two.
    if (lower(this.model, loss).head === 'softmax') return 'probabilities'
    const trained = this.about.loss
    return takesLogits(trained) && (isSingle || losses.of(trained).head === 'softmax') ? 'logits' : 'other'
  }

  /** A program that only predicts, with its normalisations folded into these weights. */
  compileInference(options: { readonly batchSize: number }): Executable {
    const folded = foldForInference(lower(this.model, this.headLoss), this.#weights)
    return withWeights(this.backend.compile(folded.lowered, options), folded.weights)
  }
}

/**
 * A network with fresh weights, drawn by each layer's initializer.
 * Throws a `UsageError` if shapes do not fit.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), { inputShape: [28, 28, 1] })
 * network.weights.get('dense/kernel')?.length // 7840
 */
export function createNetwork(spec: ModelSpec, options: NetworkOptions = {}): Network {
  const { backend = chooseBackend('auto') } = options
  const seed = seedField.parse(options.seed ?? 0, 'createNetwork: seed')
  if (spec.pretrained) {
    throw new UsageError(
      `createNetwork draws fresh weights, and the model begins with those of ${spec.pretrained.file}: use await pretrainedNetwork(model).`,
    )
  }
  return freshNetwork(buildModel(spec, options.inputShape), { seed, backend })
}

/** A network of a model that is built. */
export function freshNetwork(
  model: Model,
  { seed, backend }: { readonly seed: number; readonly backend: Backend },
): Network {
  const stream = new RandomStream(seed).split('init')
  const weights = new Map<string, Float32Array>()
  for (const layer of model.layers) {
    for (const { initializer, ...parameter } of layer.parameters) {
      const name = `${layer.name}/${parameter.name}`
      weights.set(name, initialize(initializer, { ...parameter, stream: stream.split(name) }))
    }
  }
  return new Network(model, weights, backend)
}

function withWeights(executable: Executable, weights: ReadonlyMap<string, ArrayLike<number>>): Executable {
  const arena = executable.read('parameters')
  for (const { name, offset } of executable.program.parameters) arena.set(weights.get(name)!, offset)
  executable.write('parameters', arena)
  return executable
}

/** The weights that an executable has now. */
export function weightsOf(executable: Executable): Weights {
  const arena = Float32Array.from(executable.read('parameters'))
  return new Map(
    executable.program.parameters.map(({ name, offset, size }) => [name, arena.slice(offset, offset + size)]),
  )
}

function checkWeights(model: Model, weights: Weights): Weights {
  for (const layer of model.layers) {
    for (const parameter of layer.parameters) {
      const name = `${layer.name}/${parameter.name}`
      const [expected, received] = [sizeOf(parameter.shape), weights.get(name)?.length ?? 0]
      if (received !== expected) {
        throw new HeddleError(
          `The weights "${name}" must be ${expected} numbers, received ${received}: they belong to another model.`,
        )
      }
    }
  }
  return weights
}
