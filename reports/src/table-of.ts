import type { DataTable } from 'heddle/show'

type ColumnOf<T> = readonly [
  key: string,
  title: string,
  /** What stands in a row; left out, or `null`: not known. */
  value: (row: T) => string | number | null | undefined,
  show?: (value: number) => string,
]

/** A table from one declaration for each column. */
export function tableOf<T>(rows: readonly T[], columns: readonly ColumnOf<T>[]): DataTable {
  return {
    columns: columns.map(([key, title, , show]) => ({ key, title, ...(show && { show }) })),
    rows: rows.map(row => Object.fromEntries(columns.map(([key, , value]) => [key, value(row) ?? null]))),
  }
}

/** Shows a number with this many digits after the point. */
export const fixed =
  (digits: number) =>
  (value: number): string =>
    value.toFixed(digits)
