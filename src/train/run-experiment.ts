import { availableParallelism, cpus } from 'node:os'
import type { Dataset } from '../data/dataset.ts'
import type { Backend } from '../engine/backend.ts'
import { buildModel } from '../model/model.ts'
import type { TrainEvent } from '../protocol/events.ts'
import type { ExperimentResult, RunResult, Statistic } from '../protocol/results.ts'
import { type Clock, systemClock } from './clock.ts'
import { evaluate } from './evaluate.ts'
import type { ExperimentSpec } from './experiment.ts'
import { checkClasses, fit } from './fit.ts'
import { createNetwork } from './network.ts'
import type { TrainSpec } from './options.ts'

export interface RunExperimentOptions {
  readonly seeds: readonly number[]
  readonly backend: Backend
  readonly signal?: AbortSignal | undefined
  readonly onNotice?: ((message: string) => void) | undefined
  /** Told every event of every run. */
  readonly onEvent?:
    | ((event: TrainEvent, run: { readonly model: string; readonly seed: number }) => void)
    | undefined
  /** Told when a run is done, its test included. */
  readonly onRun?: ((model: string, run: RunResult) => void) | undefined
  readonly clock?: Clock
}

/**
 * Trains every model of an experiment once for each seed, tests it, and puts the results together.
 * All models are checked before the first one is trained.
 */
export async function runExperiment(
  { name, models, train }: ExperimentSpec,
  data: Dataset,
  options: RunExperimentOptions,
): Promise<ExperimentResult> {
  const { seeds, backend, onRun } = options
  const built = Object.entries(models).map(([modelName, spec]) => {
    const model = buildModel(spec, data.imageShape)
    checkClasses(createNetwork(spec, { inputShape: data.imageShape, backend }), data)
    return { modelName, spec, model }
  })
  const results: ExperimentResult['models'][number][] = []
  for (const { modelName, spec, model } of built) {
    const runs: RunResult[] = []
    for (const seed of seeds) {
      const network = createNetwork(spec, { inputShape: data.imageShape, seed, backend })
      const settings = {
        ...train,
        callbacks: train.callbacks.map(callback => nameFile(callback, modelName, seed)),
      }
      const run = await runOnce(network, data, settings, { ...options, seed, modelName })
      runs.push(run)
      onRun?.(modelName, run)
    }
    results.push({
      name: modelName,
      params: model.parameterCount,
      runs,
      test: {
        accuracy: statistic(runs.map(run => run.test.accuracy)),
        loss: statistic(runs.map(run => run.test.loss)),
      },
    })
  }
  return {
    experiment: name,
    dataset: {
      name: data.name,
      fingerprint: data.fingerprint,
      train: data.train.labels.length,
      test: data.test.labels.length,
    },
    backend: backend.name,
    threads: backend.threads,
    machine: {
      platform: process.platform,
      arch: process.arch,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      node: process.version,
    },
    models: results,
  }
}

async function runOnce(
  network: ReturnType<typeof createNetwork>,
  data: Dataset,
  train: TrainSpec,
  {
    seed,
    modelName,
    signal,
    onNotice,
    onEvent,
    clock = systemClock,
  }: RunExperimentOptions & { readonly seed: number; readonly modelName: string },
): Promise<RunResult> {
  let images = 0
  let trainMs = 0
  const started = clock()
  const history = await fit(network, data, {
    ...train,
    seed,
    signal,
    onNotice,
    clock,
    onEvent(event) {
      if (event.type === 'step') images += event.batchSize
      if (event.type === 'epoch') trainMs += event.trainMs
      onEvent?.(event, { model: modelName, seed })
    },
  })
  const seconds = (clock() - started) / 1000
  const { loss, batchSize } = train
  const test = await evaluate(network, data.test, { loss, batchSize })
  return { seed, seconds, imagesPerSecond: (1000 * images) / trainMs, history, test }
}

/** A file per run, where its path asks for it. */
function nameFile(
  callback: TrainSpec['callbacks'][number],
  model: string,
  seed: number,
): TrainSpec['callbacks'][number] {
  if (callback.kind !== 'csvLogger') return callback
  return { ...callback, path: callback.path.replaceAll('{model}', model).replaceAll('{seed}', String(seed)) }
}

function statistic(values: readonly number[]): Statistic {
  const n = values.length
  const mean = values.reduce((sum, x) => sum + x, 0) / n
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0)
  return { mean, std: n > 1 ? Math.sqrt(squares / (n - 1)) : 0, n }
}
