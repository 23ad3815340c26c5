import { HeddleError } from '../base/errors.ts'
import type { SliceResult } from '../protocol/slice.ts'
import type { StudyEvent } from '../protocol/study.ts'
import type { RunStore } from '../store/store.ts'
import type { NewSlice, SliceEnd } from '../store/studies.ts'
import { Study } from './study.ts'
import type { Trial } from './study-state.ts'

/** What a slice that reached its target has measured. */
export type Trained = SliceResult & { readonly type: 'trained' }

export interface LogOptions {
  readonly store: RunStore
  readonly id: string
  /** Workers that are kept busy. */
  readonly workers: number
  /** The task of a worker that trains a trial up to its target. */
  readonly taskOf: (trial: Trial) => Promise<object>
  /** What a slice has measured, by objective. */
  readonly valuesOf: (trial: Trial, trained: Trained) => Promise<readonly number[]>
  readonly newRunId: () => string
  /** Called with every event, once the store has it. */
  readonly onEvent?: ((event: StudyEvent) => void) | undefined
}

/**
 * The log of a search, as its one coordinator continues it. A step is one transaction of the store: what a slice has measured, what
 * follows from it, and the slices that are then to be done. So a coordinator may die at any point: the next one reads the log and goes
 * on where it ends. If a step throws, this object is of no further use, as the store lacks what it has applied.
 */
export class StudyLog {
  /** With the events that the store has. */
  readonly study: Study
  readonly #options: LogOptions
  /** The last end of a slice that was read. */
  #place = 0

  constructor(study: Study, options: LogOptions) {
    this.study = study
    this.#options = options
  }

  /** Takes the search up, whatever the coordinator before has left. */
  async begin(): Promise<void> {
    await this.learn()
    if (this.study.ended && !this.#hasMore()) return
    const left = this.study.trials.filter(({ target }) => target !== null)
    // A slice that is in the queue still is not added twice.
    await this.#step(this.study.ended ? [{ type: 'resume' }] : [], left)
  }

  /** Whether a search that has ended would go on: it was interrupted, or has another budget or space since. */
  #hasMore(): boolean {
    const { rules, trials } = this.study
    const continued = new Study(rules, trials)
    return continued.decide({ free: 1, newRunId: this.#options.newRunId })[0]?.type !== 'end'
  }

  /** Learns from the slices that have ended since the last time, in their order. */
  async learn(): Promise<void> {
    const { store, id } = this.#options
    for (const end of await store.slices.ends(id, this.#place)) {
      this.#place = end.place
      const event = await this.#eventOf(end)
      if (event) await this.#step([event])
    }
  }

  /** Adds an event that comes from outside: an interruption, the test. */
  async add(event: StudyEvent): Promise<void> {
    await this.#step([event])
  }

  /** Adds events with what is decided after them, and slices for trials that are to be trained. */
  async #step(events: readonly StudyEvent[], left: readonly Trial[] = []): Promise<void> {
    const { store, id, workers, newRunId, onEvent } = this.#options
    const { study } = this
    const at = study.events
    for (const event of events) study.apply(event)
    const busy = study.trials.filter(({ target }) => target !== null).length
    const decided = study.decide({ free: workers - busy, newRunId })
    for (const event of decided) study.apply(event)
    const added = [...events, ...decided]
    const begun = decided.flatMap(event => (event.type === 'train' ? study.trials[event.trial]! : []))
    const slices: NewSlice[] = []
    const failed: StudyEvent[] = []
    for (const trial of [...left, ...begun]) {
      const made = await this.#sliceOf(trial)
      if ('reason' in made) failed.push({ type: 'fail', trial: trial.trial, reason: made.reason })
      else slices.push(made)
    }
    if (added.length + slices.length > 0) await store.studies.append(id, at, added, slices)
    for (const event of added) onEvent?.(event)
    if (failed.length > 0) await this.#step(failed)
  }

  async #sliceOf(trial: Trial): Promise<NewSlice | { readonly reason: string }> {
    const { id, taskOf } = this.#options
    try {
      return { study: id, trial: trial.trial, run: trial.run, task: await taskOf(trial) }
    } catch (error) {
      // Its data cannot be loaded, or it is no longer a point of the space.
      if (error instanceof HeddleError) return { reason: error.message }
      throw error
    }
  }

  /** `null`: the log has it. */
  async #eventOf({ trial: number, run, result }: SliceEnd): Promise<StudyEvent | null> {
    const trial = this.study.trials[number]
    if (!trial || trial.run !== run || trial.target === null) return null
    const slice = result as SliceResult
    if (slice.type === 'failed') return { type: 'fail', trial: number, reason: slice.reason }
    const { epochs, isDone, seconds } = slice
    if (epochs < trial.target && !isDone) return null
    const values = await this.#options.valuesOf(trial, slice)
    const lost = this.study.rules.objectives.find((_, i) => !Number.isFinite(values[i]))
    // JSON has no NaN, and a sampler can learn nothing from it.
    if (lost) {
      const reason = `${lost.label} is not a finite number after epoch ${epochs}: the training diverged. A lower learning rate may help.`
      return { type: 'fail', trial: number, reason, seconds }
    }
    return { type: 'report', trial: number, epochs, values, isDone, seconds }
  }
}
