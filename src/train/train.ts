import { type Clock, systemClock } from '../base/clock.ts'
import { type HeddleError, UsageError } from '../base/errors.ts'
import { RandomStream } from '../base/random.ts'
import type { LabelledImages } from '../data/examples.ts'
import { epochOrder } from '../data/loader.ts'
import type { Executable, RunRequest } from '../engine/backend.ts'
import { lower } from '../engine/lower.ts'
import type { Weights } from '../model/weights.ts'
import { Feed } from '../network/feed.ts'
import { type FrozenOptions, FrozenPart } from '../network/frozen-features.ts'
import { gradientsIn } from '../network/gradients.ts'
import { engineRequest, Measurement, measure } from '../network/measure.ts'
import { type Network, weightsOf } from '../network/network.ts'
import { coefficientsOf, updateRuleOf } from '../nn/optimizers/index.ts'
import { learningRateAt } from '../nn/schedules/schedule.ts'
import type { Augment } from '../ops/augment.ts'
import type { Floats } from '../ops/op.ts'
import type { EpochMetrics, Measured, TrainEvent } from '../protocol/events.ts'
import { onSide } from '../protocol/metric.ts'
import { beginAverages, useAverages } from './averages.ts'
import type { RateScale } from './callbacks/callback.ts'
import { type BadUpdate, divergedUpdate, divergence } from './divergence.ts'
import { ratesOf } from './learning-rates.ts'
import { type Phase, phasesOf } from './phases.ts'
import type { Plan } from './plan.ts'
import {
  type EpochState,
  NOT_BEGUN,
  restoreState,
  stateOf,
  type TrainPlace,
  type TrainState,
} from './train-state.ts'

/** One network to train once, as `planTraining` has planned it. */
export interface TrainPlan
  extends Pick<
    Plan,
    'train' | 'spec' | 'seed' | 'batchSize' | 'stepsPerEpoch' | 'classWeights' | 'augment' | 'measuring'
  > {
  readonly network: Network
  readonly examples: LabelledImages
  /** What to measure after each epoch; its examples may be the same ones. */
  readonly validation: { readonly examples: LabelledImages; readonly indices: Int32Array } | null
  /** Keeps the outputs of a frozen first part, and hears about the progress of computing them. */
  readonly features?: Pick<FrozenOptions, 'store' | 'onProgress'> | undefined
  readonly clock?: Clock
  /** What callbacks do to the learning rate. */
  readonly rate?: RateScale
  /** Goes on from there instead of from the beginning; model, data, options and seed must be those it was made with. */
  readonly from?: TrainState | undefined
  /**
   * Called where a training can be gone on from: between calls of the engine and between epochs, when all events until
   * then have been consumed. Throwing ends the training.
   */
  readonly onPause?: ((place: TrainPlace, state: () => TrainState) => void | Promise<void>) | undefined
  /** Called before an epoch's event with what reads the gradients of its last step, unless the optimizer overwrites them. */
  readonly onGradients?: OnGradients | undefined
}

export type OnGradients = (epoch: number, read: () => ReadonlyMap<string, Floats>) => void

/** Networks whose weights a training will overwrite. */
const inTraining = new WeakSet<Network>()

/** What a network is left with when an update spoilt the weights that came after. */
interface Kept {
  readonly weights: Weights
  /** For people: which these are. */
  readonly name: string
}

/** A call of the engine is meant to take this long: short enough to be cancelled, long enough to cost nothing. */
const CALL_MS = 50

/**
 * Trains a network and yields an event for every step and epoch. If you do not pull the next event, it pauses; `return()` ends it; the network
 * has an epoch's weights when that epoch's event is yielded, and the last step's when the generator is done.
 *
 * Weights are a function of the model, the data, the options and the seed: the same ones give the same bits, also when
 * training goes on `from` a state that `onPause` was given.
 * Throws a `HeddleError` that names step and layer when the loss, or a weight after an update, is no longer finite; after
 * a bad update the network has the weights of the last epoch that was completed. Throws a `UsageError` if the network is
 * being trained already.
 */
export async function* train(plan: TrainPlan): AsyncGenerator<TrainEvent, void, undefined> {
  const { network } = plan
  if (inTraining.has(network)) {
    throw new UsageError(
      'This network is being trained already, and both trainings would write its weights. Wait until the first one has ' +
        'ended, or make another network with createNetwork.',
    )
  }
  inTraining.add(network)
  try {
    yield* trainAlone(plan)
  } finally {
    inTraining.delete(network)
  }
}

