import { truncate } from 'node:fs/promises'
import { HeddleError } from '../base/errors.ts'
import { unlessAborted } from '../base/interruption.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Backend } from '../engine/backend.ts'
import { freshNetwork } from '../network/network.ts'
import { type FilePlace, loadPretrained } from '../network/pretrained.ts'
import type { TrainEvent } from '../protocol/events.ts'
import type { RunResult } from '../protocol/results.ts'
import { interruptSelf } from '../store/process-identity.ts'
import type { Run } from '../store/rows.ts'
import type { RunStore } from '../store/store.ts'
import { type Checkpoint, decodeCheckpoint } from '../train/checkpoint.ts'
import type { ExperimentSpec } from '../train/experiment.ts'
import type { Plan } from '../train/plan.ts'
import { filesOfRuns, planExperiment, runModel } from '../train/run-experiment.ts'
import { withoutLogs } from './described.ts'
import { environmentIn } from './environment.ts'
import { type CheckpointPolicy, Recorder } from './record.ts'
import { checkNoTrial, checkSameData, loadStoredData, storedRun } from './stored.ts'

export interface ResumeOptions extends FilePlace {
  readonly store: RunStore
  readonly run: Run
  readonly experiment: ExperimentSpec
  readonly plan: Plan
  readonly backend: Backend
  readonly policy: CheckpointPolicy
  readonly signal: AbortSignal
  readonly onNotice: (message: string) => void
  readonly onProblem: (message: string) => void
  readonly onEvent: (event: TrainEvent, run: { readonly model: string; readonly seed: number }) => void
}

/** Trains a run to its end, from its newest sound checkpoint, or from the start where it has none. */
export async function resumeRun(options: ResumeOptions): Promise<RunResult> {
  const { store, run, plan, backend, policy, signal, onNotice, onProblem, onEvent } = options
  const { id, model, seed } = run
  checkSameData(run, plan.data)
  const from = await takeUp(options)
  const network = freshNetwork(plan.model, { seed, backend })
  if (!from) await loadPretrained(network, options)
  const about = { store, id, network, plan, policy, from, signal, onProblem }
  const follower = new Recorder({ ...about, onStop: interruptSelf })
  return runModel({ model, network, plan }, { follower, signal, onNotice, onEvent })
}

/** The same for a run of which nothing is loaded: its experiment and its data are those that the store names. */
export async function resumeStored({
  loading,
  ...options
}: Omit<ResumeOptions, 'experiment' | 'plan' | 'baseDir'> & {
  readonly loading: LoadOptions
}): Promise<RunResult> {
  const { store, run, signal } = options
  checkNoTrial(run)
  const stored = await storedRun(store, run)
  // An archive may come from strangers: what it names is not written to.
  const isImported = (await store.happenings(run.id)).some(({ kind }) => kind === 'imported')
  const experiment = isImported ? withoutLogs(stored.experiment) : stored.experiment
  const data = await unlessAborted(signal, loadStoredData(stored, loading))
  const { models } = planExperiment(experiment, data, { seeds: [run.seed], resume: true })
  return resumeRun({ ...options, experiment, plan: models[0]!.plan, baseDir: stored.source.baseDir })
}

/** Makes a run of an experiment with this one model this process' own again; returns where it goes on. Throws if another process runs it. */
export async function takeUp({
  store,
  run: { id, seed },
  experiment,
  backend,
  onNotice,
}: Pick<ResumeOptions, 'store' | 'run' | 'experiment' | 'backend' | 'onNotice'>): Promise<
  Checkpoint | undefined
> {
  const { arithmetic } = environmentIn((await store.detail(id)).environment)
  if (arithmetic !== backend.arithmetic) {
    onNotice(
      `The run was begun on ${arithmetic} and goes on on ${backend.arithmetic}: its weights will differ in their last bits.`,
    )
  }
  const from = await newestCheckpoint(store, id, onNotice)
  await store.resume(id, { epoch: from?.train.epoch ?? 0, step: from?.train.step ?? 0 })
  // Without a checkpoint the run is begun anew, and so are the files that it wrote.
  if (!from)
    for (const { files, append } of filesOfRuns(experiment, [seed]))
      if (!append) for (const file of files) await truncate(file, 0).catch(() => {})
  return from
}

/** Reports a damaged checkpoint and takes the one before it. */
async function newestCheckpoint(
  store: RunStore,
  id: string,
  onNotice: (message: string) => void,
): Promise<Checkpoint | undefined> {
  for (const row of await store.checkpoints.of(id)) {
    try {
      return decodeCheckpoint(await store.checkpoints.read(row))
    } catch (error) {
      if (!(error instanceof HeddleError)) throw error
      onNotice(`${error.message} Going on from the one before.`)
    }
  }
  return undefined
}
