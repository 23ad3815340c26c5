import { useDeferredValue, useEffect, useMemo, useRef } from 'react'
import { plural } from '../../../src/base/text.ts'
import { CurveCharts } from '../charts/curve-charts.tsx'
import { Menu } from '../design/menu.tsx'
import { Segmented } from '../design/segmented.tsx'
import { Check } from '../parts/controls.tsx'
import { NoRuns } from '../parts/network-page.tsx'
import { Link, setQuery } from '../router.tsx'
import { useRuns } from '../stream/stream.ts'
import { type Column, columnsOf, grouped, matching, sorted, usualColumns, withIds } from './columns.ts'
import { RunTable } from './run-table.tsx'

/** As many curves as can be told apart with some effort. */
const MOST_CURVES = 20

const STATUSES: Readonly<Record<string, string>> = {
  '': 'all',
  running: 'running',
  finished: 'finished',
  interrupted: 'interrupted',
  failed: 'failed',
}

/** All runs: what is chosen is in the address. */
export function RunList({ query }: { readonly query: URLSearchParams }) {
  const { rows, metrics } = useRuns()
  const columns = useMemo(() => columnsOf(metrics), [metrics])
  const usual = usualColumns(rows ?? [])
  const chosen = choiceOf(query, usual)
  const text = useDeferredValue(chosen.text)
  const { status, group, order } = chosen
  const lines = useMemo(() => {
    const column =
      columns.find(({ id }) => id === order.column) ?? columns.find(({ id }) => id === 'createdAt')!
    const found = matching(rows ?? [], text, status)
    return group
      ? sorted(grouped(found), one => one.value(column), order.descending)
      : sorted(found, column.value, order.descending)
  }, [rows, columns, text, status, group, order.column, order.descending])
  const search = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.target !== document.body) return
      event.preventDefault()
      search.current?.focus()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])

  if (rows === null) return <p className="quiet">Reading the store …</p>
  if (rows.length === 0) return <NoRuns title="No runs yet" />
  const live = rows.filter(run => run.status === 'running').map(({ id }) => id)
  // Without a choice, the running ones are shown.
  const ids = chosen.ids.size > 0 ? chosen.ids : new Set(live.length > 0 ? live : [rows[0]!.id])
  const drawn = rows.filter(({ id }) => ids.has(id)).slice(0, MOST_CURVES)
  const onSelect = (changed: readonly string[], isOn: boolean): void =>
    setQuery({ select: [...withIds(chosen.ids, changed, isOn)].join(',') }, { step: true })
  return (
    <div className="stack runs">
      <h1 className="unseen">Runs</h1>
      <div className="strip runs-head">
        <input
          ref={search}
          type="search"
          placeholder="Filter: experiment, model, tag …  ( / )"
          aria-label="Filter runs"
          value={chosen.text}
          onChange={event => setQuery({ filter: event.target.value })}
        />
        <Segmented
          label="Status"
          of={STATUSES}
          value={chosen.status}
          onChange={one => setQuery({ status: one })}
        />
        <Check checked={chosen.group} onChange={isOn => setQuery({ group: isOn ? 'seeds' : undefined })}>
          Group seeds
        </Check>
        <ColumnChoice columns={columns} shown={chosen.columns} usual={usual} />
        <p className="quiet tally" role="status">
          {chosen.group ? `${plural(lines.length, 'configuration')} of ` : ''}
          {plural(chosen.group ? matching(rows, text, status).length : lines.length, 'run')}
        </p>
        <Selection ids={[...chosen.ids]} />
      </div>
      <CurveCharts rows={drawn} query={query} />
      <RunTable
        lines={lines}
        columns={columns.filter(({ id }) => chosen.columns.includes(id))}
        order={order}
        onOrder={({ column, descending }) => setQuery({ sort: column, down: descending ? '1' : '0' })}
        selected={ids}
        onSelect={onSelect}
      />
    </div>
  )
}

function choiceOf(query: URLSearchParams, usual: readonly string[]) {
  const list = (name: string): string[] => query.get(name)?.split(',').filter(Boolean) ?? []
  const shown = list('columns')
  return {
    text: query.get('filter') ?? '',
    status: query.get('status') ?? '',
    group: query.get('group') === 'seeds',
    order: { column: query.get('sort') ?? 'createdAt', descending: query.get('down') !== '0' },
    columns: shown.length > 0 ? shown : usual,
    ids: new Set(list('select')),
  }
}

function ColumnChoice({
  columns,
  shown,
  usual,
}: {
  readonly columns: readonly Column[]
  readonly shown: readonly string[]
  readonly usual: readonly string[]
}) {
  return (
    <Menu title="Columns" stays>
      <fieldset>
        <legend className="unseen">Columns of the table</legend>
        {columns.map(({ id, name }) => (
          <Check
            key={id}
            checked={shown.includes(id)}
            onChange={isOn => {
              const ids = columns.map(column => column.id)
              const next = ids.filter(other => (other === id ? isOn : shown.includes(other))).join(',')
              setQuery({ columns: next === usual.join(',') ? undefined : next })
            }}
          >
            {name}
          </Check>
        ))}
      </fieldset>
    </Menu>
  )
}

function Selection({ ids }: { readonly ids: readonly string[] }) {
  if (ids.length === 0) return null
  return (
    <p className="strip">
      {ids.length} chosen
      {ids.length > 1 && <Link href={`/compare?runs=${ids.join(',')}`}>Compare</Link>}
      {ids.length === 2 && <Link href={`/runs/${ids[0]}/diff/${ids[1]}`}>What differs</Link>}
      <button type="button" className="plain" onClick={() => setQuery({ select: undefined }, { step: true })}>
        Clear
      </button>
    </p>
  )
}
