import type { CellLook } from '../parts/long-table.tsx'
import type { Column } from './columns.ts'

/** The share of values at each end that set no scale: one diverged run must not turn the others into one colour. */
const TAIL = 0.05

/**
 * How the cells of some lines stand out: the best of each measured column is marked, and where `isHot` is set, the better a number, the
 * stronger its colour. Columns without a good end have neither.
 */
export function looksOf<T>(
  lines: readonly T[],
  {
    valueIn,
    isHot,
  }: { readonly valueIn: (line: T, column: Column) => string | number | null; readonly isHot: boolean },
): (line: T, column: Column) => CellLook | null {
  // Columns that are not shown cost nothing.
  const scales = new Map<string, Scale | null>()
  const scaleOf = (column: Column): Scale | null => {
    const known = scales.get(column.id)
    if (known !== undefined) return known
    const scale = column.better
      ? scaleFor(lines.map(line => valueIn(line, column)).filter(isMeasured), column.better)
      : null
    scales.set(column.id, scale)
    return scale
  }
  return (line, column) => {
    const scale = scaleOf(column)
    const value = scale && valueIn(line, column)
    if (!scale || !isMeasured(value)) return null
    const { best, from, to } = scale
    const share = from === to ? 0.5 : Math.min(1, Math.max(0, (value - from) / (to - from)))
    return { isBest: value === best, heat: isHot ? Math.round(20 * share) / 20 : undefined }
  }
}

/** The best value of a column, and where its colours begin and end. */
interface Scale {
  readonly best: number
  readonly from: number
  readonly to: number
}

/** `null`: there is one value, or all are equal, so none of them is better. */
function scaleFor(values: readonly number[], better: 'more' | 'less'): Scale | null {
  const ordered = Float64Array.from(values).sort()
  if (ordered.length < 2 || ordered[0] === ordered.at(-1)) return null
  const tail = Math.floor(TAIL * ordered.length)
  const [low, high] = [ordered[tail]!, ordered[ordered.length - 1 - tail]!]
  return better === 'more'
    ? { best: ordered.at(-1)!, from: low, to: high }
    : { best: ordered[0]!, from: high, to: low }
}

function isMeasured(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
