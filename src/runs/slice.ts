import { resolve } from 'node:path'
import { type Clock, systemClock } from '../base/clock.ts'
import { HeddleError, MissingError, UsageError } from '../base/errors.ts'
import { unlessAborted } from '../base/interruption.ts'
import { plural, shortFingerprint } from '../base/text.ts'
import type { Dataset } from '../data/dataset.ts'
import { type DataSource, loadDataset, withAbsolutePaths } from '../data/source.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Backend } from '../engine/backend.ts'
import { OtherEngine } from '../engine/backends/native/executable.ts'
import { latencyOf } from '../network/latency.ts'
import { freshNetwork, type Network } from '../network/network.ts'
import { loadPretrained } from '../network/pretrained.ts'
import type { EpochMetrics, TrainEvent } from '../protocol/events.ts'
import type { SliceResult, SliceTask } from '../protocol/slice.ts'
import type { Run } from '../store/rows.ts'
import type { RunStore } from '../store/store.ts'
import { checkEngine } from '../train/check-engine.ts'
import { type ExperimentSpec, parseExperiment } from '../train/experiment.ts'
import type { CheckpointKeeper } from '../train/fit.ts'
import type { Plan } from '../train/plan.ts'
import { planExperiment, trainModel } from '../train/run-experiment.ts'
import { checkWritesNoFiles, describeRun } from './described.ts'
import { environmentOf } from './environment.ts'
import { type CheckpointPolicy, Recorder } from './record.ts'
import { takeUp } from './resume.ts'

/** What a slice is done with. */
export interface SliceContext {
  readonly store: RunStore
  readonly backend: Backend
  /** The version of Heddle, recorded with a run. */
  readonly version: string
  /** Ends the slice at the next step, with a checkpoint. */
  readonly signal: AbortSignal
  readonly loading: LoadOptions
  /** Loads data; left out: anew for each slice. */
  readonly load?: ((source: DataSource, options: LoadOptions) => Promise<Dataset>) | undefined
  readonly onNotice: (message: string) => void
  readonly onTraining?: ((event: TrainEvent, run: { model: string; seed: number }) => void) | undefined
  readonly clock?: Clock | undefined
  /** The id of the search. */
  readonly study: string
}

/** This worker cannot do the slices of a search: it lacks the data, or would give other bits. Another worker may. */
export class UnfitWorker extends HeddleError {
  override name = 'UnfitWorker'
}

/** Why a slice ends before its run: its target is reached, its time is up, or it cannot be recorded. */
class SliceEnd extends Error {}

/** The end of a slice makes a checkpoint; those in between are for a machine that dies. */
const policy: CheckpointPolicy = { everySteps: null, everyMinutes: 1, keepBest: 1 }

/**
 * Does a slice: begins its run or continues it from its newest sound checkpoint, trains until the target or until the time is up, and
 * writes a checkpoint. The weights are those of a training without interruption; a slice that is done twice has the same result, and
 * the run each of its rows once. The test images are not looked at.
 *
 * A trial that cannot be trained is a result. Throws an `UnfitWorker` if this worker cannot do it, the signal's reason after an
 * abortion, and every other error if the store could not record the slice: it can then be done again.
 */
