import { memo, type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import './long-table.css'

const ROW = 30
/** Beyond what is seen, so that scrolling shows no holes. */
const SPARE = 8

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
  /** It stays in sight when the table is scrolled sideways; such columns stand first. */
  readonly isPinned?: boolean
}

/** How a cell stands out among those of its column. */
export interface CellLook {
  /** From 0 to 1; left out: no colour. */
  readonly heat?: number | undefined
  readonly isBest: boolean
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
  /** One of them, or a range: from the one ticked last to the one that is clicked with Shift. */
  readonly onTick: (items: readonly T[], isOn: boolean) => void
  readonly lookOf?: ((item: T, column: C) => CellLook | null) | undefined
  /** The row that keys act on; it is kept in sight. */
  readonly cursor?: number | null
}

/** A table that can be sorted and ticked. The page holds only the rows that are visible, as there may be thousands. */
export function LongTable<T, C extends HeadColumn>(props: LongTableProps<T, C>) {
  const { label, items, columns, keyOf, order, onOrder, tickTitle, isTicked, onTick, cursor = null } = props
  const { cell, tickLabel, lookOf } = props
  const place = useRef<HTMLElement>(null)
  const last = useRef<string | null>(null)
  const lefts = usePinned(place, columns)
  useEffect(() => {
    if (cursor !== null) reveal(place.current!, cursor)
  }, [cursor])
  const tick = (index: number, isOn: boolean, isRange: boolean): void => {
    const before = isRange ? items.findIndex(item => keyOf(item) === last.current) : -1
    const [from, to] = before < 0 ? [index, index] : [Math.min(before, index), Math.max(before, index)]
    last.current = keyOf(items[index]!)
    onTick(items.slice(from, to + 1), isOn)
  }
  const latest = useRef(tick)
  latest.current = tick
  // The same function each time: a row is drawn again only when something of it has changed.
  const onTickAt = useCallback<typeof tick>((...asked) => latest.current(...asked), [])
  const areAllTicked = items.length > 0 && items.every(isTicked)
  const { first, count } = useWindow(place, items.length)
  const shown = items.slice(first, first + count)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without a mouse, you scroll it with the arrow keys.
    <section className="long-table" ref={place} tabIndex={0} aria-label={label}>
      <table aria-rowcount={items.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th className="tick">
              <input
                type="checkbox"
                aria-label={`${tickTitle}: all`}
                checked={areAllTicked}
                disabled={items.length === 0}
                onChange={() => onTick(items, !areAllTicked)}
              />
            </th>
            {columns.map(column => (
              <Head
                key={column.id}
                column={column}
                order={order}
                onOrder={onOrder}
                left={lefts.get(column.id)}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space height={first * ROW} span={columns.length + 1} />
          {shown.map((item, i) => (
            <Line
              key={keyOf(item)}
              {...{ item, columns, cell, tickLabel, lefts }}
              index={first + i}
              isOn={isTicked(item)}
              isCursor={first + i === cursor}
              looks={columns.map(column => lookOf?.(item, column) ?? null)}
              onTick={onTickAt}
            />
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

/** How far from the left edge each pinned column stays: as wide as the columns before it are. */
function usePinned(
  place: { readonly current: HTMLElement | null },
  columns: readonly HeadColumn[],
): ReadonlyMap<string, number> {
  const [lefts, setLefts] = useState<ReadonlyMap<string, number>>(new Map())
  const pinned = columns.filter(({ isPinned }) => isPinned).map(({ id }) => id)
  const key = pinned.join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key names the columns.
  useLayoutEffect(() => {
    const heads = [...place.current!.querySelectorAll<HTMLElement>('thead th')]
    const measure = (): void => {
      let left = 0
      const found = new Map<string, number>()
      for (const [i, id] of pinned.entries()) {
        left += heads[i]!.offsetWidth
        found.set(id, left)
      }
      setLefts(found)
    }
    measure()
    if (pinned.length === 0) return
    const observer = new ResizeObserver(measure)
    for (const head of heads.slice(0, pinned.length)) observer.observe(head)
    return () => observer.disconnect()
  }, [key, place])
  return lefts
}

/** Scrolls as little as it takes to show a row under the head. */
function reveal(box: HTMLElement, index: number): void {
  const [top, bottom] = [index * ROW, (index + 2) * ROW]
  if (top < box.scrollTop) box.scrollTop = top
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight
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
  left,
}: {
  readonly column: HeadColumn
  readonly order: Order
  readonly onOrder: (order: Order) => void
  readonly left: number | undefined
}) {
  const isOrder = order.column === column.id
  const next = isOrder ? !order.descending : (column.isDescending ?? column.isNumber === true)
  return (
    <th
      scope="col"
      className={classesOf(column)}
      aria-sort={isOrder ? (order.descending ? 'descending' : 'ascending') : undefined}
      style={{ minWidth: `${column.width}ch`, left }}
    >
      <button
        type="button"
        className="plain"
        onClick={() => onOrder({ column: column.id, descending: next })}
      >
        {column.name}
        {isOrder && <span aria-hidden="true">{order.descending ? '↓' : '↑'}</span>}
      </button>
    </th>
  )
}

function classesOf({ isNumber, isPinned }: HeadColumn, look: CellLook | null = null): string | undefined {
  const names = [isNumber && 'number', isPinned && 'pinned', look?.isBest && 'best']
  return names.filter(Boolean).join(' ') || undefined
}

interface LineProps<T, C extends HeadColumn>
  extends Pick<LongTableProps<T, C>, 'columns' | 'cell' | 'tickLabel'> {
  readonly item: T
  readonly index: number
  readonly isOn: boolean
  readonly isCursor: boolean
  /** One for each column. */
  readonly looks: readonly (CellLook | null)[]
  readonly lefts: ReadonlyMap<string, number>
  readonly onTick: (index: number, isOn: boolean, isRange: boolean) => void
}

/** Fifty runs that go on change fifty rows a second; the others stay as they are. */
const Line = memo(TableLine, isSameLine) as typeof TableLine

function isSameLine(a: LineProps<unknown, HeadColumn>, b: LineProps<unknown, HeadColumn>): boolean {
  const { looks, ...rest } = a
  return (
    Object.entries(rest).every(([name, value]) => value === b[name as keyof typeof rest]) &&
    looks.every((look, i) => look?.heat === b.looks[i]?.heat && look?.isBest === b.looks[i]?.isBest)
  )
}

function TableLine<T, C extends HeadColumn>({
  item,
  index,
  columns,
  cell,
  tickLabel,
  isOn,
  isCursor,
  looks,
  lefts,
  onTick,
}: LineProps<T, C>) {
  return (
    <tr aria-rowindex={index + 2} className={isOn ? 'on' : undefined} data-cursor={isCursor}>
      <td className="tick">
        <input
          type="checkbox"
          aria-label={tickLabel(item)}
          checked={isOn}
          // The browser's own event of a change is a click, which has the keys that are held.
          onChange={event => onTick(index, event.target.checked, (event.nativeEvent as MouseEvent).shiftKey)}
        />
      </td>
      {columns.map((column, i) => {
        const look = looks[i] ?? null
        const heat = look?.heat
        return (
          <td
            key={column.id}
            className={classesOf(column, look)}
            data-heat={heat !== undefined}
            style={{ left: lefts.get(column.id), ...(heat !== undefined && { '--heat': heat }) } as object}
          >
            {cell(item, column)}
            {look?.isBest && (
              <span className="best-mark" title="The best of this column">
                <span aria-hidden="true"> ★</span>
                <span className="unseen"> (best)</span>
              </span>
            )}
          </td>
        )
      })}
    </tr>
  )
}
