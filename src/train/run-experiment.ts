import { statSync } from 'node:fs'
import { type Clock, systemClock } from '../base/clock.ts'
import { UsageError, within } from '../base/errors.ts'
import { thisMachine } from '../base/machine.ts'
import { statisticOf } from '../base/maths.ts'
import type { Shape } from '../base/shape.ts'
import type { Dataset } from '../data/dataset.ts'
import type { Backend } from '../engine/backend.ts'
import type { ModelSpec } from '../model/graph.ts'
import { buildModel, type Model } from '../model/model.ts'
import { evaluate } from '../network/evaluate.ts'
import { createNetwork, type Network } from '../network/network.ts'
import type { TrainEvent } from '../protocol/events.ts'
import type { ExperimentResult, RunResult } from '../protocol/results.ts'
import { filesOf, forRun, type WrittenFile } from './callbacks/index.ts'
import type { Checkpoint } from './checkpoint.ts'
import { type ExperimentSpec, trainingOf } from './experiment.ts'
import { type CheckpointKeeper, checkTraining, fit } from './fit.ts'
import type { TrainSpec } from './options.ts'
import { noticesOf } from './sides.ts'

export interface RunExperimentOptions {
  readonly seeds: readonly number[]
  readonly backend: Backend
  readonly signal?: AbortSignal | undefined
  readonly onNotice?: ((message: string) => void) | undefined
  /** Told every event of every run. */
  readonly onEvent?:
    | ((event: TrainEvent, run: { readonly model: string; readonly seed: number }) => void)
    | undefined
  /** Told when a run is done, its test included, and given the trained network: for what else is to be asked of it. */
  readonly onRun?: ((model: string, run: RunResult, network: Network) => void | Promise<void>) | undefined
  /** Asked before every run for who records it, or for what is known of it from before. */
  readonly follow?: ((run: FollowedRun) => Promise<RunFollower | EarlierRun>) | undefined
  /** Runs that `follow` knows have left logs: those are gone on with. */
  readonly resume?: boolean | undefined
  readonly clock?: Clock
}

/** A run before its first step. */
export interface FollowedRun {
  readonly model: string
  readonly seed: number
  readonly network: Network
  readonly train: TrainSpec
}

/** A run that was trained before: it is not trained again. */
export interface EarlierRun {
  readonly result: RunResult
  readonly network: Network
}

/** Records one run from its start to its end. */
export interface RunFollower {
  readonly checkpoints: CheckpointKeeper
  /** Where the run goes on, if it was begun before. */
  readonly from?: Checkpoint | undefined
  onEvent(event: TrainEvent): void
  onNotice(message: string): void
  onEnd(run: RunResult): Promise<void>
  onError(error: unknown): Promise<void>
}

/**
 * Trains every model of an experiment once for each seed, tests it, and puts the results together.
 * All models, and the files that the runs would write, are checked before the first model is trained.
 */
export async function runExperiment(
  experiment: ExperimentSpec,
  data: Dataset,
  options: RunExperimentOptions,
): Promise<ExperimentResult> {
  const { name, models } = experiment
  const { seeds, backend, onRun } = options
  if (data.test.count === 0) {
    throw new UsageError(`${data.name} has no test images: no model can be tested. Add some before training.`)
  }
  if (!options.resume) checkFiles(experiment, seeds)
  const aboutData = new Set<string>()
  const built = Object.entries(models).map(([modelName, spec]) => {
    const model = buildNamed(modelName, spec, data.imageShape)
    const train = trainingOf(experiment, modelName)
    const sides = checkTraining(model, data, train, seeds[0] ?? 0)
    for (const notice of noticesOf(sides, data, train)) aboutData.add(notice)
    return { modelName, spec, model, train }
  })
  for (const notice of aboutData) options.onNotice?.(notice)
  // Each run records what is missing in its data; you are told once.
  const onNotice = (message: string): void => {
    if (!aboutData.has(message)) options.onNotice?.(message)
  }
  const results: ModelResult[] = []
  for (const { modelName, spec, model, train } of built) {
    const runs: RunResult[] = []
    for (const seed of seeds) {
      const network = createNetwork(spec, { inputShape: data.imageShape, seed, backend })
      const found = await options.follow?.({ model: modelName, seed, network, train })
      const earlier = found && 'result' in found ? found : null
      const follower = found && 'result' in found ? undefined : found
      const run =
        earlier?.result ??
        (await runModel(network, data, train, { ...options, onNotice, seed, modelName, follower }))
      runs.push(run)
      await onRun?.(modelName, run, earlier?.network ?? network)
    }
    results.push(modelResult(modelName, model.parameterCount, runs))
  }
  return {
    experiment: name,
    train: experiment.train,
    overrides: experiment.overrides,
    dataset: {
      name: data.name,
      fingerprint: data.fingerprint,
      train: data.train.count,
      test: data.test.count,
    },
    backend: backend.name,
    threads: backend.threads,
    machine: thisMachine(),
    models: results,
  }
}

