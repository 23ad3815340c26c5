import { statSync } from 'node:fs'
import { type Clock, systemClock } from '../base/clock.ts'
import { UsageError } from '../base/errors.ts'
import { thisMachine } from '../base/machine.ts'
import { statisticOf } from '../base/maths.ts'
import type { Dataset } from '../data/dataset.ts'
import type { Backend } from '../engine/backend.ts'
import { buildNamed } from '../model/build-named.ts'
import { classCountOf } from '../model/model.ts'
import { temperatureOf } from '../network/calibrate.ts'
import { evaluate } from '../network/evaluate.ts'
import { keptFeatures } from '../network/kept-features.ts'
import { freshNetwork, type Network } from '../network/network.ts'
import { type FilePlace, loadPretrained } from '../network/pretrained.ts'
import type { TrainEvent } from '../protocol/events.ts'
import type { ExperimentResult, RunResult, TrainedResult } from '../protocol/results.ts'
import { filesOf, forRun, type WrittenFile } from './callbacks/index.ts'
import type { Checkpoint } from './checkpoint.ts'
import { type ExperimentSpec, trainingOf } from './experiment.ts'
import { type CheckpointKeeper, fitPlan } from './fit.ts'
import { type Plan, planTraining } from './plan.ts'
import { withPretrainedParts } from './pretrained-parts.ts'
import type { OnGradients } from './train.ts'

export interface RunExperimentOptions extends FilePlace {
  readonly seeds: readonly number[]
  readonly backend: Backend
  readonly signal?: AbortSignal | undefined
  readonly onNotice?: ((message: string) => void) | undefined
  /** Called with every event of every run. */
  readonly onEvent?:
    | ((event: TrainEvent, run: { readonly model: string; readonly seed: number }) => void)
    | undefined
  /** Called when a run and its test are done, with the trained network: to predict, save or analyse. */
  readonly onRun?: ((model: string, run: RunResult, network: Network) => void | Promise<void>) | undefined
  /** Asked before every run for who records it, or for what is known of it from before. */
  readonly follow?: ((run: FollowedRun) => Promise<RunFollower | EarlierRun>) | undefined
  /** Runs that `follow` knows have left logs: those are gone on with. */
  readonly resume?: boolean | undefined
  readonly clock?: Clock
}

/** A run before its first step; its plan has the seed. */
export interface PlannedRun {
  /** The model's name in the experiment. */
  readonly model: string
  readonly plan: Plan
}

/** The same with its network. */
export interface FollowedRun extends PlannedRun {
  readonly network: Network
}

/** A run that was trained before: it is not trained again. */
export interface EarlierRun {
  readonly result: RunResult
  readonly network: Network
}

/** Records one run from its start to its end. */
export interface RunFollower {
  readonly checkpoints: CheckpointKeeper
  /** The state of a run that was begun before: it continues from there. */
  readonly from?: Checkpoint | undefined
  /** See `TrainPlan`. */
  readonly onGradients?: OnGradients
  onEvent(event: TrainEvent): void
  onNotice(message: string): void
  /** `outputs`: what the trained network makes of every test image, `[images, outputs]`. */
  onEnd(run: RunResult, outputs: Float32Array): Promise<void>
  onError(error: unknown): Promise<void>
}

/** An experiment before its first step: its models and data are checked, and the files that the runs would write. */
export interface ExperimentPlan {
  readonly experiment: ExperimentSpec
  readonly data: Dataset
  readonly seeds: readonly number[]
  /** The run with the first seed, for each model. */
  readonly models: readonly PlannedRun[]
}

/**
 * Plans the runs of an experiment. Throws a `UsageError` for what is wrong with a model, its training or its data, and for a
 * file that a run would replace, unless runs that were begun before are to go on.
 */
export function planExperiment(
  experiment: ExperimentSpec,
  data: Dataset,
  { seeds, resume }: Pick<RunExperimentOptions, 'seeds' | 'resume'>,
): ExperimentPlan {
  if (data.test.count === 0) {
    throw new UsageError(`${data.name} has no test images: no model can be tested. Add some before training.`)
  }
  if (!resume) checkFiles(experiment, seeds)
  const models = Object.entries(experiment.models).map(([model, spec]) => {
    const options = { spec: trainingOf(experiment, model), seed: seeds[0] ?? 0 }
    return { model, plan: planTraining(buildNamed(model, spec, data.imageShape), data, options) }
  })
  return { experiment, data, seeds, models }
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
  return runPlan(planExperiment(await withPretrainedParts(experiment, options), data, options), options)
}

