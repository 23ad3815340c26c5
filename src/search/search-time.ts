/**
 * How the time of all trainings becomes the time of the search, which budgets and views mean everywhere: with two workers, an hour of
 * training takes half an hour. Sessions may have had other numbers of workers.
 */
export interface SearchClock {
  /** Trials that are trained side by side now. */
  readonly workers: number
  /** What was trained in earlier sessions, and the time of the search that it took, in seconds. */
  readonly before: { readonly trained: number; readonly elapsed: number }
}

/** One worker, from the beginning. */
export const oneByOne: SearchClock = Object.freeze({
  workers: 1,
  before: Object.freeze({ trained: 0, elapsed: 0 }),
})

/** The time of the search by which all trainings together had taken `trained` seconds. */
export function searchTime(trained: number, { workers, before }: SearchClock): number {
  if (trained < before.trained) return (before.elapsed * trained) / before.trained
  return before.elapsed + (trained - before.trained) / workers
}

/** How long all trainings together can take until the search has taken `elapsed` seconds. */
export function trainingTime(elapsed: number, { workers, before }: SearchClock): number {
  return before.trained + (elapsed - before.elapsed) * workers
}
