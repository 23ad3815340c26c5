import { type EvaluateModelOptions, evaluateModel } from '../analysis/evaluate-model.ts'
import { loadDataset } from '../data/source.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Backend } from '../engine/backend.ts'
import type { ModelEvaluation } from '../protocol/evaluation.ts'
import type { RunStore } from '../store/run-store.ts'
import { trainingOf } from '../train/experiment.ts'
import { checkSameData, runName, storedExperiment, storedModel, storedPredictions } from './stored-run.ts'

export interface EvaluateRunOptions
  extends Pick<EvaluateModelOptions, 'topK' | 'worst' | 'robustness' | 'onProgress'> {
  readonly backend: Backend
  /** Where the data is looked for; left out: where it was found for the run. */
  readonly loading?: LoadOptions
}

/**
 * Everything that is to be said of a run's network, from the predictions that the store has kept. The store counts it as a
 * look at the test images.
 */
export async function evaluateRun(
  store: RunStore,
  id: string,
  { backend, loading = {}, ...options }: EvaluateRunOptions,
): Promise<ModelEvaluation> {
  const run = await store.run(id)
  const predictions = await storedPredictions(store, run)
  const { experiment, source } = await storedExperiment(store, run)
  const { network, pixelRange } = await storedModel(store, run, backend)
  const data = await loadDataset(experiment.data, {
    ...loading,
    baseDir: source.baseDir,
    dataDir: loading.dataDir ?? source.dataDir ?? undefined,
  })
  checkSameData(run, data)
  const evaluation = await evaluateModel({
    ...options,
    network,
    data,
    pixelRange,
    predictions,
    model: {
      run: id,
      name: runName(run),
      params: run.params,
      dataset: data.name,
      fingerprint: data.fingerprint,
    },
    training: {
      spec: trainingOf(experiment, run.model),
      seed: run.seed,
      runningAccuracy: run.accuracy,
    },
  })
  await store.looks.add(data.fingerprint, 'evaluate', 1)
  return evaluation
}
