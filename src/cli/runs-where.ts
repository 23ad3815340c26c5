import { UsageError } from '../base/errors.ts'
import { text } from '../base/schema.ts'
import { epochMeasures, testMeasures } from '../nn/metrics/index.ts'
import { FilterError, type FilteredRun, runFilter } from '../protocol/run-filter.ts'
import type { Run } from '../store/rows.ts'
import type { RunFilter, RunStore } from '../store/store.ts'
import { wallClock } from '../store/wall-clock.ts'
import { option } from './command.ts'

export const whereOption = option(text(), {
  value: 'filter',
  help: "only runs of which this is true, such as 'valAccuracy > 0.9 and tag:baseline and started > yesterday'",
})

type Test = (run: FilteredRun) => boolean

/** Reads a filter before anything is opened; left out: every run. Throws a `UsageError` that points at the word that is wrong. */
export function whereTest(where: string | undefined): Test {
  try {
    return runFilter(where ?? '', { measures: [...epochMeasures, ...testMeasures], now: wallClock() })
  } catch (error) {
    throw error instanceof FilterError ? new UsageError(`--where: ${error.pointed}`) : error
  }
}

/** The runs of a list of which a filter is true. */
export async function runsWhere(
  store: RunStore,
  { limit, ...filter }: RunFilter,
  test: Test,
): Promise<Run[]> {
  const tags = await store.allTags()
  const runs = await store.list(filter)
  return runs.filter(run => test({ ...run, tags: tags.get(run.id) ?? [] })).slice(0, limit)
}
