import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { Link } from '../router.tsx'
import type { Column, Group } from './columns.ts'
import { Status } from './status.tsx'

const ROW = 30
/** Beyond what is seen, so that scrolling shows no holes. */
const SPARE = 12

interface Order {
  readonly column: string
  readonly descending: boolean
}

export interface RunTableProps {
  /** Runs, or groups of them. */
  readonly lines: readonly (RunRow | Group)[]
  readonly columns: readonly Column[]
  readonly order: Order
  readonly onOrder: (order: Order) => void
  readonly selected: ReadonlySet<string>
  readonly onSelect: (ids: readonly string[], on: boolean) => void
}

/** The page holds only the rows that are visible, as there may be thousands. */
export function RunTable({ lines, columns, order, onOrder, selected, onSelect }: RunTableProps) {
  const place = useRef<HTMLElement>(null)
  const { first, count } = useWindow(place, lines.length)
  const shown = lines.slice(first, first + count)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without a mouse, you scroll it with the arrow keys.
    <section className="run-table" ref={place} tabIndex={0} aria-label="Runs">
      <table aria-rowcount={lines.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th className="tick">
              <span className="unseen">Show curves</span>
            </th>
            {columns.map(column => (
              <Head key={column.id} column={column} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space height={first * ROW} span={columns.length + 1} />
          {shown.map((line, i) => (
            <Line key={keyOf(line)} line={line} index={first + i} {...{ columns, selected, onSelect }} />
          ))}
          <Space height={(lines.length - first - shown.length) * ROW} span={columns.length + 1} />
        </tbody>
      </table>
    </section>
  )
}

const rowsOf = (line: RunRow | Group): readonly RunRow[] => ('rows' in line ? line.rows : [line])
const keyOf = (line: RunRow | Group): string => rowsOf(line)[0]!.id

function useWindow(place: { readonly current: HTMLElement | null }, total: number) {
  const [seen, setSeen] = useState({ first: 0, count: 60 })
  useEffect(() => {
    const box = place.current!
    const measure = (): void => {
      const first = Math.max(0, Math.floor(box.scrollTop / ROW) - SPARE)
      const count = Math.ceil(box.clientHeight / ROW) + 2 * SPARE
      // Every tenth row is soon enough.
      setSeen(before =>
        Math.abs(before.first - first) < 6 && before.count === count ? before : { first, count },
      )
    }
    const observer = new ResizeObserver(measure)
    observer.observe(box)
    box.addEventListener('scroll', measure, { passive: true })
    return () => {
      observer.disconnect()
      box.removeEventListener('scroll', measure)
    }
  }, [place])
  const first = Math.max(0, Math.min(seen.first, total - seen.count))
  return { first, count: seen.count }
}

function Space({ height, span }: { readonly height: number; readonly span: number }) {
  if (height <= 0) return null
  return (
    <tr className="space">
      <td colSpan={span} style={{ height }} />
    </tr>
  )
}

function Head({ column, order, onOrder }: { column: Column; order: Order; onOrder: (order: Order) => void }) {
  const isOrder = order.column === column.id
  const next = isOrder ? !order.descending : column.isNumber === true || column.id === 'createdAt'
  return (
    <th
      scope="col"
      className={column.isNumber ? 'number' : undefined}
      aria-sort={isOrder ? (order.descending ? 'descending' : 'ascending') : undefined}
      style={{ minWidth: `${column.width}ch` }}
    >
      <button
        type="button"
        className="plain"
        onClick={() => onOrder({ column: column.id, descending: next })}
      >
        {column.name}
        <span aria-hidden="true">{isOrder ? (order.descending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  )
}

function Line({
  line,
  index,
  columns,
  selected,
  onSelect,
}: {
  readonly line: RunRow | Group
  readonly index: number
} & Pick<RunTableProps, 'columns' | 'selected' | 'onSelect'>) {
  const rows = rowsOf(line)
  const ids = rows.map(({ id }) => id)
  const isOn = ids.every(id => selected.has(id))
  const [{ experiment, model, seed }] = rows as readonly [RunRow]
  const what =
    rows.length > 1 || 'rows' in line ? `${experiment} ${model}, all seeds` : `${experiment} ${model} ${seed}`
  return (
    <tr aria-rowindex={index + 2} className={isOn ? 'on' : undefined}>
      <td className="tick">
        <input
          type="checkbox"
          aria-label={`Show the curves of ${what}`}
          checked={isOn}
          onChange={event => onSelect(ids, event.target.checked)}
        />
      </td>
      {columns.map(column => (
        <td key={column.id} className={column.isNumber ? 'number' : undefined}>
          {contentOf(line, column)}
        </td>
      ))}
    </tr>
  )
}

function contentOf(line: RunRow | Group, column: Column): ReactNode {
  if ('rows' in line) {
    const [first] = line.rows
    if (column.id === 'status' && line.rows.every(({ status }) => status === first!.status)) {
      return <Status status={first!.status} />
    }
    if (column.id === 'model' && line.rows.length === 1)
      return <Link href={`/runs/${first!.id}`}>{first!.model}</Link>
    return line.text(column)
  }
  if (column.id === 'status') {
    return (
      <>
        <Status status={line.status} />
        {line.reason !== null && (
          <span className="quiet" title={line.reason}>
            {' '}
            {line.reason}
          </span>
        )}
      </>
    )
  }
  if (column.id === 'model' || column.id === 'id')
    return <Link href={`/runs/${line.id}`}>{column.text(line)}</Link>
  if (column.id === 'tags') {
    return line.tags.map(tag => (
      <span className="tag" key={tag}>
        {tag}
      </span>
    ))
  }
  return column.text(line)
}
