import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from '../base/errors.ts'
import { LruCache } from '../base/lru.ts'
import { ownVersion } from '../base/version.ts'
import type { Dataset } from '../data/dataset.ts'
import { type DataSource, loadDataset } from '../data/source.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Backend } from '../engine/backend.ts'
import type { TrainEvent } from '../protocol/events.ts'
import type { StudyEvent, StudyView } from '../protocol/study.ts'
import { work } from '../runs/worker.ts'
import { startPool } from '../runs/worker-pool.ts'
import { environmentFor } from '../runs/worker-process.ts'
import { processIdentity } from '../store/process-identity.ts'
import type { RunStore } from '../store/store.ts'
import { checkSearch } from './check.ts'
import { StudyLog } from './log.ts'
import type { Search } from './search.ts'
import { oneByOne } from './search-time.ts'
import { storedSearch, storedView } from './stored-search.ts'
import type { Study } from './study.ts'
import { checkSameData, spentBefore, takeUp, unchangedSearch } from './take-up.ts'
import { trialWork } from './trial-work.ts'

export interface RunSearchOptions {
  readonly store: RunStore
  readonly backend: Backend
  /** The id of a search of the store to go on with. Left out: a new one. */
  readonly resume?: string | undefined
  /** How many trials are trained here side by side: 1 in this process, several in processes of their own, or none. Default 1. */
  readonly workers?: number | undefined
  /** How many more are trained at once by workers that were started elsewhere: see `runs/worker.ts`. Default 0. */
  readonly elsewhere?: number | undefined
  /** Threads of each worker process. Default: the cores of the machine are shared out. */
  readonly threads?: number | undefined
  /** `false`: the best are not trained again with further seeds in this session. Default true. */
  readonly repeats?: boolean | undefined
  /** Where relative paths of the data start. Default: the working folder. */
  readonly baseDir?: string | undefined
  readonly loading?: LoadOptions | undefined
  /** Recorded with the runs. Default: Heddle's own. */
  readonly version?: string | undefined
  /** The environment of worker processes. Default: this one's, with the store. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Stops at the next step, with a checkpoint; the search can be continued. */
  readonly signal?: AbortSignal | undefined
  /** Called when the search is in the store, before its first trial. */
  readonly onBegin?: ((id: string, study: Study) => void) | undefined
  /** Called with what happens, once the store has it. */
  readonly onEvent?: ((event: StudyEvent, study: Study) => void) | undefined
  /** Called with every event of a training in this process. */
  readonly onTraining?: ((event: TrainEvent) => void) | undefined
  readonly onNotice?: ((message: string) => void) | undefined
}

/** Datasets that are kept while a search is checked: options of the data may be parameters. */
const KEPT_DATA = 3
/** Between two looks for slices that other processes have ended. */
const POLL_MS = 250

/**
 * Searches: asks for trials, trains them, learns from them, and trains the best again with further seeds, until the budget is
 * spent. Everything is in the store at every moment: a search that was stopped or killed goes on with `resume`, to the same trials.
 *
 * Throws a `UsageError` for an experiment that is wrong, without any worker, and where another process runs the search, a `HeddleError` where the store cannot
 * be written, and the signal's reason where it was aborted.
 *
 * @example
 * const linear = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
 * const training = { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 1, validationSplit: 0.2 } as const
 * const rates = search({
 *   experiment: experiment({ name: 'linear', data: fashionMnistMini(), models: { linear }, train: training }),
 *   space: { learningRate: logUniform(1e-4, 1e-1) },
 *   trials: 3,
 *   repeats: { top: 1, seeds: 2 },
 * })
 * const store = await openStore(mkdtempSync(join(tmpdir(), 'searches-')))
 * const view = await runSearch(rates, { store, backend: chooseBackend('auto') })
 * view.state // 'done'
 * view.budget.spentTrials // 3
 * await store.close()
 */
