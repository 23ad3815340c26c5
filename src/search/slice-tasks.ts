import type { Dataset } from '../data/dataset.ts'
import { loadDataset } from '../data/source.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Backend } from '../engine/backend.ts'
import { parseSlice, type SliceTask } from '../protocol/slice.ts'
import type { Search } from './search.ts'
import type { Trial } from './study-state.ts'

export interface SliceTasksOptions {
  readonly search: Search
  /** The data of the experiment as it is. */
  readonly data: Dataset
  readonly loading: LoadOptions & { readonly baseDir: string }
  readonly backend: Backend
}

/** Makes the tasks of workers. The data of a trial may differ from that of the others, where its options are parameters. */
export function sliceTasks({ search, data, loading, backend }: SliceTasksOptions) {
  const { spec, experimentOf } = search
  const fingerprints = new Map([[JSON.stringify(spec.experiment.data), data.fingerprint]])
  const measure = spec.objective.filter(name => name === 'latencyMs')
  return async ({ parameters, seed, run, target }: Trial): Promise<SliceTask> => {
    const experiment = experimentOf(parameters)
    const source = JSON.stringify(experiment.data)
    const known = fingerprints.get(source)
    const fingerprint = known ?? (await loadDataset(experiment.data, loading)).fingerprint
    fingerprints.set(source, fingerprint)
    return parseSlice({
      ...{ experiment, seed, run, measure, fingerprint },
      epochs: target,
      baseDir: loading.baseDir,
      arithmetic: backend.arithmetic,
    })
  }
}