export async function runSlice(task: SliceTask, context: SliceContext): Promise<SliceResult> {
  const { clock = systemClock, backend, store } = context
  const started = clock()
  checkArithmetic(task, backend)
  const planned = await planSlice(task, context)
  if ('reason' in planned) return planned
  const { plan, experiment, model } = planned
  checkBuild(plan, backend)
  const known = await runOf(store, task.run)
  if (known) {
    const { status, reason } = known
    if (status === 'failed') return { type: 'failed', reason: reason ?? 'The training failed.' }
    if (status === 'finished' || (await isPausedAt(task, plan, store))) return resultOf(task, plan, context)
  }
  const from = known
    ? await takeUp({ store, run: known, experiment, backend, onNotice: context.onNotice })
    : await beginRun(task, planned, context)
  const end = new AbortController()
  const signal = AbortSignal.any([context.signal, end.signal])
  const problems: string[] = []
  const network = freshNetwork(plan.model, { seed: task.seed, backend })
  if (!from) await loadPretrained(network, task).catch(asUnfit)
  const recorder = new Recorder({
    ...{ store, id: task.run, network, plan, policy, from, signal },
    onProblem(message) {
      problems.push(message)
      // What comes now could not be recorded either; the next attempt trains it again, to the same bits.
      end.abort(new SliceEnd(message))
    },
  })
  const checkpoints: CheckpointKeeper = {
    due(place, epochs) {
      const isOver = epochs.length >= task.epochs || clock() - started >= task.seconds * 1000
      // After its last epoch a training just ends.
      if (isOver && place.epoch < plan.spec.epochs)
        end.abort(new SliceEnd(`The search paused it after ${plural(epochs.length, 'epoch')}.`))
      return end.signal.aborted || recorder.checkpoints.due(place, epochs)
    },
    save: checkpoint => recorder.checkpoints.save(checkpoint),
  }
  // Its methods are those of the recorder, but for the checkpoints.
  const follower = {
    from,
    checkpoints,
    onGradients: recorder.onGradients,
    onEvent: (event: TrainEvent) => recorder.onEvent(event),
    onNotice: (message: string) => recorder.onNotice(message),
    onEnd: recorder.onEnd.bind(recorder),
    onError: (error: unknown) => recorder.onError(error),
  }
  const { onNotice, onTraining: onEvent } = context
  const failure = await trainModel(
    { model, network, plan },
    { follower, signal, onNotice, onEvent, clock },
  ).then(
    () => null,
    error => error as Error,
  )
  if (problems.length > 0) throw new HeddleError(problems[0])
  if (failure) context.signal.throwIfAborted()
  if (failure && !(failure instanceof SliceEnd)) return { type: 'failed', reason: failure.message }
  return resultOf(task, plan, context, network)
}

/** Another worker may have the file that a model begins with. */
function asUnfit(error: unknown): never {
  throw error instanceof HeddleError ? new UnfitWorker(error.message) : error
}

function checkArithmetic({ arithmetic }: SliceTask, backend: Backend): void {
  if (backend.arithmetic === arithmetic) return
  throw new UnfitWorker(
    `The search computes with ${arithmetic}, and this worker with ${backend.arithmetic}: its results would differ in their last bits. ` +
      'Start the worker with the same --backend, on a machine with the same instruction set.',
  )
}

/** Before its run is begun: the trial is not at fault. */
function checkBuild(plan: Plan, backend: Backend): void {
  try {
    checkEngine(plan, backend)
  } catch (error) {
    throw error instanceof OtherEngine ? new UnfitWorker(error.message, { cause: error }) : error
  }
}

interface PlannedSlice {
  readonly experiment: ExperimentSpec
  readonly model: string
  readonly plan: Plan
}

/** Everything before the first step; a trial that is wrong in itself has failed. */
async function planSlice(
  task: SliceTask,
  context: SliceContext,
): Promise<PlannedSlice | { readonly type: 'failed'; readonly reason: string }> {
  try {
    const experiment = parseExperiment(task.experiment, 'The experiment')
    checkWritesNoFiles(experiment)
    const data = await dataFor(task, experiment, context)
    const { models } = planExperiment(experiment, data, { seeds: [task.seed], resume: true })
    if (models.length !== 1) throw new UsageError(`A slice trains one model, not ${models.length}.`)
    return { experiment, ...models[0]! }
  } catch (error) {
    if (error instanceof UnfitWorker || !(error instanceof HeddleError)) throw error
    return { type: 'failed', reason: error.message }
  }
}

/**
 * The data of a search. Its relative paths begin where the search does or, on a machine that has its files elsewhere, at the worker's
 * own folder of data: the fingerprint decides.
 */
