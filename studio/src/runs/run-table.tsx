import type { ReactNode } from 'react'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { LongTable, type Order } from '../parts/long-table.tsx'
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
}: {
  readonly lines: readonly (RunRow | Group)[]
  readonly columns: readonly Column[]
  readonly order: Order
  readonly onOrder: (order: Order) => void
  readonly selected: ReadonlySet<string>
  readonly onSelect: (ids: readonly string[], on: boolean) => void
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
      onTick={(line, isOn) =>
        onSelect(
          rowsOf(line).map(({ id }) => id),
          isOn,
        )
      }
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