/** `runExperiment`, of an experiment that is planned. */
export async function runPlan(
  plan: ExperimentPlan,
  options: Omit<RunExperimentOptions, 'seeds'>,
): Promise<ExperimentResult> {
  const aboutData = aboutDataOf(plan)
  for (const notice of aboutData) options.onNotice?.(notice)
  const runs = new Map<string, RunResult[]>()
  for (const { model } of plan.models) {
    const results: RunResult[] = []
    for (const seed of plan.seeds) results.push(await trainRun(plan, { model, seed }, options))
    runs.set(model, results)
  }
  return experimentResult(plan, runs, options.backend)
}

/** What is missing in the data of its runs. */
export function aboutDataOf({ models }: Pick<ExperimentPlan, 'models'>): ReadonlySet<string> {
  return new Set(models.flatMap(({ plan }) => plan.notices))
}

/** Trains one run of an experiment that is planned, or takes what is known of it from before. */
export async function trainRun(
  { models, data }: ExperimentPlan,
  { model, seed }: { readonly model: string; readonly seed: number },
  options: Omit<RunExperimentOptions, 'seeds'>,
): Promise<RunResult> {
  const { plan: first } = models.find(one => one.model === model)!
  // Each run records what is missing in its data; the notice is shown once.
  const onNotice = (message: string): void => {
    if (!aboutDataOf({ models }).has(message)) options.onNotice?.(message)
  }
  const plan = seed === first.seed ? first : planTraining(first.model, data, { spec: first.spec, seed })
  const network = freshNetwork(plan.model, { seed, backend: options.backend })
  const found = await options.follow?.({ model, network, plan })
  const earlier = found && 'result' in found ? found : null
  const follower = found && 'result' in found ? undefined : found
  // A checkpoint has all weights: the file need not be there any more.
  if (!earlier && !follower?.from) await loadPretrained(network, options)
  const run =
    earlier?.result ?? (await runModel({ model, network, plan }, { ...options, onNotice, follower }))
  await options.onRun?.(model, run, earlier?.network ?? network)
  return run
}

