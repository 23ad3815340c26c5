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
  columns: readonly Column[],
  {
    valueIn,
    isHot,
  }: { readonly valueIn: (line: T, column: Column) => string | number | null; readonly isHot: boolean },
): (line: T, column: Column) => CellLook | null {
  const scales = new Map<string, { readonly best: number; readonly from: number; readonly to: number }>()
  for (const column of columns) {
    if (!column.better) continue
    const values = lines
      .map(line => valueIn(line, column))
      .filter(isMeasured)
      .sort((a, b) => a - b)
    // If there is one value, or all are equal, none of them is better.
    if (values.length < 2 || values[0] === values.at(-1)) continue
    const tail = Math.floor(TAIL * values.length)
    const [low, high] = [values[tail]!, values[values.length - 1 - tail]!]
    const isMore = column.better === 'more'
    scales.set(column.id, {
      best: isMore ? values.at(-1)! : values[0]!,
      from: isMore ? low : high,
      to: isMore ? high : low,
    })
  }
  return (line, column) => {
    const scale = scales.get(column.id)
    const value = scale && valueIn(line, column)
    if (!scale || !isMeasured(value)) return null
    const { best, from, to } = scale
    const share = from === to ? 0.5 : Math.min(1, Math.max(0, (value - from) / (to - from)))
    return { isBest: value === best, heat: isHot ? Math.round(20 * share) / 20 : undefined }
  }
}

function isMeasured(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
