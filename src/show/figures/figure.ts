import type { ChartPanel } from '../../protocol/section.ts'
import { type Table, tableOf } from '../../protocol/table.ts'
import type { Theme } from '../chart.ts'
import type { Picture } from '../picture.ts'

/** A picture that can stand in a report, and the numbers that it draws. */
export interface Figure {
  /** The name of its files. */
  readonly name: string
  /** What it shows and of what, in sentences that need no text around them. */
  readonly caption: string
  readonly draw: (theme: Theme) => Picture
  readonly data: Table
}

/** A table with what stands above it. */
export interface CaptionedTable {
  readonly name: string
  readonly caption: string
  readonly table: Table
}

/** Text in a fixed width: code, or what another program prints. */
export interface Listing {
  readonly name: string
  readonly caption: string
  readonly text: string
  /** How the name of its file ends; left out: `txt`. */
  readonly extension?: string
}

/** A point of a line, with where it belongs. */
export interface Point {
  readonly panel: string
  readonly line: string
  readonly x: string | number
  readonly y: number | null
}

/** The numbers of a chart, a row for each point. */
export function pointsTable(points: readonly Point[]): Table {
  return tableOf(points, [
    ['panel', 'Panel', ({ panel }) => panel],
    ['line', 'Line', ({ line }) => line],
    ['x', 'x', ({ x }) => x],
    ['y', 'y', ({ y }) => y],
  ])
}

/** The points of panels of shares. */
export function panelPoints(panels: readonly ChartPanel[]): Table {
  return pointsTable(
    panels.flatMap(({ title, lines }) =>
      lines.flatMap(({ name, points }) => points.map(([x, y]) => ({ panel: title, line: name, x, y }))),
    ),
  )
}

/** A model's name as part of a file's: letters, digits, `-`, `_` and `.`. */
export function fileName(name: string): string {
  return name.replaceAll(/[^\w.-]+/g, '-')
}
