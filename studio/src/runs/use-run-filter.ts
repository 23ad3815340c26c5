import { useMemo, useRef } from 'react'
import { measuresOf } from '../../../src/protocol/metric.ts'
import { FilterError, type FilteredRun, runFilter } from '../../../src/protocol/run-filter.ts'
import { useRuns } from '../stream/stream.ts'

type Test = (run: FilteredRun) => boolean

/** The test that a filter's text stands for. While a text cannot be read, the one before it holds. */
export function useRunFilter(text: string): { readonly test: Test; readonly fault: FilterError | null } {
  const { metrics } = useRuns()
  const last = useRef<Test>(() => true)
  return useMemo(() => {
    const measures = measuresOf(metrics, ['training', 'validation', 'remeasured', 'test'])
    try {
      last.current = runFilter(text, { measures, now: Date.now() })
      return { test: last.current, fault: null }
    } catch (error) {
      if (!(error instanceof FilterError)) throw error
      return { test: last.current, fault: error }
    }
  }, [text, metrics])
}
