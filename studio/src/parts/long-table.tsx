import { type ReactNode, useEffect, useRef, useState } from 'react'
import './long-table.css'

const ROW = 30
/** Beyond what is seen, so that scrolling shows no holes. */
const SPARE = 12

export interface Order {
  readonly column: string
  readonly descending: boolean
}

/** A column as the table's head shows it. */
export interface HeadColumn {
  readonly id: string
  readonly name: string
  /** Characters, about. */
  readonly width: number
  readonly isNumber?: boolean
  /** The first click puts the largest first. */
  readonly isDescending?: boolean
}

export interface LongTableProps<T, C extends HeadColumn> {
  readonly label: string
  /** In the order in which they stand. */
  readonly items: readonly T[]
  readonly columns: readonly C[]
  readonly keyOf: (item: T) => string
  readonly cell: (item: T, column: C) => ReactNode
  readonly order: Order
  readonly onOrder: (order: Order) => void
  /** What the boxes at the front of the rows are for. */
  readonly tickTitle: string
  readonly tickLabel: (item: T) => string
  readonly isTicked: (item: T) => boolean
  readonly onTick: (item: T, isOn: boolean) => void
}

/** A table that can be sorted and ticked. The page holds only the rows that are visible, as there may be thousands. */
export function LongTable<T, C extends HeadColumn>(props: LongTableProps<T, C>) {
  const { label, items, columns, keyOf, order, onOrder, tickTitle } = props
  const place = useRef<HTMLElement>(null)
  const { first, count } = useWindow(place, items.length)
  const shown = items.slice(first, first + count)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without a mouse, you scroll it with the arrow keys.
    <section className="long-table" ref={place} tabIndex={0} aria-label={label}>
      <table aria-rowcount={items.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th className="tick">
              <span className="unseen">{tickTitle}</span>
            </th>
            {columns.map(column => (
              <Head key={column.id} column={column} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space height={first * ROW} span={columns.length + 1} />
          {shown.map((item, i) => (
            <Line key={keyOf(item)} item={item} index={first + i} {...props} />
          ))}
          <Space height={(items.length - first - shown.length) * ROW} span={columns.length + 1} />
        </tbody>
      </table>
    </section>
  )
}

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

function Head({
  column,
  order,
  onOrder,
}: {
  readonly column: HeadColumn
  readonly order: Order
  readonly onOrder: (order: Order) => void
}) {
  const isOrder = order.column === column.id
  const next = isOrder ? !order.descending : (column.isDescending ?? column.isNumber === true)
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

function Line<T, C extends HeadColumn>({
  item,
  index,
  columns,
  cell,
  tickLabel,
  isTicked,
  onTick,
}: LongTableProps<T, C> & { readonly item: T; readonly index: number }) {
  const isOn = isTicked(item)
  return (
    <tr aria-rowindex={index + 2} className={isOn ? 'on' : undefined}>
      <td className="tick">
        <input
          type="checkbox"
          aria-label={tickLabel(item)}
          checked={isOn}
          onChange={event => onTick(item, event.target.checked)}
        />
      </td>
      {columns.map(column => (
        <td key={column.id} className={column.isNumber ? 'number' : undefined}>
          {cell(item, column)}
        </td>
      ))}
    </tr>
  )
}
