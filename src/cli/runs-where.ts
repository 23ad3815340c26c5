import { UsageError } from '../base/errors.ts'
import { text } from '../base/schema.ts'
import { epochMeasures, testMeasures } from '../nn/metrics/index.ts'
import { FilterError, type FilteredRun, runFilter } from '../protocol/run-filter.ts'
import type { Run } from '../store/rows.ts'
import type { RunFilter, RunPlace, RunStore } from '../store/store.ts'
import { wallClock } from '../store/wall-clock.ts'
import { option } from './command.ts'
import { runIds } from './named-run.ts'

export const whereOption = option(text(), {
  value: 'filter',
  help: "only runs of which this is true, such as 'valAccuracy > 0.9 and tag:baseline and started > yesterday'",
})

type Test = (run: FilteredRun) => boolean

/** Reads a filter before anything is opened; `null` without one. Throws a `UsageError` that points at the word that is wrong. */
export function whereTest(where: string | undefined): Test | null {
  if (where === undefined) return null
  try {
    return runFilter(where, { measures: [...epochMeasures, ...testMeasures], now: wallClock() })
  } catch (error) {
    throw error instanceof FilterError ? new UsageError(`--where: ${error.pointed}`) : error
  }
}

/**
 * The ids of the runs that are named, or of which a filter is true among those of a place, before anything is done to the first. Throws a
 * `UsageError` unless exactly one of both is given.
 */
export async function chosenRuns(
  store: RunStore,
  {
    runs,
    where,
    place,
  }: { readonly runs: readonly string[]; readonly where: string | undefined; readonly place: RunPlace },
): Promise<readonly string[]> {
  if ((where === undefined) === (runs.length === 0))
    throw new UsageError("Name runs, or choose them with --where 'status = failed'.")
  if (where === undefined) return runIds(store, runs, place)
  return (await runsWhere(store, { place }, whereTest(where))).map(({ id }) => id)
}

/** The runs of a list of which a filter is true; all of them without one. */
export async function runsWhere(store: RunStore, list: RunFilter, test: Test | null): Promise<Run[]> {
  // The store alone reads no more runs than the limit.
  if (!test) return store.list(list)
  const { limit, ...filter } = list
  const tags = await store.allTags()
  const runs = await store.list(filter)
  return runs.filter(run => test({ ...run, tags: tags.get(run.id) ?? [] })).slice(0, limit)
}
