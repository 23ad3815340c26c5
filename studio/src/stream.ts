import { useSyncExternalStore } from 'react'
import { fromJson } from '../../src/protocol/json.ts'
import type { Job, RunRow, RunsChanged } from '../../src/protocol/studio.ts'

type Handlers = Readonly<Record<string, (data: never) => void>>

/**
 * Follows a stream of the server's events as long as the page is seen: a browser has six connections for all its pages. The
 * browser connects again by itself and says which event it had last.
 */
export function follow(
  path: string,
  handlers: Handlers,
  onState: (connected: boolean) => void = () => {},
): () => void {
  let source: EventSource | null = null
  const start = (): void => {
    if (document.hidden || source) return
    source = new EventSource(`/api${path}`)
    source.onopen = () => onState(true)
    source.onerror = () => {
      onState(false)
      // Refused, not lost: the browser gives up, and a server that was away for a while is worth another try.
      if (source?.readyState === EventSource.CLOSED) {
        stop()
        setTimeout(start, 2000)
      }
    }
    for (const [event, handle] of Object.entries(handlers)) {
      source.addEventListener(event, message =>
        handle(fromJson((message as MessageEvent<string>).data) as never),
      )
    }
  }
  const stop = (): void => {
    source?.close()
    source = null
  }
  const onVisibility = (): void => (document.hidden ? stop() : start())
  document.addEventListener('visibilitychange', onVisibility)
  start()
  return () => {
    document.removeEventListener('visibilitychange', onVisibility)
    stop()
  }
}

export interface RunsState {
  /** The newest first; `null` until the server has told. */
  readonly rows: readonly RunRow[] | null
  /** The newest first. */
  readonly jobs: readonly Job[]
  readonly connected: boolean
}

let state: RunsState = { rows: null, jobs: [], connected: false }
const byId = new Map<string, RunRow>()
const listeners = new Set<() => void>()
let following = false

function set(next: Partial<RunsState>): void {
  state = { ...state, ...next }
  for (const listener of listeners) listener()
}

function onRuns({ all, rows, removed }: RunsChanged): void {
  if (all) byId.clear()
  for (const row of rows) byId.set(row.id, row)
  for (const id of removed) byId.delete(id)
  set({ rows: [...byId.values()].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1)) })
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  if (!following) {
    following = true
    follow(
      '/events',
      { runs: onRuns, jobs: (jobs: readonly Job[]) => set({ jobs }) },
      connected => connected !== state.connected && set({ connected }),
    )
  }
  return () => listeners.delete(listener)
}

/** All runs, as they are now. */
export function useRuns(): RunsState {
  return useSyncExternalStore(subscribe, () => state)
}
