import type { ReactNode } from 'react'
import { type Cell, shownTable, type Table } from '../../../src/protocol/table.ts'
import { Take } from '../charts/chart-card.tsx'
import { drawingOf, hasDrawing } from '../charts/figure-options.ts'
import { Link } from '../router.tsx'
import { Forest } from './forest.tsx'
import { Wide } from './wide.tsx'
import './table-view.css'

/** What a click on cells chooses. */
export interface Pick {
  /** Whether a cell can be chosen; the first column is 0. */
  canPick(row: number, column: number): boolean
  isChosen(row: number, column: number): boolean
  onPick(row: number, column: number): void
  /** What a cell is, where its text alone does not say it. */
  label?(row: number, column: number): string
}

/** A table, with its names in the first column; some of its cells can be chosen. */
export function TableView({
  table,
  title,
  pick,
  className = 'plain-table numbers named',
}: {
  readonly table: Table
  /** The title of its card: a menu then takes its figure away. */
  readonly title?: string | undefined
  readonly pick?: Pick
  readonly className?: string
}) {
  const { columns, rows } = shownTable(table)
  const content = (cell: Cell & { readonly text: string }, row: number, column: number): ReactNode =>
    pick?.canPick(row, column) ? (
      <button
        type="button"
        className="plain"
        aria-pressed={pick.isChosen(row, column)}
        aria-label={pick.label?.(row, column)}
        onClick={() => pick.onPick(row, column)}
      >
        {cell.text}
      </button>
    ) : (
      <CellText cell={cell} name={rows[row]![0]!.text} />
    )
  return (
    <>
      {title !== undefined && hasDrawing(table) && (
        <div className="card-take">
          <Take title={title} drawing={palette => drawingOf(table, palette)} />
        </div>
      )}
      <Wide>
        <table className={className}>
          <thead>
            <tr>
              {columns.map(({ key, title, isNumber }) =>
                title === '' ? (
                  <td key={key} />
                ) : (
                  <th scope="col" key={key} className={isNumber ? undefined : 'left'}>
                    <span>{title}</span>
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells, row) => (
              // Rows have no names of their own, and their order is that of the table.
              // biome-ignore lint/suspicious/noArrayIndexKey: see above
              <tr key={row} className={pick?.isChosen(row, 0) ? 'on' : undefined}>
                {cells.map((cell, column) => {
                  const { key, isNumber } = columns[column]!
                  const { tone = '', shade } = cell
                  const kind = [isNumber ? '' : 'left', shade === undefined ? tone : ''].join(' ').trim()
                  const hue = tone === '' ? '--measure' : `--${tone}`
                  const background =
                    shade === undefined
                      ? undefined
                      : `color-mix(in srgb, var(${hue}) ${Math.round(42 * shade)}%, transparent)`
                  return column === 0 ? (
                    <th scope="row" key={key}>
                      {content(cell, row, column)}
                    </th>
                  ) : (
                    <td key={key} className={kind || undefined} style={{ background }}>
                      {content(cell, row, column)}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
        {columns.map(
          ({ key, note }) =>
            note && (
              <p className="quiet" key={key}>
                {note}
              </p>
            ),
        )}
      </Wide>
    </>
  )
}

function CellText({
  cell: { text, runs, span },
  name,
}: {
  readonly cell: Cell & { readonly text: string }
  readonly name: string
}) {
  if (runs) {
    return runs.map((run, i) => (
      <span key={run.id}>
        {i > 0 && ', '}
        <Link href={`/runs/${run.id}`}>{run.text}</Link>
      </span>
    ))
  }
  return (
    <>
      {text}
      {span && <Forest {...span} label={`${name}: ${text}`} />}
    </>
  )
}
