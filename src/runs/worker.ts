import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../base/clock.ts'
import { HeddleError } from '../base/errors.ts'
import { LruCache } from '../base/lru.ts'
import type { Dataset } from '../data/dataset.ts'
import { loadDataset } from '../data/source.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import { failureOf } from '../protocol/failure.ts'
import { parseSlice, type SliceResult, type SliceTask } from '../protocol/slice.ts'
import type { StudyEvent } from '../protocol/study.ts'
import type { RunStore } from '../store/store.ts'
import type { ClaimedSlice } from '../store/studies.ts'
import { runSlice, type SliceContext, UnfitWorker } from './slice.ts'

/** What a worker does: each slice is claimed, and then ends in one of the other ways. */
export type WorkerEvent =
  | { readonly type: 'claimed'; readonly slice: ClaimedSlice }
  /** Its result is in the queue. */
  | { readonly type: 'ended'; readonly slice: ClaimedSlice; readonly result: SliceResult }
  /** Its time was up: the next slice of the trial waits. */
  | { readonly type: 'cut'; readonly slice: ClaimedSlice; readonly result: SliceResult }
  /** Another worker may do it. */
  | { readonly type: 'released'; readonly slice: ClaimedSlice }
  /** Another worker has claimed it. */
  | { readonly type: 'lost'; readonly slice: ClaimedSlice }
  | { readonly type: 'notice'; readonly text: string }

export interface WorkerOptions
  extends Pick<SliceContext, 'store' | 'backend' | 'version' | 'signal' | 'clock' | 'load'> {
  /** The id of the only search whose slices are done; left out: those of any. */
  readonly study?: string | undefined
  readonly loading?: LoadOptions | undefined
  /** Ends after this time without a slice; left out: waits on. */
  readonly idleMs?: number | undefined
  /** Ends after this many slices. */
  readonly most?: number | undefined
  /** What it returns for the end of a slice is awaited before the next claim: in one process with the search, the next slice is there then. */
  readonly onEvent: (event: WorkerEvent) => void | Promise<void>
  readonly onTraining?: SliceContext['onTraining']
}

/** Why a worker has ended. */
export type WorkerEnd = 'stopped' | 'idle' | 'most' | 'study ended'

/** Data that is kept between slices: a search may try several preparations of one dataset. */
const KEPT_DATA = 3
const BEAT_MS = 20_000
/** A slice that was begun this often from the same step, and neither ended nor was given back, is too much for its workers. */
const MOST_ATTEMPTS = 20
/** A slice that was begun this often fails in any case: its workers may die before they reach its run. */
const MOST_IN_ALL = 200
/** Between two looks at an empty queue: soon at first, as the next slice often follows at once. */
const POLL = { first: 20, most: 1000 }
/** After an error, which may be a database that is away. */
const RETRY = { first: 500, most: 30_000 }

/**
 * Does slices of searches until there is a reason to end. An error of one slice, a lost claim and a database that is away for
 * minutes end nothing: the slice is given back, and the worker goes on. When the signal is aborted, the slice ends with a checkpoint and
 * is given back. Throws an `UnfitWorker` if this worker cannot do the slices of the one search that it was asked for.
 */
export async function work(options: WorkerOptions): Promise<WorkerEnd> {
  const { store, study, signal, onEvent, clock = systemClock, idleMs = Infinity, most = Infinity } = options
  const notices = new Notices(text => void onEvent({ type: 'notice', text }))
  const datasets = new LruCache<Dataset>(KEPT_DATA)
  const context: Omit<SliceContext, 'study'> = {
    ...options,
    loading: { onNotice: notices.tell, ...options.loading },
    load:
      options.load ??
      ((source, loading) =>
        datasets.get(JSON.stringify([source, loading.baseDir]), () => loadDataset(source, loading))),
    onNotice: notices.tell,
  }
  /** Searches that this worker cannot serve. */
  const unfit = new Set<string>()
  const [poll, retry] = [new Delay(POLL), new Delay(RETRY)]
  const hasEnded = study === undefined ? async () => false : endOf(store, study)
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal }).catch(() => {})
  let [done, idleSince] = [0, clock()]
  while (!signal.aborted) {
    let slice: ClaimedSlice | null = null
    try {
      slice = await claimNext(store, { study, unfit })
      if (!slice) {
        if (clock() - idleSince >= idleMs) return 'idle'
        if (await hasEnded()) return 'study ended'
        await pause(poll.next())
        continue
      }
      void onEvent({ type: 'claimed', slice })
      await doSlice(slice, context, onEvent)
      if (++done >= most) return 'most'
      for (const state of [poll, retry, notices]) state.reset()
    } catch (error) {
      if (slice)
        await giveBack(slice, { store, onEvent, isFault: !(error instanceof UnfitWorker || signal.aborted) })
      if (error instanceof UnfitWorker && slice) {
        if (study !== undefined) throw error
        unfit.add(slice.study)
        notices.tell(`${error.message} This worker leaves that search to others.`)
      } else if (!signal.aborted) {
        notices.tell(`${failureOf(error).message} Trying again.`)
        await pause(retry.next())
      }
    }
    idleSince = clock()
  }
  return 'stopped'
}

