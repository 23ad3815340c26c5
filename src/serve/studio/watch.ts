import { visible } from '../../base/visible.ts'
import { metrics } from '../../nn/metrics/index.ts'
import { toJson } from '../../protocol/json.ts'
import type { RunRow, RunsChanged, SavedView } from '../../protocol/studio.ts'
import type { Run } from '../../store/rows.ts'
import type { RunStore } from '../../store/store.ts'
import { coalesced } from './coalesced.ts'

const facts = metrics.map(({ name, label, better, unit, always }) => ({ name, label, better, unit, always }))

type Listener = (changed: RunsChanged) => void

/** How often the store is asked whether anything is new. */
const LOOK_MS = 400
/** Whether a process still lives is no change of the store. */
const LOOKS_PER_CENSUS = 5

/**
 * Sees what other processes write into the store, while there are listeners: asks the store whether its revision is
 * another one, and only then for the runs.
 */
export class Watch {
  readonly #store: RunStore
  readonly #listeners = new Set<Listener>()
  #timer: NodeJS.Timeout | undefined
  #looks = 0
  #revision = ''
  #told = ''
  /** What each new listener receives, until something changes. */
  #all: RunsChanged | null = null
  #rows = new Map<string, { readonly row: RunRow; readonly text: string }>()
  #views: readonly SavedView[] = []

  constructor(store: RunStore) {
    this.#store = store
  }

  /** Sends all runs at once, then each change; returns a function that ends that. */
  async listen(listener: Listener): Promise<() => void> {
    await this.look()
    this.#all ??= {
      all: true,
      metrics: facts,
      rows: [...this.#rows.values()].map(({ row }) => row),
      removed: [],
      views: this.#views,
    }
    listener(this.#all)
    this.#listeners.add(listener)
    this.#timer ??= setInterval(() => void this.look(), LOOK_MS)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.stop()
    }
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Now, and not only the next time: after a change of one's own. */
  readonly look = coalesced(() =>
    this.#lookNow().catch((error: Error) => {
      // The store may be locked or its disk full: what is shown stays, and the next look tries again.
      if (error.message !== this.#told) process.stderr.write(`heddle: ${visible(error.message)}\n`)
      this.#told = error.message
    }),
  )

  async #lookNow(): Promise<void> {
    if (this.#looks++ % LOOKS_PER_CENSUS === 0) await this.#store.markDead()
    const revision = await this.#store.revision()
    if (revision === this.#revision) return
    this.#revision = revision
    const [rows, views] = [await rowsOf(this.#store), await this.#store.views.all()]
    const areViewsNew = toJson(views) !== toJson(this.#views)
    this.#views = views
    const before = this.#rows
    this.#rows = new Map(rows.map(row => [row.id, { row, text: toJson(row) }]))
    const changed = [...this.#rows.values()].filter(({ row, text }) => before.get(row.id)?.text !== text)
    const removed = [...before.keys()].filter(id => !this.#rows.has(id))
    this.#all = null
    const news = { rows: changed.map(({ row }) => row), removed, ...(areViewsNew && { views }) }
    for (const listener of this.#listeners) listener(news)
  }
}

/** Every run, also those in the archive and in the bin, the newest first. */
async function rowsOf(store: RunStore): Promise<RunRow[]> {
  const runs = await store.list({ place: 'any' })
  const tags = await store.allTags()
  return Promise.all(runs.map(run => rowOf(store, run, tags.get(run.id) ?? [])))
}

/** A run as lists show it. */
export async function rowOf(store: RunStore, run: Run, tags: readonly string[]): Promise<RunRow> {
  const { owner, heartbeatAt, attempt, modelHash, ...rest } = run
  const { fingerprint, testFingerprint, testImages, ...told } = rest
  const shown = {
    ...told,
    fingerprint: fingerprint.slice(0, 12),
    tags,
    reason: run.status === 'failed' ? run.reason : null,
  }
  if (run.status !== 'running') return { ...shown, step: null, remainingMs: null }
  const { step, begun } = await store.progress(run.id)
  const steps = step === null || begun === null ? 0 : step + 1 - begun.step
  const toGo = run.epochs * run.stepsPerEpoch - (step ?? 0) - 1
  // The sign of life came with the last step.
  const remainingMs = steps > 0 && heartbeatAt ? ((heartbeatAt - begun!.at) / steps) * toGo : null
  return { ...shown, step, remainingMs }
}
