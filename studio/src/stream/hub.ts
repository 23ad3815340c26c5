import { fromJson } from '../../../src/protocol/json.ts'
import type { CurvePart, Job, RunRow, RunsChanged, SearchRow } from '../../../src/protocol/studio.ts'

/** All that a run has measured so far. */
export type Curve = Pick<CurvePart, 'steps' | 'epochs' | 'usage' | 'happenings'>

/** What the hub sends to a page. */
export type News =
  | { readonly kind: 'connected'; readonly connected: boolean }
  | { readonly kind: 'jobs'; readonly jobs: readonly Job[] }
  | { readonly kind: 'searches'; readonly searches: readonly SearchRow[] }
  | { readonly kind: 'runs'; readonly runs: RunsChanged }
  | { readonly kind: 'curve'; readonly part: CurvePart }

/** What a page sends to the hub. */
export type Wish = { readonly kind: 'curves'; readonly runs: readonly string[] } | { readonly kind: 'leave' }

interface Member {
  readonly tell: (news: News) => void
  curves: ReadonlySet<string>
}

/** A server that was away for a while is worth another try. */
const RETRY_MS = 2000

/**
 * Follows the server's two streams once for all pages of a browser, which has six connections for all of them: runs, jobs and
 * searches, and the curves that any page shows. A page that opens later receives what the others have received.
 */
export class Hub {
  readonly #members = new Set<Member>()
  readonly #rows = new Map<string, RunRow>()
  #metrics: RunsChanged['metrics']
  #views: RunsChanged['views']
  readonly #curves = new Map<string, Curve>()
  readonly #events: Source
  readonly #curveSource: Source
  #jobs: readonly Job[] | null = null
  #searches: readonly SearchRow[] | null = null
  #isKnown = false
  #connected = false

  constructor() {
    this.#events = new Source({
      runs: data => this.#onRuns(data as RunsChanged),
      jobs: data => {
        this.#jobs = data as readonly Job[]
        this.#tell({ kind: 'jobs', jobs: this.#jobs })
      },
      searches: data => {
        this.#searches = data as readonly SearchRow[]
        this.#tell({ kind: 'searches', searches: this.#searches })
      },
      connected: data => {
        const connected = data as boolean
        if (connected === this.#connected) return
        this.#connected = connected
        this.#tell({ kind: 'connected', connected })
      },
    })
    this.#curveSource = new Source({ curve: data => this.#onCurve(data as CurvePart) })
  }

  /** Sends what is known now, then what is new; returns a function that takes the page's wishes. */
  join(tell: (news: News) => void): (wish: Wish) => void {
    const member: Member = { tell, curves: new Set() }
    this.#members.add(member)
    tell({ kind: 'connected', connected: this.#connected })
    if (this.#jobs) tell({ kind: 'jobs', jobs: this.#jobs })
    if (this.#searches) tell({ kind: 'searches', searches: this.#searches })
    if (this.#isKnown)
      tell({
        kind: 'runs',
        runs: {
          all: true,
          metrics: this.#metrics,
          rows: [...this.#rows.values()],
          removed: [],
          ...(this.#views && { views: this.#views }),
        },
      })
    this.#events.open('/events')
    return wish => {
      if (wish.kind === 'leave') this.#members.delete(member)
      else {
        const before = member.curves
        member.curves = new Set(wish.runs)
        for (const run of wish.runs) {
          const known = this.#curves.get(run)
          if (known && !before.has(run)) tell({ kind: 'curve', part: { run, restart: true, ...known } })
        }
      }
      this.#follow()
    }
  }

  #follow(): void {
    if (this.#members.size === 0) this.#events.close()
    const wanted = new Set([...this.#members].flatMap(({ curves }) => [...curves]))
    for (const run of this.#curves.keys()) if (!wanted.has(run)) this.#curves.delete(run)
    if (wanted.size === 0) this.#curveSource.close()
    else {
      const runs = [...wanted].sort().join(',')
      this.#curveSource.open(`/curves?runs=${runs}`, () => this.#cursors())
    }
  }

  /** How far the curves are that are known. */
  #cursors(): string {
    const cursors = this.#curveSource.last.split(',').filter(text => this.#curves.has(text.split(':')[0]!))
    return cursors.length > 0 ? `&after=${cursors.join(',')}` : ''
  }

  #onRuns(runs: RunsChanged): void {
    if (runs.all) this.#rows.clear()
    this.#metrics = runs.metrics ?? this.#metrics
    this.#views = runs.views ?? this.#views
    for (const row of runs.rows) this.#rows.set(row.id, row)
    for (const id of runs.removed) this.#rows.delete(id)
    this.#isKnown = true
    this.#tell({ kind: 'runs', runs })
  }

  #onCurve(part: CurvePart): void {
    this.#curves.set(part.run, grown(this.#curves.get(part.run), part))
    for (const { tell, curves } of this.#members) if (curves.has(part.run)) tell({ kind: 'curve', part })
  }

  #tell(news: News): void {
    for (const { tell } of this.#members) tell(news)
  }
}

export function grown(
  before: Curve | undefined,
  { restart, steps, epochs, usage, happenings }: CurvePart,
): Curve {
  if (!before || restart) return { steps, epochs, usage, happenings }
  return {
    steps: [...before.steps, ...steps],
    epochs: [...before.epochs, ...epochs],
    usage: [...before.usage, ...usage],
    happenings: [...before.happenings, ...happenings],
  }
}

/** By event; `connected` is the stream's own. */
type Handlers = Readonly<Record<string, (data: unknown) => void>>

/** One stream of the server. The browser connects again by itself, and says which event it had last. */
class Source {
  readonly #handlers: Handlers
  #path: string | null = null
  #source: EventSource | null = null
  #retry: ReturnType<typeof setTimeout> | undefined
  /** The id of the last event. */
  last = ''

  constructor(handlers: Handlers) {
    this.#handlers = handlers
  }

  /** `after`: from where another stream goes on, which the browser does not say of a new one. */
  open(path: string, after: () => string = () => ''): void {
    if (path === this.#path) return
    this.close()
    this.#path = path
    this.#start(after)
  }

  close(): void {
    clearTimeout(this.#retry)
    this.#source?.close()
    this.#source = null
    this.#path = null
  }

  #start(after: () => string): void {
    const source = new EventSource(`/api${this.#path}${after()}`)
    this.#source = source
    source.onopen = () => this.#handlers.connected?.(true)
    source.onerror = () => {
      this.#handlers.connected?.(false)
      // Refused, not lost: the browser has given up.
      if (source.readyState !== EventSource.CLOSED || source !== this.#source) return
      this.#retry = setTimeout(() => this.#start(after), RETRY_MS)
    }
    for (const [event, handle] of Object.entries(this.#handlers)) {
      source.addEventListener(event, message => {
        const { data, lastEventId } = message as MessageEvent<string>
        this.last = lastEventId
        handle(fromJson(data))
      })
    }
  }
}
