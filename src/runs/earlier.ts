import type { Dataset } from '../data/dataset.ts'
import type { Backend } from '../engine/backend.ts'
import { decodeModel } from '../network/decode-model.ts'
import { ofTest } from '../nn/metrics/index.ts'
import type { RunResult } from '../protocol/results.ts'
import type { Run } from '../store/rows.ts'
import type { RunStart, RunStore } from '../store/store.ts'
import { historyOf } from '../train/fit.ts'
import type { TrainSpec } from '../train/options.ts'
import type { Plan } from '../train/plan.ts'
import type { EarlierRun } from '../train/run-experiment.ts'
import { sidesOf } from '../train/sides.ts'

/** The run that has begun what is described, the newest finished one first, else the newest; `null` where there is none. */
export async function earlierRun(
  store: RunStore,
  {
    experiment,
    model,
    seed,
    configuration,
  }: Pick<RunStart, 'experiment' | 'model' | 'seed' | 'configuration'>,
): Promise<Run | null> {
  const runs = await store.list({ experiment, model, seed, configuration })
  const sound = runs.filter(({ status }) => status !== 'unreadable')
  return sound.find(({ status }) => status === 'finished') ?? sound[0] ?? null
}

/** What a finished run measured, and its network; `null` where the store could not keep all of it. */
export async function finishedRun(
  store: RunStore,
  run: Run,
  { plan, backend }: { readonly plan: Plan; readonly backend: Backend },
): Promise<EarlierRun | null> {
  const file = await store.artefact(run.id, 'model.safetensors')
  const result = await storedResult(store, run, { data: plan.data, train: plan.spec })
  if (!file || !result) return null
  return { result, network: decodeModel(file.bytes, { backend, name: file.where }) }
}

/** What a finished run measured; `null` where the store could not keep all of it. */
export async function storedResult(
  store: RunStore,
  run: Run,
  { data, train }: { readonly data: Dataset; readonly train: TrainSpec },
): Promise<RunResult | null> {
  const { id, seed, seconds } = run
  const test = ofTest(run.metrics)
  if (!test) return null
  const rows = await store.epochs(id)
  const images = rows.length * sidesOf(train, data, seed).train.length
  const trainMs = rows.reduce((sum, row) => sum + row.trainMs, 0)
  return {
    seed,
    seconds: seconds ?? 0,
    imagesPerSecond: trainMs > 0 ? (1000 * images) / trainMs : 0,
    history: historyOf(rows.map(({ metrics }) => metrics)),
    test,
  }
}
