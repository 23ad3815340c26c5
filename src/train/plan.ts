import { UsageError } from '../base/errors.ts'
import { sizeOf } from '../base/shape.ts'
import { plural } from '../base/text.ts'
import { lowerAugmentation } from '../data/augment/index.ts'
import type { Dataset, DatasetParts } from '../data/dataset.ts'
import { checkImageShape } from '../data/examples.ts'
import { planNative } from '../engine/backends/native/executable.ts'
import { cutFrozen } from '../engine/frozen-part.ts'
import { lower } from '../engine/lower.ts'
import { classCountOf, type Model } from '../model/model.ts'
import { type Measuring, measuringOf } from '../network/measure.ts'
import { definitionOf, isFrozen } from '../nn/layers/index.ts'
import type { Augment } from '../ops/augment.ts'
import { augmentFor } from './augment.ts'
import { checkPretrained } from './check-pretrained.ts'
import { classWeightsOf } from './class-weights.ts'
import { checkLayerNames } from './learning-rates.ts'
import type { TrainSpec } from './options.ts'
import { phasesOf, phaseText } from './phases.ts'
import { checkTwoClasses, noticesOf, type Sides, sidesOf } from './sides.ts'

/** One training before its first step: what follows from a model, a dataset, options and a seed, checked and made once. */
export interface Plan<Data extends DatasetParts = Dataset> extends PlannedSides {
  readonly model: Model
  readonly data: Data
  readonly spec: TrainSpec
  readonly seed: number
  /** Memory is laid out for a batch, which is never larger than the examples are many. */
  readonly batchSize: number
  readonly stepsPerEpoch: number
  readonly measuring: Measuring
  /** By output, what the loss of its examples counts; `null`: 1 each. */
  readonly classWeights: Float64Array | null
  /** What changes training images, from step 0 on; `null`: they stay as they are. */
  readonly augment: Augment | null
}

/**
 * Plans a training and checks everything that can be known to be wrong before the first step. Throws a `UsageError` where
 * options contradict each other or do not fit the data, or the network's outputs are not the dataset's classes; a `HeddleError`
 * where the training would need more memory than there can be.
 *
 * @example
 * const data = await loadDataset(fashionMnistMini())
 * const model = buildModel(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), data.imageShape)
 * const spec = trainSpec({ optimizer: adam(), loss: 'sparseCategoricalCrossentropy', validationSplit: 0.2 })
 * planTraining(model, data, { spec, seed: 1 }).stepsPerEpoch // 38
 */
export function planTraining<Data extends DatasetParts>(
  model: Model,
  data: Data,
  { spec, seed, sides: given }: PlanOptions,
): Plan<Data> {
  checkImageShape(data, model.inputShape)
  const sides = given ?? planSides(spec, data, seed)
  const count = sides.train.length
  checkClasses(model, data, spec)
  checkLearns(model)
  const pretrained = checkPretrained(model, spec)
  const measuring = measuringOf(spec, model)
  const classWeights =
    spec.classWeight && classWeightsOf(spec.classWeight, data.classNames, classCountOf(model))
  const augment = augmentFor(spec, { shape: model.inputShape, seed })
  if (spec.variants !== null) checkVariants(model, spec)
  checkBatches(model, spec, count)
  const batchSize = Math.min(spec.batchSize, count)
  const phases = phasesOf(model, spec)
  checkLayerNames('learningRates', phases, Object.keys(spec.learningRates))
  if (spec.optimizer.kind === 'muon')
    checkLayerNames('muon: excludeLayers', phases, spec.optimizer.excludeLayers)
  // Their memory, before anything is trained.
  for (const phase of phases) planNative(lower(phase.model, spec.loss), { batchSize, backward: true })
  const stepsPerEpoch = Math.ceil(count / batchSize)
  const about = { model, data, spec, seed, batchSize, stepsPerEpoch, measuring, classWeights, augment }
  return {
    ...sides,
    ...about,
    notices: [...sides.notices, ...[pretrained, phaseText(model, spec)].filter(text => text !== null)],
  }
}

export interface PlanOptions {
  readonly spec: TrainSpec
  readonly seed: number
  /** What `planSides` made of the same data and seed and of options that split alike: another plan need not split again. */
  readonly sides?: PlannedSides | undefined
}

/** The sides of the data, checked. */
export interface PlannedSides extends Sides {
  /** What to tell before the first step: which side of the data lacks a class. */
  readonly notices: readonly string[]
}

