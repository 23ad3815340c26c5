import type { CellLook } from '../parts/long-table.tsx'
import type { Column } from './columns.ts'

/** A value this many times as far from the best as the middle one sets no scale: a diverged run must not turn the others into one colour. */
const FAR = 6

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
  const [low, high] = [Math.min(...values), Math.max(...values)]
  if (values.length < 2 || low === high) return null
  const best = better === 'more' ? high : low
  const distances = Float64Array.from(values, value => Math.abs(value - best)).filter(one => one > 0)
  distances.sort()
  // The nearer one of two in the middle: half of the runs may have diverged.
  const far = FAR * distances[Math.floor((distances.length - 1) / 2)]!
  const reach = distances.findLast(one => one <= far)!
  return { best, from: better === 'more' ? best - reach : best + reach, to: best }
}

function isMeasured(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
