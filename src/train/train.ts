import type { Examples } from '../data/dataset.ts'
import { epochOrder } from '../data/loader.ts'
import type { RunResult } from '../engine/backend.ts'
import { RunningMean } from '../metrics/running-mean.ts'
import { stepSizeAt, updateRuleOf } from '../optimizers/optimizer.ts'
import type { TrainEvent } from '../protocol/events.ts'
import { learningRateAt } from '../schedules/schedule.ts'
import { HeddleError } from '../spec/errors.ts'
import { RandomStream } from '../tensor/random.ts'
import { type Clock, systemClock } from './clock.ts'
import { measure, PIXEL_SCALE, targetsFor } from './measure.ts'
import { type Network, weightsOf } from './network.ts'
import type { TrainSpec } from './options.ts'

/** One model to train once. */
export interface TrainPlan {
  readonly network: Network
  readonly spec: TrainSpec
  readonly seed: number
  readonly examples: Examples
  /** Which of the examples to train on. */
  readonly train: Int32Array
  /** What to measure after each epoch; its examples may be the same ones. */
  readonly validation: { readonly examples: Examples; readonly indices: Int32Array } | null
  readonly clock?: Clock
}

/** A call of the engine is meant to take this long: short enough to be cancelled, long enough to cost nothing. */
const CALL_MS = 50

/**
 * Trains a network and tells what happens. Not pulling the next event pauses it, `return()` ends it; the network
 * has an epoch's weights when that epoch's event is yielded, and the last step's when the generator is done.
 *
 * Weights are a function of the model, the data, the options and the seed: the same ones give the same bits.
 * Throws a `HeddleError` that names step and layer when the loss is no longer finite.
 */
export async function* train(plan: TrainPlan): AsyncGenerator<TrainEvent, void, undefined> {
  const { network, spec, examples, validation, clock = systemClock } = plan
  const { optimizer, loss, batchSize, epochs } = spec
  const executable = network.compile(loss, { batchSize, update: updateRuleOf(optimizer) })
  const random = new RandomStream(plan.seed)
  const data = { images: examples.images, targets: targetsFor(loss, examples, executable) }
  const held = validation && {
    images: validation.examples.images,
    targets: targetsFor(loss, validation.examples, executable),
  }
  const stepsPerEpoch = Math.ceil(plan.train.length / batchSize)
  const started = clock()
  const [trainCount, validationCount] = [plan.train.length, validation?.indices.length ?? 0]
  yield { type: 'run-start', seed: plan.seed, epochs, stepsPerEpoch, trainCount, validationCount }

  let step = 0
  let stepsPerCall = 1
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const epochStarted = clock()
      const order = spec.shuffle ? epochOrder(plan.train, random.split('shuffle'), epoch) : plan.train
      const [meanLoss, meanAccuracy] = [new RunningMean(), new RunningMean()]
      let trainMs = 0
      for (let from = 0; from < order.length; ) {
        const called = clock()
        const batches = order.subarray(from, from + stepsPerCall * batchSize)
        const count = Math.ceil(batches.length / batchSize)
        const result = await executable.run({
          mode: 'train',
          ...data,
          scale: PIXEL_SCALE,
          order: batches,
          stepSizes: Float64Array.from({ length: count }, (_, i) => stepSizeAt(optimizer, step + i)),
          noise: { key: random.split('dropout').key, step },
        })
        const callMs = clock() - called
        trainMs += callMs
        for (let i = 0; i < result.steps; i++) {
          const size = Math.min(batchSize, batches.length - i * batchSize)
          const [batchLoss, accuracy] = [result.losses[i]!, result.correct[i]! / size]
          meanLoss.add(batchLoss, size)
          meanAccuracy.add(accuracy, size)
          yield { type: 'step', step: step++, epoch, loss: batchLoss, accuracy, batchSize: size }
        }
        if (result.failure)
          throw divergence(result.failure, {
            step,
            epoch,
            learningRate: learningRateAt(optimizer.learningRate, step),
          })
        from += batches.length
        stepsPerCall = Math.max(1, Math.round((CALL_MS / Math.max(callMs, 0.1)) * count))
      }
      network.weights = weightsOf(executable)
      const val = held && (await measure(executable, held, validation.indices))
      const again = spec.evaluateTraining ? await measure(executable, data, plan.train) : null
      const metrics = {
        loss: meanLoss.value,
        accuracy: meanAccuracy.value,
        valLoss: val?.loss ?? null,
        valAccuracy: val?.accuracy ?? null,
        trainLoss: again?.loss ?? null,
        trainAccuracy: again?.accuracy ?? null,
        learningRate: learningRateAt(optimizer.learningRate, step - 1),
      }
      yield { type: 'epoch', epoch, metrics, trainMs, durationMs: clock() - epochStarted }
    }
  } finally {
    network.weights = weightsOf(executable)
  }
  yield { type: 'run-end', epochs, durationMs: clock() - started }
}

function divergence(
  { layer }: NonNullable<RunResult['failure']>,
  { step, epoch, learningRate }: { step: number; epoch: number; learningRate: number },
): HeddleError {
  const where = layer
    ? `the first layer whose output is not finite is "${layer}"`
    : 'the outputs of all layers are finite, only the loss is not'
  return new HeddleError(
    `Training stopped at step ${step + 1} (epoch ${epoch + 1}): the loss is not a finite number; ${where}. ` +
      `The weights are those before this step. Lower the learning rate (it was ${learningRate}), or look for ` +
      'inputs and initial weights that are too large.',
  )
}
