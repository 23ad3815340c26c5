import type { ReactNode } from 'react'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { type CellLook, LongTable, type Order } from '../parts/long-table.tsx'
import { Link } from '../router.tsx'
import type { Column, Group } from './columns.ts'
import { Status } from './status.tsx'

/** Runs, or groups of them; those whose curves are shown are ticked. */
export function RunTable({
  lines,
  columns,
  order,
  onOrder,
  selected,
  onSelect,
  lookOf,
  cursor,
}: {
  readonly lines: readonly (RunRow | Group)[]
  readonly columns: readonly Column[]
  readonly order: Order
  readonly onOrder: (order: Order) => void
  readonly selected: ReadonlySet<string>
  readonly onSelect: (ids: readonly string[], on: boolean) => void
  readonly lookOf: (line: RunRow | Group, column: Column) => CellLook | null
  readonly cursor: number | null
}) {
  return (
    <LongTable
      label="Runs"
      items={lines}
      columns={columns}
      keyOf={keyOf}
      cell={contentOf}
      order={order}
      onOrder={onOrder}
      tickTitle="Show curves"
      tickLabel={tickLabel}
      isTicked={line => rowsOf(line).every(({ id }) => selected.has(id))}
      onTick={(ticked, isOn) =>
        onSelect(
          ticked.flatMap(line => rowsOf(line).map(({ id }) => id)),
          isOn,
        )
      }
      lookOf={lookOf}
      cursor={cursor}
    />
  )
}

const rowsOf = (line: RunRow | Group): readonly RunRow[] => ('rows' in line ? line.rows : [line])
const keyOf = (line: RunRow | Group): string => rowsOf(line)[0]!.id

function tickLabel(line: RunRow | Group): string {
  const [{ experiment, model, seed }] = rowsOf(line) as readonly [RunRow]
  return `Show the curves of ${experiment} ${model}${'rows' in line ? ', all seeds' : ` ${seed}`}`
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
          <span className="quiet reason" title={line.reason}>
            {line.reason}
          </span>
        )}
      </>
    )
  }
  if (column.id === 'model' || column.id === 'id' || (column.id === 'name' && line.name))
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
