import { type Clock, systemClock } from '../base/clock.ts'
import { seedField } from '../base/random.ts'
import type { DatasetParts } from '../data/dataset.ts'
import { preparationFor } from '../data/preparation.ts'
import type { FeatureStore } from '../network/frozen-features.ts'
import type { Network } from '../network/network.ts'
import type { EpochMetrics, History, TrainEvent } from '../protocol/events.ts'
import type { RateScale } from './callbacks/callback.ts'
import { createCallback } from './callbacks/index.ts'
import type { Checkpoint } from './checkpoint.ts'
import { type TrainOptions, trainSpec } from './options.ts'
import { type Plan, planTraining } from './plan.ts'
import { type OnGradients, type TrainPlan, train } from './train.ts'
import type { TrainPlace } from './train-state.ts'

export interface FitOptions extends TrainOptions, FollowOptions {
  /** Seed of shuffling, dropout, augmentation and splits. Default 0. */
  readonly seed?: number
}

/** Callbacks of the caller, and the state to continue from. */
export interface FollowOptions {
  /** Called with every event: for progress bars. */
  readonly onEvent?: ((event: TrainEvent) => void) | undefined
  readonly onNotice?: ((message: string) => void) | undefined
  /** Ends the training at the next step where it can be gone on from. */
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock | undefined
  readonly checkpoints?: CheckpointKeeper | undefined
  readonly onGradients?: OnGradients | undefined
  /** Goes on from there; model, data, options and seed must be those it was made with. */
  readonly from?: Checkpoint | undefined
  /** Where the outputs of a frozen first part are kept; left out: they are computed once for this training. */
  readonly features?: FeatureStore | undefined
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
  const {
    seed,
    onEvent,
    onNotice,
    signal,
    clock,
    checkpoints,
    onGradients,
    from,
    features,
    ...trainOptions
  } = options
  const plan = planTraining(network.model, data, {
    spec: trainSpec(trainOptions),
    seed: seedField.parse(seed ?? 0, 'fit: seed'),
  })
  return fitPlan(network, plan, {
    ...{ onEvent, onNotice, signal, clock, checkpoints, onGradients, from, features },
  })
}

/** `fit`, of a training that is planned. */
export async function fitPlan(
  network: Network,
  plan: Plan<DatasetParts>,
  { onEvent, onNotice, signal, clock = systemClock, checkpoints, onGradients, from, features }: FollowOptions,
): Promise<History> {
  // A run that goes on has told them already.
  if (!from) for (const notice of plan.notices) onNotice?.(notice)
  const { data, spec } = plan
  const { loss, pixelRange } = spec
  const preparation = preparationFor(data.imageShape, { declared: data.preparation, pixelRange })
  network.about = { classNames: data.classNames, loss, pixelRange, preparation, temperature: null }
  const rate: RateScale = { scale: 1, base: null }
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
  let stopped = false
  signal?.throwIfAborted()
  try {
    for (const [i, callback] of callbacks.entries()) {
      const state = from?.callbacks[i]
      if (state) await callback.restore?.(state)
    }
    const onProgress = (done: number, total: number): void => {
      signal?.throwIfAborted()
      onEvent?.({ type: 'features', done, total })
    }
    const frozen = { store: features, onProgress }
    const training = {
      ...{ ...plan, network, clock, rate },
      ...{ from: from?.train, onPause, onGradients, features: frozen },
    }
    for await (const event of train(training)) {
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

/** What epochs measured, by what it is. */
export function historyOf(epochs: readonly EpochMetrics[]): History {
  const first = epochs[0]
  if (!first) return {}
  return Object.fromEntries(Object.keys(first).map(name => [name, epochs.map(metrics => metrics[name]!)]))
}