interface Choice {
  readonly study: string | undefined
  readonly unfit: ReadonlySet<string>
}

/** The next slice of any search, except of those that this worker cannot serve. */
async function claimNext(store: RunStore, { study, unfit }: Choice): Promise<ClaimedSlice | null> {
  if (study !== undefined || unfit.size === 0) return store.slices.claim(study)
  for (const { id } of await store.studies.list()) {
    const slice = unfit.has(id) ? null : await store.slices.claim(id)
    if (slice) return slice
  }
  return null
}

async function doSlice(
  slice: ClaimedSlice,
  context: Omit<SliceContext, 'study'>,
  onEvent: WorkerOptions['onEvent'],
): Promise<void> {
  const { slices } = context.store
  const lost = new AbortController()
  const beat = async (): Promise<void> => {
    if (!(await slices.beat(slice))) lost.abort(new HeddleError('Another worker has claimed the slice.'))
  }
  // If the database is away, the end of the slice shows whether it is still ours.
  const beating = setInterval(() => void beat().catch(() => {}), BEAT_MS)
  try {
    const signal = AbortSignal.any([context.signal, lost.signal])
    const result = await runClaimed(slice, { ...context, signal })
    const isCut = result.type === 'trained' && !result.isAtTarget
    const isOurs = await (isCut ? slices.next(slice) : slices.end(slice, result))
    await onEvent(isOurs ? { type: isCut ? 'cut' : 'ended', slice, result } : { type: 'lost', slice })
  } catch (error) {
    if (!lost.signal.aborted) throw error
    void onEvent({ type: 'lost', slice })
  } finally {
    clearInterval(beating)
  }
}

/** The task may be of any origin: a trial whose task is wrong has failed. */
async function runClaimed(slice: ClaimedSlice, context: Omit<SliceContext, 'study'>): Promise<SliceResult> {
  const { attempt, run, study } = slice
  const failed = (reason: string): SliceResult => ({ type: 'failed', reason })
  if (attempt > MOST_IN_ALL || (attempt > MOST_ATTEMPTS && (await standsStill(run, context.store))))
    return failed(
      `It was begun ${attempt - 1} times and never came to an end: its workers died, or could not record it. ` +
        'The training may need more memory than the machines have.',
    )
  let task: SliceTask
  try {
    task = parseSlice(slice.task)
  } catch (error) {
    return failed((error as Error).message)
  }
  return task.run === run
    ? runSlice(task, { ...context, study })
    : failed(`Its task is no slice of the run ${run}.`)
}

/** Whether the last attempts at a run all began at the same step, so that none of them left a checkpoint. */
async function standsStill(run: string, store: RunStore): Promise<boolean> {
  const begun = (await store.happenings(run)).filter(({ step }) => step !== null).slice(-MOST_ATTEMPTS)
  return new Set(begun.map(({ step }) => step)).size <= 1
}

interface GiveBack extends Pick<WorkerOptions, 'store' | 'onEvent'> {
  /** Counts as an attempt. */
  readonly isFault: boolean
}

/** If the database is away, the slice goes to another worker when it has been silent for long enough. */
async function giveBack(
  slice: ClaimedSlice,
  { store: { slices }, onEvent, isFault }: GiveBack,
): Promise<void> {
  await (isFault ? slices.release(slice) : slices.next(slice)).catch(() => {})
  void onEvent({ type: 'released', slice })
}

/** Whether a search has come to its end; one that was interrupted may be continued. */
function endOf(store: RunStore, study: string): () => Promise<boolean> {
  let place = 0
  let last: StudyEvent | undefined
  return async () => {
    const events = await store.studies.events(study, place)
    place += events.length
    last = (events.at(-1)?.event as StudyEvent | undefined) ?? last
    return last?.type === 'end' && last.reason !== 'interrupted'
  }
}

/** Grows with every use, up to a limit. */
class Delay {
  readonly #range: { readonly first: number; readonly most: number }
  #ms: number

  constructor(range: { readonly first: number; readonly most: number }) {
    this.#range = range
    this.#ms = range.first
  }

  next(): number {
    const ms = this.#ms
    this.#ms = Math.min(this.#range.most, 2 * ms)
    return ms
  }

  reset(): void {
    this.#ms = this.#range.first
  }
}

/** Each message once, until a slice has ended well. */
class Notices {
  readonly #tell: (text: string) => void
  readonly #told = new Set<string>()

  constructor(tell: (text: string) => void) {
    this.#tell = tell
  }

  readonly tell = (text: string): void => {
    if (this.#told.has(text)) return
    this.#told.add(text)
    this.#tell(text)
  }

  reset(): void {
    this.#told.clear()
  }
}