async function* trainAlone(plan: TrainPlan): AsyncGenerator<TrainEvent, void, undefined> {
  const { network, spec, examples, validation, clock = systemClock } = plan
  const { optimizer, loss, epochs, pixelRange } = spec
  const { batchSize, stepsPerEpoch, measuring } = plan
  const random = new RandomStream(plan.seed)
  const phases = phasesOf(network.model, spec)
  const { from, onPause } = plan
  const compile = async (phase: Phase, weights: Weights) => {
    const { model } = phase
    const rates = ratesOf(model, spec.learningRates)
    const update = { ...updateRuleOf(optimizer), ...(Object.keys(rates).length > 0 && { rates }) }
    // Images that are changed at random give other features in each step, unless each image has a fixed number of versions.
    const frozen =
      plan.augment && spec.variants === null
        ? null
        : FrozenPart.of(
            { model, weights, backend: network.backend },
            { loss, pixelRange, batchSize, ...plan.features },
          )
    const executable = network.compile(loss, { batchSize, update }, frozen?.cut.head ?? lower(model, loss))
    const feed = async (some: LabelledImages, augment: Augment | null = null): Promise<Feed> =>
      new Feed(some, { loss, pixelRange, executable, features: await frozen?.of(some, augment) })
    const data = await feed(examples)
    const shown: Feed[] = []
    for (const augment of frozen ? versionsOf(plan) : []) shown.push(await feed(examples, augment))
    // A validation split is part of the same examples: their targets are made once.
    const held = validation && (validation.examples === examples ? data : await feed(validation.examples))
    return { phase, executable, data, held, shown, augment: frozen ? null : plan.augment }
  }
  const phaseAt = (epoch: number): Phase => phases.findLast(({ first }) => first <= epoch)!
  let { phase, executable, data, held, shown, augment } = await compile(
    phaseAt(from?.epoch ?? 0),
    from?.weights ?? network.weights,
  )
  const [trainCount, validationCount] = [plan.train.length, validation?.indices.length ?? 0]
  if (from) restoreState(executable, from)
  else if (optimizer.useEma) beginAverages(executable)
  let kept: Kept = from
    ? { weights: from.weights, name: 'those of the checkpoint that it went on from' }
    : { weights: network.weights, name: 'those that it began with' }
  let spoilt = false
  const { rate = { scale: 1, base: null } } = plan
  const rateNow = () => rate.base ?? phase.learningRate ?? optimizer.learningRate
  const inPhase = (step: number): number => step - phase.first * stepsPerEpoch
  const rateAt = (step: number): number => learningRateAt(rateNow(), inPhase(step)) * rate.scale
  const badUpdate = (update: BadUpdate): HeddleError => {
    spoilt = true
    return divergedUpdate({ ...update, learningRate: rateAt(update.step), kept: kept.name })
  }
  const coefficients = (step: number, count: number): Float64Array =>
    coefficientsOf({ ...optimizer, learningRate: rateNow() }, inPhase(step), count, rate.scale)
  const common = { plan, coefficients, rateAt, random, clock, badUpdate }
  const started = clock()
  try {
    yield {
      type: 'run-start',
      seed: plan.seed,
      epochs,
      stepsPerEpoch,
      trainCount,
      validationCount,
      firstStep: from?.step ?? 0,
    }
    for (let epoch = from?.epoch ?? 0; epoch < epochs; epoch++) {
      if (phaseAt(epoch) !== phase) {
        network.weights = weightsOf(executable)
        ;({ phase, executable, data, held, shown, augment } = await compile(phaseAt(epoch), network.weights))
        if (optimizer.useEma) beginAverages(executable)
      }
      // What a checkpoint says of the epoch that it was made in.
      const before = from?.epoch === epoch ? from : null
      const epochStarted = clock() - (before?.epochMs ?? 0)
      const pause = (within: Omit<TrainPlace & EpochState, 'epoch' | 'epochMs'>) =>
        onPause?.({ epoch, step: within.step }, () =>
          stateOf(executable, { ...within, epoch, epochMs: clock() - epochStarted }),
        )
      // Weights that came from a file travel with the run from its first step on.
      if ((epoch > 0 || network.model.spec.pretrained) && !before)
        await pause({ ...NOT_BEGUN, step: epoch * stepsPerEpoch })
      const order = spec.shuffle ? epochOrder(plan.train, random.split('shuffle'), epoch) : plan.train
      const firstStep = epoch * stepsPerEpoch
      const run: Run = { ...common, executable, data: shown[epoch % shown.length] ?? data, augment }
      const seen = yield* steps(run, { order, epoch, firstStep, before, pause })
      // Muon turns the gradients of a matrix into its step, in place. A checkpoint may have been made after the last step, and has none.
      if (optimizer.kind !== 'muon' && before?.done !== order.length)
        plan.onGradients?.(epoch, () => gradientsIn(executable))
      // What is measured and kept is the average of the weights, where there is one.
      const trained = optimizer.useEma ? useAverages(executable) : null
      network.weights = weightsOf(executable)
      const val = held && validation && (await measure(executable, held, validation.indices, measuring))
      const again = spec.evaluateTraining ? await measure(executable, data, plan.train, measuring) : null
      // A finite loss shows that the last update was sound; otherwise the engine is asked, as by another step.
      if (![val?.loss, again?.loss].some(Number.isFinite)) {
        const layer = await failingLayer(executable, run.data, order)
        if (layer !== null) {
          const what = `made the output of "${layer}" not finite`
          throw badUpdate({ step: firstStep + stepsPerEpoch - 1, epoch, what })
        }
      }
      kept = { weights: network.weights, name: `those of epoch ${epoch + 1}` }
      if (trained) executable.write('parameters', trained)
      const metrics: EpochMetrics = {
        ...seen.measured,
        ...(val && onSide('validation', val)),
        ...(again && onSide('remeasured', again)),
        learningRate: rateAt(firstStep + stepsPerEpoch - 1),
      }
      yield { type: 'epoch', epoch, metrics, trainMs: seen.trainMs, durationMs: clock() - epochStarted }
    }
    const step = epochs * stepsPerEpoch
    await onPause?.({ epoch: epochs, step }, () =>
      stateOf(executable, { ...NOT_BEGUN, epoch: epochs, step, epochMs: 0 }),
    )
  } finally {
    if (optimizer.useEma) useAverages(executable)
    network.weights = spoilt ? kept.weights : weightsOf(executable)
  }
  yield { type: 'run-end', epochs, reason: 'finished', durationMs: clock() - started }
}