export type ModelResult = ExperimentResult['models'][number]

/** The runs of one model, put together. */
export function modelResult(name: string, params: number, runs: readonly RunResult[]): ModelResult {
  const common = Object.keys(runs[0]?.test ?? {}).filter(metric => runs.every(({ test }) => metric in test))
  const test = Object.fromEntries(
    common.map(metric => [metric, statisticOf(runs.map(run => run.test[metric]!))]),
  )
  return { name, params, runs, test: test as ModelResult['test'] }
}

/** `buildModel` with the model's name before what is wrong with it. */
export function buildNamed(name: string, spec: ModelSpec, shape?: Shape): Model {
  return within(`Model "${name}"`, () => buildModel(spec, shape))
}

/** The files that the callbacks of an experiment's runs write. */
export function filesOfRuns(experiment: ExperimentSpec, seeds: readonly number[]): WrittenFile[] {
  return Object.keys(experiment.models).flatMap(model =>
    seeds.flatMap(seed =>
      trainingOf(experiment, model).callbacks.flatMap(callback => filesOf(forRun(callback, model, seed))),
    ),
  )
}

/** Refuses a file that two runs would write, and one that exists: the last run must not find out after hours. */
function checkFiles(experiment: ExperimentSpec, seeds: readonly number[]): void {
  const paths = new Set<string>()
  for (const { kind, path, append } of filesOfRuns(experiment, seeds)) {
    if (append) continue
    if (paths.has(path)) {
      throw new UsageError(
        `${kind}: several runs would write the file ${path}. Give each its own: put {model} and {seed} into the path.`,
      )
    }
    // An empty one was left by a run that ended before its first epoch.
    if (statSync(path, { throwIfNoEntry: false })?.size) {
      throw new UsageError(
        `${kind}: the file ${path} exists and is not overwritten; nothing was trained. Choose another path (it may ` +
          'hold {model} and {seed}), remove the file, or set append: true.',
      )
    }
    paths.add(path)
  }
}

export interface RunModelOptions
  extends Omit<RunExperimentOptions, 'seeds' | 'backend' | 'onRun' | 'follow' | 'resume'> {
  readonly seed: number
  readonly modelName: string
  readonly follower: RunFollower | undefined
}

/** Trains a network and tests it; whoever follows is told how it ended, whichever way. */
export async function runModel(
  network: Network,
  data: Dataset,
  train: TrainSpec,
  options: RunModelOptions,
): Promise<RunResult> {
  const { follower, modelName, seed } = options
  const callbacks = train.callbacks.map(callback => forRun(callback, modelName, seed))
  try {
    const run = await trainAndTest(network, data, { ...train, callbacks }, options)
    await follower?.onEnd(run)
    return run
  } catch (error) {
    await follower?.onError(error)
    throw error
  }
}

async function trainAndTest(
  network: Network,
  data: Dataset,
  train: TrainSpec,
  { seed, modelName, signal, onNotice, onEvent, follower, clock = systemClock }: RunModelOptions,
): Promise<RunResult> {
  let imagesPerEpoch = 0
  let images = 0
  let trainMs = 0
  const started = clock() - (follower?.from?.elapsedMs ?? 0)
  const notice = (message: string): void => {
    follower?.onNotice(message)
    onNotice?.(message)
  }
  const history = await fit(network, data, {
    ...train,
    seed,
    signal,
    onNotice: notice,
    clock,
    checkpoints: follower?.checkpoints,
    from: follower?.from,
    onEvent(event) {
      if (event.type === 'run-start') imagesPerEpoch = event.trainCount
      if (event.type === 'epoch') {
        images += imagesPerEpoch
        trainMs += event.trainMs
      }
      follower?.onEvent(event)
      onEvent?.(event, { model: modelName, seed })
    },
  })
  const seconds = (clock() - started) / 1000
  const { loss, batchSize, metrics, topK, pixelRange } = train
  const test = await evaluate(network, data.test, { loss, batchSize, metrics, topK, pixelRange })
  if (!Number.isFinite(test.loss)) {
    notice(
      `The test loss is ${test.loss}: the outputs for some test images are not finite, or their loss is not (outputs that are all zero, ` +
        'divided by their sum). Images whose outputs are not finite count as wrong.',
    )
  }
  // A run that is resumed behind its last step has nothing to measure its pace by.
  const imagesPerSecond = images > 0 ? (1000 * images) / trainMs : 0
  return { seed, seconds, imagesPerSecond, history, test }
}
