import { useMemo } from 'react'
import type { RunParameters, RunRow } from '../../../src/protocol/studio.ts'
import { send } from '../api.ts'
import { useLoaded } from '../parts/use-loaded.ts'
import { limitsOf, within } from '../points/axes.ts'
import { useRuns } from '../stream/stream.ts'
import type { ListChoice } from './list-choice.ts'
import { type RunAxes, runAxes } from './run-axes.ts'

const PATH = '/parameters'

/** The axes that runs can be drawn over, where charts need them, and the runs within the limits of parallel coordinates. */
export function useRunAxes(
  rows: readonly RunRow[],
  charts: ListChoice['charts'],
  query: URLSearchParams,
): {
  readonly axes: RunAxes | null
  readonly found: readonly RunRow[]
  readonly error: Error | null
} {
  const { rows: listed, shelved, metrics } = useRuns()
  const isNeeded = charts !== 'curves'
  // All runs are counted: a filter changes with each letter, and must not ask again.
  const configurations = useMemo(
    () =>
      isNeeded ? new Set([...(listed ?? []), ...shelved].map(({ configuration }) => configuration)).size : 0,
    [listed, shelved, isNeeded],
  )
  const { data, error } = useLoaded<RunParameters>(
    isNeeded ? PATH : null,
    signal => send('GET', PATH, undefined, signal),
    { again: configurations },
  )
  const axes = useMemo(
    () => (data && isNeeded ? runAxes(rows, data, metrics) : null),
    [rows, data, metrics, isNeeded],
  )
  const asked = query.toString()
  const found = useMemo(() => {
    if (!axes || charts !== 'parallel') return rows
    const all = [...axes.parameters, ...axes.measures]
    return within(rows, all, limitsOf(new URLSearchParams(asked), all))
  }, [rows, axes, charts, asked])
  return { axes, found, error: isNeeded ? error : null }
}
