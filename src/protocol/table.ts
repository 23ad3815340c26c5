/** A number or a text as machines read it; `null`: not known. */
export type Value = string | number | null

/** A value with more than its own text: what people read, and what it leads to. */
export interface Cell {
  readonly value: Value
  /** What people read in place of the value; line feeds break the line where there is room for it. */
  readonly text?: string
  /** The runs behind the value, each with its own text. */
  readonly runs?: readonly { readonly id: string; readonly text: string }[]
  /** Numbers: a difference between two ends, drawn on an axis from `-reach` to `reach`. */
  readonly span?: {
    readonly low: number
    readonly value: number
    readonly high: number
    readonly reach: number
  }
  /** How much of its colour the cell has, from 0 to 1. */
  readonly shade?: number
  readonly tone?: Tone
}

/** What a text is coloured by: good news, bad news, or less important than its neighbours. */
export type Tone = 'good' | 'bad' | 'quiet'

interface Column {
  /** The name in JSON and CSV. */
  readonly key: string
  readonly title: string
  /** How people are shown a number; CSV and JSON have all of its digits. */
  readonly show?: (value: number) => string
  /** What the column means, in a sentence. */
  readonly note?: string
  /** Left out where there is no room, the last of them first. */
  readonly optional?: boolean
  /** Never cut, as an id or a word of which every letter counts. */
  readonly whole?: boolean
}

/** Rows that are shown as text, HTML and in the studio, and written as CSV and JSON. */
export interface Table {
  readonly columns: readonly Column[]
  readonly rows: readonly Readonly<Record<string, Value | Cell>>[]
}

/** A column and what stands in it. The last part is how a number is shown, or all that there is to say of the column. */
export type ColumnOf<T> = readonly [
  key: string,
  title: string,
  /** Left out, or `null`: not known. */
  cell: (row: T) => Value | Cell | undefined,
  about?: Column['show'] | Omit<Column, 'key' | 'title'>,
]

/**
 * A table from one declaration for each column.
 *
 * @example
 * tableOf([{ name: 'cat', n: 2 }], [['class', 'Class', ({ name }) => name], ['images', 'Images', ({ n }) => n]]).rows // [{ class: 'cat', images: 2 }]
 */
export function tableOf<T>(rows: readonly T[], columns: readonly ColumnOf<T>[]): Table {
  return {
    columns: columns.map(([key, title, , about]) => ({
      key,
      title,
      ...(typeof about === 'function' ? { show: about } : about),
    })),
    rows: rows.map(row => Object.fromEntries(columns.map(([key, , cell]) => [key, cell(row) ?? null]))),
  }
}

/** A table with the text of every cell. */
export interface ShownTable {
  readonly columns: readonly (Column & { readonly isNumber: boolean })[]
  readonly rows: readonly (readonly (Cell & { readonly text: string })[])[]
}

/**
 * A table as people see it: without the columns that are unknown in every row; a table without rows keeps its titles.
 *
 * @example
 * shownTable({ columns: [{ key: 'a', title: 'A' }, { key: 'b', title: 'B' }], rows: [{ a: 1 }] }).rows // [[{ value: 1, text: '1' }]]
 */
export function shownTable({ columns, rows }: Table): ShownTable {
  const knownOf = ({ key }: Column): Cell[] =>
    rows.map(row => cellOf(row[key])).filter(({ value }) => value !== null)
  const filled = columns.filter(column => knownOf(column).length > 0)
  const shown = (filled.length > 0 ? filled : columns).map(column => {
    const known = knownOf(column)
    const isNumber = known.length > 0 && known.every(({ value, span }) => typeof value === 'number' || span)
    return { ...column, isNumber }
  })
  return {
    columns: shown,
    rows: rows.map(row =>
      shown.map(({ key, show = String }) => {
        const cell = cellOf(row[key])
        const { value } = cell
        const text = value === null ? '–' : typeof value === 'number' ? show(value) : value
        return { text, ...cell }
      }),
    ),
  }
}

/** What stands in a row for a column; left out is not known. */
export function cellOf(cell: Value | Cell | undefined): Cell {
  return typeof cell === 'object' && cell !== null ? cell : { value: cell ?? null }
}
