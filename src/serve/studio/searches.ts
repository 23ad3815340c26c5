import { LruCache } from '../../base/lru.ts'
import type { SearchRow, TrialCurves } from '../../protocol/studio.ts'
import type { StudyView, TrialRow } from '../../protocol/study.ts'
import { storedView } from '../../search/stored-search.ts'
import type { RunStore } from '../../store/store.ts'
import type { StudyRow } from '../../store/studies.ts'
import { wallClock } from '../../store/wall-clock.ts'
import { coalesced } from './coalesced.ts'
import type { Watch } from './watch.ts'

/** More searches than a list is read for. */
const MOST_LISTED = 200
/** More curves than can be told apart. */
const MOST_CURVES = 300
/** More points than a curve has pixels. */
const MOST_POINTS = 400
/** Whether a search's process still lives, and how often test images were looked at, is in no log. */
const LOOK_MS = 5000

type Listener = (rows: readonly SearchRow[]) => void

/** A long log is read for at most this part of the time. */
const BUSY = 0.1

interface Known {
  readonly events: number
  readonly at: number
  /** How long it took to read. */
  readonly costMs: number
  readonly view: StudyView
}

/** The searches of a store: a log is read again only where it has grown. */
export class Searches {
  readonly #store: RunStore
  readonly #watch: Watch
  readonly #known = new Map<string, Known>()
  readonly #curves = new LruCache<readonly (readonly [number, number])[]>(4 * MOST_CURVES)
  #rows: { readonly text: string; readonly rows: readonly SearchRow[] } = { text: '', rows: [] }

  constructor(store: RunStore, watch: Watch) {
    this.#store = store
    this.#watch = watch
  }

  /** Sends all searches at once, and again whenever one has changed; returns a function that ends that. */
  async listen(listener: Listener): Promise<() => void> {
    let told = ''
    const tell = coalesced(async () => {
      try {
        const { text, rows } = await this.#look()
        if (text !== told) listener(rows)
        told = text
      } catch {
        // The store may be locked: what is shown stays, and the next look tries again.
      }
    })
    const stop = await this.#watch.listen(() => void tell())
    const timer = setInterval(() => void tell(), LOOK_MS)
    return () => {
      clearInterval(timer)
      stop()
    }
  }

  /** A search as its page shows it. */
  async view(id: string): Promise<StudyView> {
    return (await this.#knownOf(await this.#store.studies.study(id))).view
  }

  /** How the trials of a search learn: where there are very many, those that are trained now and the best ones. */
  async curves(id: string): Promise<TrialCurves> {
    const view = await this.view(id)
    const trained = view.trials.filter(({ state, epochs }) => state === 'running' || epochs > 0)
    const shown = trained.length > MOST_CURVES ? mostTelling(view, trained).slice(0, MOST_CURVES) : trained
    const objective = await this.#measured(view, shown)
    const name = objective === null ? null : view.objectives[objective]!.name
    const curves = []
    for (const trial of name === null ? [] : shown) {
      curves.push({ trial: trial.trial, points: await this.#points(trial, name!) })
    }
    return { objective, curves, leftOut: name === null ? 0 : trained.length - shown.length }
  }

  /** The first objective that is a number of each epoch. */
  async #measured({ objectives }: StudyView, trials: readonly TrialRow[]): Promise<number | null> {
    for (const { run } of trials) {
      const [epoch] = await this.#store.epochs(run)
      if (!epoch) continue
      const index = objectives.findIndex(({ name }) => name in epoch.metrics)
      return index < 0 ? null : index
    }
    return null
  }

  /** A trial that is not being trained has the same curve as before. */
  #points(trial: TrialRow, name: string): Promise<readonly (readonly [number, number])[]> {
    const { run, epochs, state } = trial
    const read = async () => {
      const points = (await this.#store.epochs(run)).map(
        ({ epoch, metrics }) => [epoch + 1, metrics[name] ?? Number.NaN] as const,
      )
      const every = Math.ceil(points.length / MOST_POINTS)
      return every <= 1 ? points : points.filter((_, i) => i % every === 0 || i === points.length - 1)
    }
    return state === 'running' ? read() : this.#curves.get(`${run} ${epochs} ${name}`, read)
  }

  async #knownOf({ id, events }: StudyRow): Promise<Known> {
    const known = this.#known.get(id)
    const at = wallClock()
    if (known && at - known.at < Math.max(known.events === events ? LOOK_MS : 0, known.costMs / BUSY))
      return known
    const view = await storedView(this.#store, id)
    const made = { events, at, costMs: wallClock() - at, view }
    this.#known.set(id, made)
    return made
  }

  async #look(): Promise<{ readonly text: string; readonly rows: readonly SearchRow[] }> {
    const studies = (await this.#store.studies.list()).slice(0, MOST_LISTED)
    const rows = []
    for (const study of studies) rows.push(await this.#rowOf(study))
    const text = JSON.stringify(rows)
    if (text !== this.#rows.text) this.#rows = { text, rows }
    return this.#rows
  }

  async #rowOf(study: StudyRow): Promise<SearchRow> {
    const { id, name, user, createdAt } = study
    const shown = { id, name, user, createdAt }
    try {
      const before = this.#known.get(id)
      // What has ended changes by a further event alone.
      const isSettled = before?.events === study.events && before.view.state !== 'running'
      const { events, view } = isSettled ? before : await this.#knownOf(study)
      const { state, budget, objectives, trials, best } = view
      const running = state === 'running' ? await this.#store.list({ study: id, status: 'running' }) : []
      return {
        ...shown,
        // Those that its page gets to see.
        events,
        state,
        trials: budget.spentTrials,
        ofTrials: budget.trials,
        objective: objectives[0]!,
        best: trials[best[0] ?? -1]?.values?.[0] ?? null,
        learned: running.reduce((sum, { epochsDone }) => sum + epochsDone, 0),
        problem: null,
      }
    } catch (error) {
      // One that cannot be read must not hide the others.
      const { message: problem } = error as Error
      return {
        ...shown,
        events: study.events,
        state: 'failed',
        trials: 0,
        ofTrials: null,
        objective: null,
        best: null,
        learned: 0,
        problem,
      }
    }
  }
}

/** Those that are trained now, then by the first objective. */
function mostTelling({ objectives }: StudyView, trials: readonly TrialRow[]): TrialRow[] {
  const side = objectives[0]?.better === 'higher' ? -1 : 1
  const placeOf = ({ state, values }: TrialRow): number => {
    if (state === 'running') return Number.NEGATIVE_INFINITY
    const value = values?.[0]
    return value === undefined || Number.isNaN(value) ? Number.POSITIVE_INFINITY : side * value
  }
  return [...trials].sort((a, b) => placeOf(a) - placeOf(b) || a.trial - b.trial)
}
