import { useCallback, useSyncExternalStore } from 'react'
import type { MetricFacts } from '../../../src/protocol/metric.ts'
import type {
  CurvePart,
  Job,
  RunRow,
  RunsChanged,
  SavedView,
  SearchRow,
} from '../../../src/protocol/studio.ts'
import { type Curve, grown, Hub, type News, type Wish } from './hub.ts'
import { whenQuiet } from './when-quiet.ts'

export interface RunsState {
  /** Those of the list, the newest first; `null` until the server has told. */
  readonly rows: readonly RunRow[] | null
  /** Those in the archive and in the bin. */
  readonly shelved: readonly RunRow[]
  readonly views: readonly SavedView[]
  /** The newest first. */
  readonly jobs: readonly Job[]
  /** The newest first; `null` until the server has told. */
  readonly searches: readonly SearchRow[] | null
  readonly connected: boolean
  /** What runs may have measured. */
  readonly metrics: readonly MetricFacts[]
}

let state: RunsState = {
  rows: null,
  shelved: [],
  views: [],
  jobs: [],
  searches: null,
  connected: false,
  metrics: [],
}
const byId = new Map<string, RunRow>()
const listeners = new Set<() => void>()
let curves: ReadonlyMap<string, Curve> = new Map()
const curveListeners = new Set<() => void>()
/** In how many places of this page each run's curve is shown. */
const wanted = new Map<string, number>()
let waiting: CurvePart[] = []
let tellHub: ((wish: Wish) => void) | null = null

/** Joins the hub that all pages of this browser share; where there are no shared workers, one of this page's own. */
function join(): void {
  if (tellHub) return
  if ('SharedWorker' in globalThis) {
    const worker = new SharedWorker(new URL('./hub.worker.ts', import.meta.url), { type: 'module' })
    worker.port.onmessage = ({ data }: MessageEvent<News>) => onNews(data)
    tellHub = wish => worker.port.postMessage(wish)
  } else tellHub = new Hub().join(onNews)
  tellCurves()
}

function leave(): void {
  tellHub?.({ kind: 'leave' })
  tellHub = null
}

function onNews(news: News): void {
  if (news.kind === 'runs') onRuns(news.runs)
  else if (news.kind === 'jobs') set({ jobs: news.jobs })
  else if (news.kind === 'searches') set({ searches: news.searches })
  else if (news.kind === 'curve') {
    // Fifty runs record something every second, each by itself: a page is drawn once for all of them.
    if (waiting.push(news.part) === 1) whenQuiet(drawCurves)
  } else if (news.connected !== state.connected) set({ connected: news.connected })
}

let isShowing = false
let news: Partial<Pick<RunsState, 'metrics' | 'views'>> = {}

function onRuns({ all, metrics, views, rows, removed }: RunsChanged): void {
  if (all) byId.clear()
  for (const row of rows) byId.set(row.id, row)
  for (const id of removed) byId.delete(id)
  news = { ...news, ...(metrics && { metrics }), ...(views && { views }) }
  if (all) showRuns()
  else if (!isShowing) {
    isShowing = true
    whenQuiet(showRuns)
  }
}

function showRuns(): void {
  isShowing = false
  const sorted = [...byId.values()].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
  set({ ...news, rows: sorted.filter(isListed), shelved: sorted.filter(row => !isListed(row)) })
}

const isListed = ({ archivedAt, binnedAt }: RunRow): boolean => archivedAt === null && binnedAt === null

function set(next: Partial<RunsState>): void {
  state = { ...state, ...next }
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  join()
  return () => listeners.delete(listener)
}

/** All runs, as they are now. */
export function useRuns(): RunsState {
  return useSyncExternalStore(subscribe, () => state)
}

/** Calls when the server is there again after it was away; returns what ends that. */
export function onReconnect(listener: () => void): () => void {
  let before = state.connected
  return subscribe(() => {
    if (state.connected && !before) listener()
    before = state.connected
  })
}

function drawCurves(): void {
  const after = new Map(curves)
  for (const part of waiting) if (wanted.has(part.run)) after.set(part.run, grown(after.get(part.run), part))
  waiting = []
  curves = after
  for (const listener of curveListeners) listener()
}

/** The curves of some runs, by id, as they grow; those that the server has not told of yet are absent. */
export function useCurves(ids: readonly string[]): ReadonlyMap<string, Curve> {
  const names = ids.join(',')
  const follow = useCallback((listener: () => void) => followCurves(names.split(','), listener), [names])
  return useSyncExternalStore(follow, () => curves)
}

function followCurves(runs: readonly string[], listener: () => void): () => void {
  const change = (by: 1 | -1): void => {
    for (const run of runs) {
      const places = (wanted.get(run) ?? 0) + by
      if (places > 0) wanted.set(run, places)
      else wanted.delete(run)
    }
    tellCurves()
  }
  curveListeners.add(listener)
  join()
  change(1)
  return () => {
    curveListeners.delete(listener)
    change(-1)
  }
}

let isTelling = false

/** Once for all that changes in a moment: a part that gives way to another one of the same run changes nothing. */
function tellCurves(): void {
  if (isTelling) return
  isTelling = true
  queueMicrotask(() => {
    isTelling = false
    curves = new Map([...curves].filter(([run]) => wanted.has(run)))
    tellHub?.({ kind: 'curves', runs: [...wanted.keys()].filter(Boolean) })
  })
}

// A page that is put away may come back by "Back", as it was.
addEventListener('pagehide', leave)
addEventListener('pageshow', ({ persisted }) => persisted && join())
