import { HeddleError } from '../../base/errors.ts'
import { sum } from '../../base/maths.ts'
import { RandomStream } from '../../base/random.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { Examples } from '../../data/examples.ts'
import { pixelScale } from '../../data/pixels.ts'
import type { Backend } from '../../engine/backend.ts'
import { classCountOf } from '../../model/model.ts'
import { gradientsOf } from '../../network/gradients.ts'
import { inOrder, measuringOf } from '../../network/measure.ts'
import type { Network } from '../../network/network.ts'
import { NetworkPart, OUTPUTS } from '../../network/network-part.ts'
import { type FilePlace, pretrainedNetwork } from '../../network/pretrained.ts'
import { isFrozen } from '../../nn/layers/index.ts'
import { penaltyOf } from '../../nn/regularizers/regularizer.ts'
import { penalize } from '../../ops/penalty.ts'
import { augmentFor } from '../../train/augment.ts'
import { classWeightsOf } from '../../train/class-weights.ts'
import { type ExperimentSpec, trainingOf } from '../../train/experiment.ts'
import { type TrainSpec, trainSpec } from '../../train/options.ts'
import { train } from '../../train/train.ts'
import { diagnoseOutputs, type OutputDiagnosis } from '../evaluate/outputs.ts'
import { type LintedModel, lintedModel } from './linted-model.ts'

/** How long a gradient is beside the weights that it changes. */
export interface LayerGradient {
  readonly layer: string
  /** ‖gradient‖ / ‖kernel‖ before the first step, and after the last one. */
  readonly first: number
  readonly last: number
}

/** How many units of a layer that ends in relu do nothing. */
interface LayerActivity {
  readonly layer: string
  readonly units: number
  /** Units, or channels, that are zero or less for every image that was looked at. */
  readonly dead: number
}

/** What the first steps of a training show. */
export interface FirstSteps {
  readonly model: LintedModel
  readonly train: TrainSpec
  readonly classCount: number
  readonly steps: number
  /** Means over the examples of the last steps, what regularizers add left out. */
  readonly loss: number
  readonly accuracy: number
  readonly examples: number
  /** Images that units, gradients and outputs were looked at with. */
  readonly lookedAt: number
  readonly gradients: readonly LayerGradient[]
  readonly activities: readonly LayerActivity[]
  readonly outputs: OutputDiagnosis
  /** The training stopped by itself: why. */
  readonly failure: string | null
}

export interface FirstStepsOptions extends FilePlace {
  readonly steps: number
  /** The same seed gives the same numbers, whatever the threads. */
  readonly seed: number
  readonly backend: Backend
}

/** Images that units and gradients are looked at with. */
const LOOKED_AT = 128
/** The last steps are those after this share of all. */
const SETTLED = 0.7

/**
 * Trains a model of an experiment for some steps and looks inside. The same seed gives the same numbers.
 */