async function dataFor(
  { fingerprint, baseDir }: SliceTask,
  { data: source }: ExperimentSpec,
  { load = loadDataset, loading, signal }: SliceContext,
): Promise<Dataset> {
  const own = loading.dataDir ?? (loading.env ?? process.env).HEDDLE_DATA
  const bases = [baseDir, ...(own ? [resolve(own)] : [])]
  // Data without relative paths is the same from every base.
  const places = new Map(bases.map(base => [JSON.stringify(withAbsolutePaths(source, base)), base]))
  const loadFrom = async (base: string): Promise<Dataset | UnfitWorker> => {
    const data = await unlessAborted(signal, load(source, { ...loading, baseDir: base })).catch(
      (error: unknown) => {
        if (!(error instanceof HeddleError)) throw error
        return new UnfitWorker(
          `This worker lacks the data of the search (${source.kind}): ${error.message} If this machine has it elsewhere, name the folder: --data-dir.`,
        )
      },
    )
    if (data instanceof UnfitWorker || data.fingerprint === fingerprint) return data
    return new UnfitWorker(
      `The search has data with the fingerprint ${shortFingerprint(fingerprint)}, but here ${data.name} has ` +
        `${shortFingerprint(data.fingerprint)}. Name the folder with the search's data: --data-dir.`,
    )
  }
  let found: Dataset | UnfitWorker | undefined
  for (const base of places.values()) {
    found = await loadFrom(base)
    if (!(found instanceof UnfitWorker)) return found
  }
  throw found
}

async function runOf(store: RunStore, id: string): Promise<Run | null> {
  try {
    return await store.run(id)
  } catch (error) {
    if (error instanceof MissingError) return null
    throw error
  }
}

/**
 * Whether an earlier worker has reached the target, and left the checkpoint that a later slice goes on from. After its last epoch a
 * training is not paused: it still has to write its files.
 */
async function isPausedAt(
  { run, epochs }: SliceTask,
  { spec }: Plan,
  { checkpoints }: RunStore,
): Promise<boolean> {
  const [newest] = await checkpoints.of(run)
  return newest !== undefined && newest.epoch >= epochs && newest.epoch < spec.epochs
}

async function beginRun(
  { run: id, baseDir }: SliceTask,
  { experiment, model, plan }: PlannedSlice,
  { store, backend, version, loading, study }: SliceContext,
): Promise<undefined> {
  const source = { baseDir, dataDir: loading.dataDir ?? null }
  const environment = environmentOf(backend, { version, code: null })
  await store.start(describeRun({ experiment, model, plan }, { source, origins: {}, environment }), {
    id,
    study,
  })
}

/** What the store has of a run that is at rest. If the run has ended, its checkpoints are removed. */
async function resultOf(
  { run: id, epochs: target, measure }: SliceTask,
  { model }: Plan,
  { store, backend }: SliceContext,
  trained?: Network,
): Promise<SliceResult> {
  const { status, seconds } = await store.run(id)
  const rows = (await store.epochs(id)).filter(({ epoch }) => epoch < target)
  const history: EpochMetrics[] = rows.map(({ metrics }) => metrics)
  const isDone = status === 'finished'
  // Hundreds of trials would fill a disk, and this one never goes on. The worker that ended it may have died before it came to this.
  if (isDone) await store.checkpoints.clear(id)
  const isAtTarget = isDone || history.length >= target
  const network =
    isAtTarget && measure.includes('latencyMs')
      ? (trained ?? freshNetwork(model, { seed: 0, backend }))
      : null
  return {
    type: 'trained',
    epochs: history.length,
    history,
    isAtTarget,
    isDone,
    seconds: seconds ?? rows.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000,
    params: model.parameterCount,
    multiplyAdds: model.multiplyAdds,
    latencyMs: network && (await latencyOf(network)),
  }
}