/** The versions of the training images that epochs show in turn; the same for all seeds, which so share their features. */
function versionsOf({ spec, augment }: TrainPlan): Augment[] {
  if (!augment || spec.variants === null) return []
  const { key } = new RandomStream(0).split('variants')
  return Array.from({ length: spec.variants }, (_, step) => ({ ...augment, key, step }))
}

/** What all epochs of a training share. */
interface Run {
  readonly plan: TrainPlan
  readonly executable: Executable
  readonly data: Feed
  /** What changes images on their way in. */
  readonly augment: Augment | null
  readonly coefficients: (firstStep: number, steps: number) => Float64Array
  readonly rateAt: (step: number) => number
  readonly random: RandomStream
  readonly clock: Clock
  readonly badUpdate: (update: BadUpdate) => HeddleError
}

interface Epoch {
  readonly order: Int32Array
  readonly epoch: number
  readonly firstStep: number
  readonly before: EpochState | null
  readonly pause: (within: EpochState & { readonly step: number }) => void | Promise<void> | undefined
}

/** One epoch's steps, several to a call of the engine; returns the means over its examples. */
async function* steps(
  { plan, executable, data, augment, coefficients, rateAt, random, clock, badUpdate }: Run,
  { order, epoch, firstStep, before, pause }: Epoch,
): AsyncGenerator<TrainEvent, { readonly measured: Measured; readonly trainMs: number }, undefined> {
  const { batchSize } = executable.program
  const { classWeights, measuring } = plan
  const { labels } = data
  const measurement = new Measurement(measuring, before?.sums)
  let trainMs = before?.trainMs ?? 0
  let step = firstStep + Math.ceil((before?.done ?? 0) / batchSize)
  let stepsPerCall = 1
  for (let from = before?.done ?? 0; from < order.length; ) {
    const examples = order.subarray(from, from + stepsPerCall * batchSize)
    const count = Math.ceil(examples.length / batchSize)
    const called = clock()
    const request: RunRequest = {
      mode: 'train',
      ...data.of(examples),
      coefficients: coefficients(step, count),
      noise: { key: random.split('dropout').key, step },
      classWeights,
      ...engineRequest(measuring),
      ...(augment && { augment: { ...augment, step } }),
    }
    const running = executable.run(request)
    data.ahead(order.subarray(from + examples.length, from + 2 * examples.length))
    const result = await running
    const callMs = clock() - called
    for (let i = 0; i < result.steps; i++) {
      const size = Math.min(batchSize, examples.length - i * batchSize)
      const [batchLoss, batchAccuracy] = [result.losses[i]!, result.correct[i]! / size]
      measurement.add(result, i, { order: examples, labels, batchSize, augment: request.augment })
      yield { type: 'step', step: step++, epoch, loss: batchLoss, accuracy: batchAccuracy, batchSize: size }
    }
    const { failure } = result
    if (failure?.of === 'weights')
      throw badUpdate({ step, epoch, what: `made weights of "${failure.layer}" that are not finite` })
    if (failure) {
      const failed = {
        ...request,
        order: request.order.subarray(result.steps * batchSize, (result.steps + 1) * batchSize),
        noise: { ...request.noise!, step },
        ...(augment && { augment: { ...augment, step } }),
      }
      throw await divergence(executable, {
        step,
        epoch,
        learningRate: rateAt(step),
        failure,
        request: failed,
      })
    }
    trainMs += callMs
    from += examples.length
    await pause({ step, done: from, sums: measurement.sums, trainMs })
    stepsPerCall = Math.max(1, Math.round((CALL_MS / Math.max(callMs, 0.1)) * count))
  }
  return { measured: measurement.value, trainMs }
}

/** The first layer whose output is not finite for the last batch of `order`, with the weights as they are now. */
async function failingLayer(executable: Executable, data: Feed, order: Int32Array): Promise<string | null> {
  const last = order.length % executable.program.batchSize || executable.program.batchSize
  const { failure } = await executable.run({ mode: 'gradients', ...data.of(order.subarray(-last)) })
  return failure?.layer ?? null
}