/** Splits the data. Throws a `UsageError` as `planTraining` does. */
export function planSides(spec: TrainSpec, data: DatasetParts, seed: number): PlannedSides {
  const sides = sidesOf(spec, data, seed)
  checkTwoClasses(sides, data)
  return { ...sides, notices: noticesOf(sides, data, spec) }
}

/** Throws a `UsageError` unless the network has one output for each class, or one for two classes, or more where that is allowed. */
function checkClasses(model: Model, data: DatasetParts, { spareOutputs, loss }: TrainSpec): void {
  if (model.outputShape.length !== 1) return
  const outputs = model.outputShape[0]!
  const classes = data.classNames.length
  if (outputs === classes || (spareOutputs && outputs > classes)) return
  const last = model.layers.at(-1)!
  if (outputs === 1 && classes === 2) {
    if (loss.kind === 'binaryCrossentropy') return
    throw new UsageError(
      `The network has a single output for two classes, which ${loss.kind} does not compare. Use the loss ` +
        `binaryCrossentropy, or give the last layer "${last.name}" 2 units.`,
    )
  }
  const hint = outputs > classes ? ', or allow the others with spareOutputs: true' : ''
  throw new UsageError(
    `The network has ${outputs} outputs, but ${data.name} has ${plural(classes, 'class', 'classes')} ` +
      `(${data.classNames.join(', ')}). Give the last layer "${last.name}" ${classes} units${hint}.`,
  )
}

/** Throws a `UsageError` unless versions of images can be computed once: images are changed, each by itself, before a frozen part. */
function checkVariants(model: Model, { augmentation, loss, variants }: TrainSpec): void {
  const wanted = `train: variants: ${variants} makes ${plural(variants!, 'version')} of each training image for a frozen first part`
  if (augmentation.length === 0)
    throw new UsageError(`${wanted}, but no augmentation changes the images. Add one, or leave variants out.`)
  const { mixes } = lowerAugmentation(augmentation, model.inputShape)
  if (mixes.length > 0) {
    throw new UsageError(
      `${wanted}, but mixup and cutmix mix other images in each step. Leave them or variants out.`,
    )
  }
  if (cutFrozen(lower(model, loss))) return
  throw new UsageError(
    `${wanted}, but the model does not begin with layers that are frozen. Set trainable: false on its first layers, or leave variants out.`,
  )
}

/** Throws a `UsageError` for a model whose layers with weights are all frozen. */
function checkLearns({ layers }: Model): void {
  const frozen = layers.filter(({ layer }) => isFrozen(layer))
  if (frozen.length === 0 || layers.some(({ trainableCount }) => trainableCount > 0)) return
  throw new UsageError(
    `The model has no layer that can learn: its ${plural(frozen.length, 'layer')} with weights ${frozen.length > 1 ? 'have' : 'has'} trainable: false. ` +
      'Leave trainable out of at least one of them, or add a layer that learns, such as dense({ units: classes, activation: "softmax" }).',
  )
}

/** Throws a `UsageError` if a layer needs the statistics of a batch, and a batch has a single value for each channel. */
function checkBatches(model: Model, { batchSize }: TrainSpec, count: number): void {
  const last = count % batchSize || batchSize
  const bad = model.layers.find(({ layer, inputShapes: [shape] }) => {
    const positions = sizeOf(shape!) / shape!.at(-1)!
    return definitionOf(layer).seesBatch && !isFrozen(layer) && last * positions === 1
  })
  if (!bad) return
  const which =
    batchSize === 1 ? 'a batch is one image' : `the last batch of an epoch is one of ${count} images`
  throw new UsageError(
    `Layer "${bad.name}" (${bad.className}) takes the mean and variance of a batch, but ${which}, with one value for each channel: ` +
      `its variance is zero and nothing can be learned. ${batchSize === 1 ? 'Use a batchSize of at least 2, better 16 or more.' : `Change batchSize (${batchSize}).`}`,
  )
}

/** As many steps of a run are kept where its curve is recorded. */
const POINTS = 1000

/** Whether a step is one of those that are kept: evenly spaced over the run. */
export function isKept(step: number, { spec, stepsPerEpoch }: Pick<Plan, 'spec' | 'stepsPerEpoch'>): boolean {
  return step % Math.ceil((spec.epochs * stepsPerEpoch) / POINTS) === 0
}