/** The results of all runs of an experiment, by model, put together. */
export function experimentResult(
  { experiment, data, models }: ExperimentPlan,
  runs: ReadonlyMap<string, readonly RunResult[]>,
  backend: Pick<Backend, 'name' | 'threads'>,
): ExperimentResult {
  const { name, fingerprint } = data
  return {
    experiment: experiment.name,
    train: experiment.train,
    overrides: experiment.overrides,
    dataset: { name, fingerprint, train: data.train.count, test: data.test.count },
    backend: backend.name,
    threads: backend.threads,
    machine: thisMachine(),
    models: models.map(({ model, plan }) => modelResult(model, plan.model.parameterCount, runs.get(model)!)),
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

/** The files that the callbacks of an experiment's runs write. */
export function filesOfRuns(experiment: ExperimentSpec, seeds: readonly number[]): WrittenFile[] {
  return Object.keys(experiment.models).flatMap(model =>
    seeds.flatMap(seed => {
      const { callbacks, epochs } = trainingOf(experiment, model)
      return callbacks.flatMap(callback => filesOf(forRun(callback, model, seed), epochs))
    }),
  )
}

/** Refuses a file that two runs would write, and one that exists: the last run must not find out after hours. */
function checkFiles(experiment: ExperimentSpec, seeds: readonly number[]): void {
  const paths = new Set<string>()
  for (const { kind, path, files, append, canAppend } of filesOfRuns(experiment, seeds)) {
    if (append) continue
    if (paths.has(path)) {
      throw new UsageError(
        `${kind}: several runs would write the file ${path}. Give each its own: put {model} and {seed} into the path.`,
      )
    }
    // An empty one was left by a run that ended before its first epoch.
    for (const file of files) {
      if (!statSync(file, { throwIfNoEntry: false })?.size) continue
      throw new UsageError(
        `${kind}: the file ${file} exists and is not overwritten; nothing was trained. Choose another path (it may ` +
          `hold {model} and {seed}), ${canAppend ? 'remove the file, or set append: true' : 'or remove the file'}.`,
      )
    }
    paths.add(path)
  }
}

export interface RunModelOptions<Follower = RunFollower>
  extends Pick<RunExperimentOptions, 'signal' | 'onNotice' | 'onEvent' | 'clock'> {
  readonly follower: Follower | undefined
}

/** Trains a network and tests it; the follower is called at the end, also after an error. */
export async function runModel(run: FollowedRun, options: RunModelOptions): Promise<RunResult> {
  const { follower } = options
  try {
    const trained = await train(run, options)
    await calibrate(run)
    const { outputs, test } = await testRun(run, noticeOf(options))
    const result = { ...trained, test }
    await follower?.onEnd(result, outputs)
    return result
  } catch (error) {
    await follower?.onError(error)
    throw error
  }
}

/** Records a run whose test images stay sealed: it ends without a test. */
export interface SealedFollower extends Omit<RunFollower, 'onEnd'> {
  onEnd(run: TrainedResult): Promise<void>
}

/** Trains a network and does not look at the test images; the follower is called at the end, also after an error. */
export async function trainModel(
  run: FollowedRun,
  options: RunModelOptions<SealedFollower>,
): Promise<TrainedResult> {
  const { follower } = options
  try {
    const result = await train(run, options)
    await follower?.onEnd(result)
    return result
  } catch (error) {
    await follower?.onError(error)
    throw error
  }
}

type Training = RunModelOptions<Omit<RunFollower, 'onEnd'>>

function noticeOf({ follower, onNotice }: Training): (message: string) => void {
  return message => {
    follower?.onNotice(message)
    onNotice?.(message)
  }
}

async function train({ model, network, plan }: FollowedRun, options: Training): Promise<TrainedResult> {
  const { signal, onEvent, follower, clock = systemClock } = options
  const { seed, spec } = plan
  const callbacks = spec.callbacks.map(callback => forRun(callback, model, seed))
  let images = 0
  let trainMs = 0
  const started = clock() - (follower?.from?.elapsedMs ?? 0)
  const history = await fitPlan(
    network,
    { ...plan, spec: { ...spec, callbacks } },
    {
      signal,
      onNotice: noticeOf(options),
      clock,
      checkpoints: follower?.checkpoints,
      onGradients: follower?.onGradients,
      from: follower?.from,
      features: keptFeatures(process.env),
      onEvent(event) {
        if (event.type === 'epoch') {
          images += plan.train.length
          trainMs += event.trainMs
        }
        follower?.onEvent(event)
        onEvent?.(event, { model, seed })
      },
    },
  )
  const seconds = (clock() - started) / 1000
  // A run that is resumed behind its last step has nothing to measure its pace by.
  const imagesPerSecond = images > 0 ? (1000 * images) / trainMs : 0
  return { seed, seconds, imagesPerSecond, history }
}

/** Gives a trained network the temperature that fits its validation images, if these are not its test images. */
async function calibrate({ network, plan }: FollowedRun): Promise<void> {
  const { data, validation } = plan
  if (!validation || validation.examples === data.test) return
  const { loss, batchSize } = plan.spec
  const { classNames } = data
  const temperature = await temperatureOf(network, {
    ...validation,
    ...{ classNames, loss, batchSize, features: keptFeatures(process.env) },
  })
  network.about = { ...network.about, temperature }
}

/** What a trained network makes of the test images of its plan. */
async function testRun({ network, plan }: FollowedRun, onNotice: (message: string) => void) {
  const { data, spec, model } = plan
  const { loss, batchSize, metrics, topK, pixelRange } = spec
  const outputs = new Float32Array(data.test.count * classCountOf(model))
  const features = keptFeatures(process.env)
  const options = { loss, batchSize, metrics, topK, pixelRange, into: outputs, features }
  const test = await evaluate(network, data.test, options)
  if (!Number.isFinite(test.loss)) {
    onNotice(
      `The test loss is ${test.loss}: the outputs for some test images are not finite, or their loss is not (outputs that are all zero, ` +
        'divided by their sum). Images whose outputs are not finite count as wrong.',
    )
  }
  return { outputs, test }
}
