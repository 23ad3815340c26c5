import type { ArchivedStudy } from './archived-runs.ts'

/** A search that is to be kept. */
export interface NewStudy {
  readonly name: string
  /** See `search/search.ts`; the store does not look into it. */
  readonly spec: object
}

/** A search, without its events. */
export interface StudyRow extends NewStudy {
  readonly id: string
  /** Who began it. */
  readonly user: string
  readonly createdAt: number
  /** How many events its log has. */
  readonly events: number
}

/**
 * Searches, each as the log of its events (`protocol/study.ts`). Events are only added. Two processes that continue one search do
 * not both succeed: the place of an event is given once.
 */
export interface StudyStore {
  /** Returns the new id. */
  add(study: NewStudy): Promise<string>
  /** The newest first. */
  list(): Promise<StudyRow[]>
  /** Throws a `MissingError` if there is none. */
  study(id: string): Promise<StudyRow>
  /** The id that a text means: `last`, a name (its newest), or how an id begins. Throws a `UsageError` for none and for several. */
  find(wanted: string): Promise<string>
  /** Replaces the specification, where a search is continued with a narrower space or another budget. */
  change(id: string, spec: object): Promise<void>
  /**
   * Adds events from place `at` on, all or none, together with the slices that follow from them; a run whose slice waits or runs already
   * gets no second one. Throws a `HeddleError` if place `at` is taken:
   * another process continues this search.
   */
  append(id: string, at: number, events: readonly object[], slices?: readonly NewSlice[]): Promise<void>
  /** From place `from` on, with the times at which they were added. */
  events(id: string, from?: number): Promise<{ readonly at: number; readonly event: object }[]>
  /** Every row of a search, for an archive. */
  rows(id: string): Promise<ArchivedStudy>
  /** Removes a search, its events and its slices; its runs go to the bin. */
  remove(id: string): Promise<void>
}

/** A piece of a training, short enough to be lost: it ends in a checkpoint and asks for the next one. */
export interface NewSlice {
  readonly study: string
  readonly trial: number
  /** The run that it makes or continues. */
  readonly run: string
  /** See `protocol/tasks.ts`; the store does not look into it. */
  readonly task: object
}

/** A slice that a worker has claimed. */
export interface ClaimedSlice extends NewSlice {
  readonly id: string
  /** Counts the claims of this slice: what an earlier claim still writes is refused. */
  readonly attempt: number
}

/** A slice that has ended: what the search learns from. */
export interface SliceEnd {
  /** Ends are in this order, which is that of their commits. */
  readonly place: number
  readonly trial: number
  readonly run: string
  readonly result: object
}

/**
 * The slices that wait, run and have ended. Any number of workers claim them at once, each slice by one of them; the slice of a worker that died
 * is given to another one. Time is the store's: the clocks of workers do not matter.
 */
export interface SliceQueue {
  /**
   * The next slice that waits, or whose worker has died, of one search or of any; `null`: there is none. It takes the run away from whatever
   * process has written it.
   */
  claim(study?: string): Promise<ClaimedSlice | null>
  /**
   * A sign of life of a worker whose slice takes longer than a minute: it loads data, or its machine is slow. `false`: the claim was lost to another
   * worker.
   */
  beat(slice: ClaimedSlice): Promise<boolean>
  /** Ends a slice that was cut short, and adds its next one. `false`: the claim was lost to another worker; nothing is changed. */
  next(slice: ClaimedSlice): Promise<boolean>
  /** Ends a slice with its result, for the search to learn. `false`: the claim was lost to another worker; nothing is changed. */
  end(slice: ClaimedSlice, result: object): Promise<boolean>
  /** Gives a slice back that another worker may take at once: this one stops. */
  release(slice: ClaimedSlice): Promise<void>
  /** The ends of a search after the one at `place`, in their order. */
  ends(study: string, place?: number): Promise<SliceEnd[]>
  /** How many wait and run. */
  count(study: string): Promise<{ readonly waiting: number; readonly running: number }>
  /** Takes the slices of a search that wait out of the queue. */
  clear(study: string): Promise<void>
}
