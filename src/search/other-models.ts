import { MissingError } from '../base/errors.ts'
import { storedRun } from '../runs/stored.ts'
import type { RunStore } from '../store/store.ts'
import type { Search } from './search.ts'
import { problemOf } from './space.ts'
import type { Trial } from './study-state.ts'
import { valueKey } from './value.ts'

/** Trials that are compared: a function that has changed makes another model for one of the first. */
const MOST = 20

/**
 * Compares the models that a function makes with those that it made before, for the parameters of earlier trials. Returns what
 * differs in words; `null`: they are the same, or no function makes them.
 */
export async function otherModels(
  { spec, experimentOf }: Search,
  trials: readonly Trial[],
  store: RunStore,
): Promise<string | null> {
  if (spec.reads === null) return null
  for (const { trial, parameters, run } of trials.slice(0, MOST)) {
    // A narrower space no longer has it.
    if (problemOf(spec.space, parameters) !== null) continue
    const found = await store.run(run).catch(ignoreMissing)
    if (found === null) continue
    const { experiment } = await storedRun(store, found)
    if (valueKey(experiment.models) !== valueKey(experimentOf(parameters).models))
      return `the function "model" now makes another model of the parameters of trial ${trial}`
  }
  return null
}

/** A trial that has not been trained yet has no run. */
function ignoreMissing(error: unknown): null {
  if (error instanceof MissingError) return null
  throw error
}
