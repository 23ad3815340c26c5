import { UsageError } from '../../base/errors.ts'
import { custom, type Field, type Pair, show } from '../../base/schema.ts'

/** `[[top, bottom], [left, right]]` */
export type Borders = readonly [Pair, Pair]

/** A border of both sides from a number or a pair; `null` where it is neither. */
function sidesOf(value: unknown): Pair | null {
  const both: unknown = typeof value === 'number' ? [value, value] : value
  const fits = Array.isArray(both) && both.length === 2 && both.every(n => Number.isSafeInteger(n) && n >= 0)
  return fits ? Object.freeze([both[0], both[1]] as const) : null
}

/** An option with the steps before and after a sequence. */
export function border(fallback: number): Field<number | Pair, Pair> {
  return custom<number | Pair, Pair>(Object.freeze([fallback, fallback] as const), (value, path) => {
    const sides = sidesOf(value)
    if (sides) return sides
    throw new UsageError(
      `${path} must be a whole number of at least 0, or [before, after], not ${show(value)}.`,
    )
  })
}

/** An option with the rows and columns at the sides of an image. */
export function borders(fallback: number): Field<number | readonly [number | Pair, number | Pair], Borders> {
  const both = (rows: Pair, columns: Pair): Borders => Object.freeze([rows, columns] as const)
  const one = sidesOf(fallback)!
  return custom<number | readonly [number | Pair, number | Pair], Borders>(both(one, one), (value, path) => {
    const axes: readonly unknown[] = Array.isArray(value) ? value : [value, value]
    const [rows, columns] = axes.map(sidesOf)
    if (axes.length === 2 && rows && columns) return both(rows, columns)
    throw new UsageError(
      `${path} must be a whole number of at least 0, [vertical, horizontal] or [[top, bottom], [left, right]], not ` +
        `${show(value)}.`,
    )
  })
}