export async function runSearch(search: Search, options: RunSearchOptions): Promise<StudyView> {
  const { store, backend, workers = 1, elsewhere = 0, onNotice } = options
  const { signal = new AbortController().signal } = options
  const atOnce = workers + elsewhere
  if (atOnce === 0) {
    throw new UsageError(
      'A search needs a worker: train here (--workers 1), or say how many trials workers on other machines may train at once (--elsewhere 8).',
    )
  }
  const baseDir = resolve(options.baseDir ?? '.')
  const datasets = new LruCache<Dataset>(KEPT_DATA)
  const load = (source: DataSource): Promise<Dataset> =>
    datasets.get(JSON.stringify(source), () => loadDataset(source, { ...options.loading, baseDir }))
  // Before its data is loaded, which may be a download.
  const known = options.resume === undefined ? null : await unchangedSearch(search, options.resume, options)
  const { fingerprint } = await load(search.spec.experiment.data)
  if (known) checkSameData(known, fingerprint)
  const { notices } = await checkSearch(search, load, backend)
  for (const notice of notices) onNotice?.(notice)
  if (atOnce > 1 && search.spec.objective.includes('latencyMs'))
    onNotice?.(
      'Latency is measured while other trials are trained, and may be measured on other machines. For latencies that can be compared, train ' +
        'one trial at a time: --workers 1.',
    )
  const dataDir = options.loading?.dataDir ?? null
  const setup = {
    search: search.spec,
    source: { baseDir, dataDir },
    fingerprint,
    workers: atOnce,
    before: known ? spentBefore(known) : oneByOne.before,
    owner: processIdentity(),
  }
  const id = known
    ? await takeUp(known, setup, store)
    : await store.studies.add({ name: search.spec.name, spec: setup })
  const { study } = await storedSearch(store, id, options.repeats === false ? unrepeated(search) : search)
  const log = new StudyLog(study, {
    ...{ store, id, workers: atOnce },
    ...trialWork({ store, search, load, baseDir, backend }),
    newRunId: () => randomUUID().replaceAll('-', '').slice(0, 12),
    onEvent: event => options.onEvent?.(event, study),
  })
  options.onBegin?.(id, study)
  await log.begin()
  try {
    await train(log, { ...options, workers, signal, id, load })
  } finally {
    // If the store cannot be written, the search goes on later as after a crash.
    if (signal.aborted && !study.ended)
      await log
        .add({ type: 'end', reason: 'interrupted', text: 'It was interrupted.' })
        .catch((error: Error) => onNotice?.(error.message))
  }
  signal.throwIfAborted()
  return storedView(store, id)
}

function unrepeated(search: Search): Search {
  return { ...search, spec: { ...search.spec, repeats: { top: 0, seeds: 1 } } }
}

interface Training extends RunSearchOptions {
  readonly id: string
  readonly load: (source: DataSource) => Promise<Dataset>
  readonly workers: number
  readonly signal: AbortSignal
}

/** Until the search has ended, or the signal is aborted. */
async function train(log: StudyLog, options: Training): Promise<void> {
  const { workers, signal } = options
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  // One step after the other: each appends to the log where the one before has ended.
  let turn = Promise.resolve()
  const learn = (): Promise<void> => {
    turn = turn.then(async () => {
      if (!log.study.ended) await log.learn()
      if (log.study.ended) over.abort()
    })
    return turn
  }
  const watch = async (): Promise<void> => {
    for (; !either.aborted; await sleep(POLL_MS, undefined, { signal: either }).catch(() => {})) await learn()
  }
  const start = workers === 1 ? trainHere : trainInProcesses
  const parts = [watch(), ...(workers > 0 ? [start({ ...options, signal: either }, learn)] : [])]
  const results = await Promise.allSettled(parts.map(part => part.finally(() => over.abort())))
  const failed = results.find(result => result.status === 'rejected')
  if (failed) throw failed.reason
}

/** Adds the next slices before the worker looks for one. If it fails, `watch` does too. */
type Learn = () => Promise<void>

async function trainHere(options: Training, learn: Learn): Promise<void> {
  const {
    store,
    backend,
    version = ownVersion(),
    id: study,
    loading,
    load,
    signal,
    onNotice,
    onTraining,
  } = options
  await work({
    ...{ store, backend, version, study, loading, load, signal, onTraining },
    async onEvent(event) {
      if (event.type === 'notice') onNotice?.(event.text)
      if (event.type === 'ended') await learn().catch(() => {})
    },
  })
}

async function trainInProcesses(options: Training, learn: Learn): Promise<void> {
  const { store, id: study, workers, threads, loading, backend, signal, onNotice } = options
  const { env = environmentFor(store, loading?.dataDir) } = options
  if (signal.aborted) return
  const pool = startPool({
    ...{ workers, env, task: { kind: 'work', study }, engine: { backend: backend.name, threads } },
    onEvent(event) {
      if (event.type === 'notice') onNotice?.(event.text)
      if (event.type === 'progress') learn().catch(() => {})
    },
  })
  signal.addEventListener('abort', () => void pool.stop())
  await pool.ended
}
