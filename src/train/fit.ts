import { type Clock, systemClock } from '../base/clock.ts'
import { UsageError } from '../base/errors.ts'
import { seedField } from '../base/random.ts'
import { sizeOf } from '../base/shape.ts'
import type { DatasetParts } from '../data/dataset.ts'
import { checkImageShape } from '../data/examples.ts'
import { preparationFor } from '../data/preparation.ts'
import { planNative } from '../engine/backends/native/executable.ts'
import { lower } from '../engine/lower.ts'
import type { Model } from '../model/model.ts'
import { measuringOf } from '../network/measure.ts'
import type { Network } from '../network/network.ts'
import { definitionOf } from '../nn/layers/index.ts'
import type { EpochMetrics, History, TrainEvent } from '../protocol/events.ts'
import { augmentFor } from './augment.ts'
import type { RateScale } from './callbacks/callback.ts'
import { createCallback } from './callbacks/index.ts'
import type { Checkpoint } from './checkpoint.ts'
import { classWeightsOf } from './class-weights.ts'
import { type TrainOptions, type TrainSpec, trainSpec } from './options.ts'
import { checkTwoClasses, noticesOf, type Sides, sidesOf } from './sides.ts'
import { type TrainPlan, train } from './train.ts'
import type { TrainPlace } from './train-state.ts'

export interface FitOptions extends TrainOptions {
  /** Of shuffling, dropout, augmentation and splits. */
  readonly seed?: number
  /** Told every event: for progress bars. */
  readonly onEvent?: ((event: TrainEvent) => void) | undefined
  readonly onNotice?: ((message: string) => void) | undefined
  /** Ends the training at the next step where it can be gone on from. */
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock
  readonly checkpoints?: CheckpointKeeper | undefined
  /** Goes on from there; model, data, options and seed must be those it was made with. */
  readonly from?: Checkpoint | undefined
}

/** Decides when a checkpoint is made, and keeps it. One is always made when the signal ends the training. */
export interface CheckpointKeeper {
  due(place: TrainPlace, epochs: readonly EpochMetrics[]): boolean
  save(checkpoint: Checkpoint): void | Promise<void>
}

/**
 * Trains a network on a dataset's training examples and returns what each epoch measured.
 * Throws a `UsageError` for bad options and where the network's outputs are not the dataset's classes, a
 * `HeddleError` where the loss is no longer finite, and the signal's reason where it was aborted.
 *
 * @example
 * const data = await loadDataset(fashionMnistMini())
 * const network = createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), { inputShape: data.imageShape })
 * const history = await fit(network, data, { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 2 })
 * history.accuracy?.length // 2
 */
export async function fit(network: Network, data: DatasetParts, options: FitOptions): Promise<History> {
  const { seed: givenSeed, onEvent, onNotice, signal, clock = systemClock, ...others } = options
  const { checkpoints, from, ...trainOptions } = others
  const spec = trainSpec(trainOptions)
  const seed = seedField.parse(givenSeed ?? 0, 'fit: seed')
  const sides = checkTraining(network.model, data, spec, seed)
  // A run that goes on has said it already.
  if (!from) for (const notice of noticesOf(sides, data, spec)) onNotice?.(notice)
  const { loss, pixelRange } = spec
  const preparation = preparationFor(data.imageShape, { declared: data.preparation, pixelRange })
  network.about = { classNames: data.classNames, loss, pixelRange, preparation }
  const rate: RateScale = { scale: 1 }
  const callbacks = spec.callbacks.map(callback => createCallback(callback, { network, rate, onNotice }))
  const epochs: EpochMetrics[] = [...(from?.epochs ?? [])]
  const tell = async (event: TrainEvent): Promise<boolean> => {
    onEvent?.(event)
    const answers = []
    for (const callback of callbacks) answers.push(await callback.onEvent(event))
    return answers.includes('stop')
  }
  const started = clock() - (from?.elapsedMs ?? 0)
  const onPause: TrainPlan['onPause'] = async (place, state) => {
    if (checkpoints && (signal?.aborted || checkpoints.due(place, epochs))) {
      const states = await Promise.all(
        callbacks.map(async callback => (await callback.state?.()) ?? { values: null, weights: null }),
      )
      const elapsedMs = clock() - started
      await checkpoints.save({ train: state(), epochs: [...epochs], callbacks: states, elapsedMs })
    }
    signal?.throwIfAborted()
  }
  const plan = {
    network,
    spec,
    seed,
    ...sides,
    classNames: data.classNames,
    clock,
    rate,
    from: from?.train,
    onPause,
  }
  let stopped = false
  signal?.throwIfAborted()
  try {
    for (const [i, callback] of callbacks.entries()) {
      const state = from?.callbacks[i]
      if (state) await callback.restore?.(state)
    }
    for await (const event of train(plan)) {
      if (event.type === 'epoch') epochs.push(event.metrics)
      stopped = await tell(event)
      if (stopped) break
    }
    if (stopped) {
      await tell({ type: 'run-end', epochs: epochs.length, reason: 'stopped', durationMs: clock() - started })
    }
  } finally {
    for (const callback of callbacks) await callback.onEnd?.()
  }
  for (const notice of notFiniteNotices(epochs)) onNotice?.(notice)
  return historyOf(epochs)
}

