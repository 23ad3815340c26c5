import { boundedJson } from '../../base/json.ts'
import { measuredOf } from '../../protocol/json.ts'

/** A row with its NaN as numbers, and its metrics as an object, again. */
export function measured(row: unknown): unknown {
  const cells = row as Record<string, unknown>
  for (const [name, value] of Object.entries(cells))
    if (value === 'NaN' || name === 'metrics') cells[name] = measuredOf(name, parsed(name, value))
  return cells
}

const MAX_METRICS = 100_000

/** What is no JSON stays as it is, for the checks of `cells.ts`. */
function parsed(name: string, value: unknown): unknown {
  if (name !== 'metrics' || typeof value !== 'string') return value
  try {
    return boundedJson(value, MAX_METRICS)
  } catch {
    return value
  }
}
