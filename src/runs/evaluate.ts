import type { Dataset } from '../data/dataset.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Backend } from '../engine/backend.ts'
import { type AnalyzeOptions, analyze } from '../insight/evaluate/analyze.ts'
import type { Predictions } from '../network/predictions.ts'
import type { ModelEvaluation } from '../protocol/evaluation.ts'
import type { Run } from '../store/rows.ts'
import type { RunStore } from '../store/store.ts'
import { runName, storedData, storedModel, storedPredictions, storedRun } from './stored.ts'

export interface EvaluateRunOptions
  extends Pick<AnalyzeOptions, 'topK' | 'worst' | 'robustness' | 'onProgress'> {
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
  options: EvaluateRunOptions,
): Promise<ModelEvaluation> {
  const run = await store.run(id)
  // Before data is loaded, which takes a while.
  const predictions = await storedPredictions(store, run)
  const data = await storedData(store, run, options.loading)
  const evaluation = await evaluateOn(data, { ...options, store, run, predictions })
  await store.looks.add(data.fingerprint, 'evaluate', 1)
  return evaluation
}

interface EvaluateOnOptions extends Omit<EvaluateRunOptions, 'loading'> {
  readonly store: RunStore
  readonly run: Run
  readonly predictions: Predictions
}

/** As `evaluateRun`, but with data that is loaded already and without recording a look at the test images. */
export async function evaluateOn(
  data: Dataset,
  { store, run, backend, ...options }: EvaluateOnOptions,
): Promise<ModelEvaluation> {
  const { train } = await storedRun(store, run)
  const network = await storedModel(store, run, backend)
  return analyze(network, data, {
    ...options,
    name: runName(run),
    run: run.id,
    training: { spec: train, seed: run.seed, runningAccuracy: run.metrics.accuracy ?? null },
  })
}