/** What was measured after the epochs, and was no finite number. */
function notFiniteNotices(epochs: readonly EpochMetrics[]): string[] {
  const measured = { valLoss: 'validation', trainLoss: 'training' } as const
  return Object.entries(measured).flatMap(([name, examples]) => {
    const bad = epochs.filter(metrics => {
      const loss = metrics[name]
      return loss !== undefined && !Number.isFinite(loss)
    })
    if (bad.length === 0) return []
    const when = bad.length === epochs.length ? 'any epoch' : `${bad.length} of ${epochs.length} epochs`
    return [
      `${name} was not a finite number in ${when}: some ${examples} images have no loss, as where a loss divides outputs that are all zero by ` +
        "their sum. End the network in activation: 'softmax', and look at those images.",
    ]
  })
}

/** Everything that can be known to be wrong before the first step; returns which examples to train and validate on. */
export function checkTraining(model: Model, data: DatasetParts, spec: TrainSpec, seed: number): Sides {
  checkImageShape(data, model.inputShape)
  const sides = sidesOf(spec, data, seed)
  checkTwoClasses(sides, data)
  checkClasses(model, data, spec)
  measuringOf(spec, model)
  if (spec.classWeight) classWeightsOf(spec.classWeight, data.classNames, sizeOf(model.outputShape))
  augmentFor(spec, { shape: model.inputShape, seed })
  checkBatches(model, spec, sides.train.length)
  // Its memory, before anything is trained.
  planNative(lower(model, spec.loss), {
    batchSize: Math.min(spec.batchSize, sides.train.length),
    backward: true,
  })
  return sides
}

/** Throws a `UsageError` unless the network has one output for each class, or more of them where that is allowed. */
function checkClasses(model: Model, data: DatasetParts, { spareOutputs }: TrainSpec): void {
  if (model.outputShape.length !== 1) return
  const outputs = model.outputShape[0]!
  const classes = data.classNames.length
  if (outputs === classes || (spareOutputs && outputs > classes)) return
  const last = model.layers.at(-1)!
  const hint = outputs > classes ? ', or allow the others with spareOutputs: true' : ''
  throw new UsageError(
    `The network has ${outputs} outputs, but ${data.name} has ${classes} ${classes === 1 ? 'class' : 'classes'} ` +
      `(${data.classNames.join(', ')}). Give the last layer "${last.name}" ${classes} units${hint}.`,
  )
}

/** Throws a `UsageError` where a layer needs the statistics of a batch, and a batch has a single value for each channel. */
function checkBatches(model: Model, { batchSize }: TrainSpec, count: number): void {
  const last = count % batchSize || batchSize
  const bad = model.layers.find(({ layer, inputShapes: [shape] }) => {
    const positions = sizeOf(shape!) / shape!.at(-1)!
    return definitionOf(layer).seesBatch && last * positions === 1
  })
  if (!bad) return
  const which =
    batchSize === 1 ? 'a batch is one image' : `the last batch of an epoch is one of ${count} images`
  throw new UsageError(
    `Layer "${bad.name}" (${bad.className}) takes the mean and variance of a batch, but ${which}, with one value for each channel: ` +
      `its variance is zero and nothing can be learned. ${batchSize === 1 ? 'Use a batchSize of at least 2, better 16 or more.' : `Change batchSize (${batchSize}).`}`,
  )
}

/** What epochs measured, by what it is. */
export function historyOf(epochs: readonly EpochMetrics[]): History {
  const first = epochs[0]
  if (!first) return {}
  return Object.fromEntries(Object.keys(first).map(name => [name, epochs.map(metrics => metrics[name]!)]))
}
