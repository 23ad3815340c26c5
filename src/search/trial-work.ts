import type { Dataset } from '../data/dataset.ts'
import type { DataSource } from '../data/source.ts'
import type { Backend } from '../engine/backend.ts'
import { parseSlice, type SliceTask } from '../protocol/slice.ts'
import { storedRun } from '../runs/stored.ts'
import type { RunStore } from '../store/store.ts'
import type { ExperimentSpec } from '../train/experiment.ts'
import type { Trained } from './log.ts'
import { objectiveFacts } from './objectives.ts'
import type { Search } from './search.ts'
import type { Trial } from './study-state.ts'
import { valuesOf } from './values.ts'

export interface TrialWorkOptions {
  readonly store: RunStore
  readonly search: Search
  readonly load: (source: DataSource) => Promise<Dataset>
  readonly baseDir: string
  readonly backend: Backend
}

/** What workers are asked to do for a trial, and what their answers are worth. */
export function trialWork({ store, search, load, baseDir, backend }: TrialWorkOptions) {
  const objectives = search.spec.objective.map(objectiveFacts)
  const measure = search.spec.objective.filter(name => name === 'latencyMs')
  /** By data source: options of the data may be parameters. */
  const fingerprints = new Map<string, string>()

  async function fingerprintOf(source: DataSource): Promise<string> {
    const key = JSON.stringify(source)
    const fingerprint = fingerprints.get(key) ?? (await load(source)).fingerprint
    fingerprints.set(key, fingerprint)
    return fingerprint
  }

  /** A trial from before the space was made narrower has the experiment of its run. */
  async function experimentOf({ parameters, run }: Trial): Promise<ExperimentSpec> {
    try {
      return search.experimentOf(parameters)
    } catch (error) {
      const known = await store.run(run).catch(() => null)
      if (!known) throw error
      return (await storedRun(store, known)).experiment
    }
  }

  return {
    async taskOf(trial: Trial): Promise<SliceTask> {
      const experiment = await experimentOf(trial)
      const { seed, run, target: epochs } = trial
      const fingerprint = await fingerprintOf(experiment.data)
      const { arithmetic } = backend
      return parseSlice({ experiment, seed, run, epochs, measure, baseDir, fingerprint, arithmetic })
    },
    async valuesOf(trial: Trial, trained: Trained): Promise<readonly number[]> {
      return valuesOf(objectives, await experimentOf(trial), trained)
    },
  }
}