export async function observeFirstSteps(
  experiment: ExperimentSpec,
  name: string,
  { data, steps, seed, backend, baseDir }: FirstStepsOptions & { readonly data: Dataset },
): Promise<FirstSteps> {
  const spec = trainingOf(experiment, name)
  const { imageShape: inputShape } = data
  const network = await pretrainedNetwork(experiment.models[name]!, { inputShape, seed, backend, baseDir })
  const { count } = data.train
  const all = spec.shuffle ? new RandomStream(seed).split('doctor').permutation(count) : inOrder(data.train)
  // All steps make one epoch, however few examples there are; what a frozen part makes of others is not asked for.
  const length = steps * spec.batchSize
  const examples = data.train.take(all.subarray(0, length))
  const shown = Int32Array.from({ length }, (_, i) => i % examples.count)
  const looked = data.train.take(all.subarray(0, LOOKED_AT))
  const before = await kernelGradients(network, spec, looked)
  // The experiment's own callbacks are left out: they could end the training early, or write files.
  const short = trainSpec({
    ...spec,
    epochs: 1,
    validationSplit: 0,
    validationData: null,
    stratify: null,
    fineTuning: null,
    variants: null,
    callbacks: [],
    evaluateTraining: false,
  })
  const seen: { readonly loss: number; readonly hits: number; readonly count: number }[] = []
  let failure: string | null = null
  try {
    const { classWeight, batchSize } = spec
    const { model } = network
    const plan = {
      ...{ network, spec: short, seed, examples, train: shown, validation: null },
      ...{ batchSize, stepsPerEpoch: steps, measuring: measuringOf(short, model) },
      classWeights: classWeight && classWeightsOf(classWeight, data.classNames, classCountOf(model)),
      augment: augmentFor(spec, { shape: data.imageShape, seed }),
    }
    for await (const event of train(plan)) {
      if (event.type !== 'step') continue
      seen.push({ loss: event.loss, hits: event.accuracy * event.batchSize, count: event.batchSize })
    }
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    failure = error.message
  }
  const last = seen.slice(Math.floor(SETTLED * seen.length))
  const counted = sum(last.map(({ count }) => count))
  const model = lintedModel(network.model)
  const scale = pixelScale(spec.pixelRange)
  const outputs = await new NetworkPart(network, { to: OUTPUTS }).outputs(looked.images, scale)
  const after = failure === null ? await kernelGradients(network, spec, looked) : new Map<string, number>()
  return {
    model,
    train: spec,
    classCount: data.classNames.length,
    steps: seen.length,
    loss: sum(last.map(({ loss, count }) => loss * count)) / counted - penaltyOfWeights(network),
    accuracy: sum(last.map(({ hits }) => hits)) / counted,
    examples: counted,
    lookedAt: looked.count,
    gradients: [...before].map(([layer, first]) => ({ layer, first, last: after.get(layer) ?? Number.NaN })),
    activities: failure === null ? await activitiesOf(network, model, spec, looked) : [],
    outputs: diagnoseOutputs(Float32Array.from(outputs), looked.labels, classCountOf(model)),
    failure,
  }
}

/** For each kernel that learns and is not zero: the length of its gradient, divided by its own length, over some images at once. */
async function kernelGradients(
  network: Network,
  spec: TrainSpec,
  looked: Examples,
): Promise<Map<string, number>> {
  const gradients = await gradientsOf(network, looked, spec)
  const kernels = network.model.layers.flatMap(({ name, parameters }) =>
    parameters.filter(({ role }) => role === 'kernel').map(one => [name, `${name}/${one.name}`] as const),
  )
  return new Map(
    kernels
      .filter(([, name]) => gradients.has(name))
      .map(([layer, name]) => [layer, norm(gradients.get(name)!) / norm(network.weights.get(name)!)] as const)
      .filter(([, length]) => Number.isFinite(length)),
  )
}

/** Which units of the layers that learn and end in relu are ever above zero. */
async function activitiesOf(
  network: Network,
  model: LintedModel,
  { pixelRange }: TrainSpec,
  { images }: Examples,
): Promise<LayerActivity[]> {
  const activities: LayerActivity[] = []
  const looked = model.layers.filter(({ activation, layer }) => activation === 'relu' && !isFrozen(layer))
  for (const layer of looked) {
    const values = await new NetworkPart(network, { to: layer.name }).outputs(images, pixelScale(pixelRange))
    const units = layer.outputShape.at(-1)!
    const alive = new Uint8Array(units)
    for (let i = 0; i < values.length; i++) if (values[i]! > 0) alive[i % units] = 1
    const dead = alive.filter(is => is === 0).length
    activities.push({ layer: layer.name, units, dead })
  }
  return activities
}

function penaltyOfWeights({ model, weights }: Network): number {
  return sum(
    model.layers.flatMap(layer =>
      layer.parameters.map(({ name, regularizer }) =>
        regularizer && !isFrozen(layer.layer)
          ? penalize(penaltyOf(regularizer), weights.get(`${layer.name}/${name}`)!)
          : 0,
      ),
    ),
  )
}

function norm(values: ArrayLike<number>): number {
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += values[i]! ** 2
  return Math.sqrt(squares)
}
