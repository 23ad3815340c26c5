import { useDeferredValue, useMemo, useRef, useState } from 'react'
import { plural } from '../../../src/base/text.ts'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { CurveCharts } from '../charts/curve-charts.tsx'
import { useCommands } from '../commands/commands.ts'
import { Segmented } from '../design/segmented.tsx'
import { Skeleton } from '../design/skeleton.tsx'
import { Check } from '../parts/controls.tsx'
import { Empty, Problem } from '../parts/messages.tsx'
import { NoRuns } from '../parts/network-page.tsx'
import { PHONE_PX, useNarrow } from '../parts/use-narrow.ts'
import { go, setQuery } from '../router.tsx'
import { useRuns } from '../stream/stream.ts'
import { looksOf } from './cell-looks.ts'
import { ColumnChoice } from './column-choice.tsx'
import {
  type Column,
  columnsInSight,
  columnsOf,
  type Group,
  grouped,
  sorted,
  usualColumns,
  withIds,
} from './columns.ts'
import { FilterField } from './filter-field.tsx'
import { CHARTS, choiceOf, type Shelf, selectedOf, selectionText } from './list-choice.ts'
import { RunParallel, RunScatter } from './run-points.tsx'
import { RunTable } from './run-table.tsx'
import { Selection } from './selection.tsx'
import { useRunAxes } from './use-run-axes.ts'
import { useRunFilter } from './use-run-filter.ts'
import { ViewChoice } from './view-choice.tsx'

const STATUSES: Readonly<Record<string, string>> = {
  '': 'all',
  running: 'running',
  finished: 'finished',
  interrupted: 'interrupted',
  failed: 'failed',
}

type Line = RunRow | Group
const valueIn = (line: Line, column: Column): string | number | null =>
  'rows' in line ? line.value(column) : column.value(line)
const rowsOf = (line: Line): readonly RunRow[] => ('rows' in line ? line.rows : [line])

/** All runs: what is chosen is in the address. */
export function RunList({ query }: { readonly query: URLSearchParams }) {
  const { rows: listed, shelved, metrics } = useRuns()
  const columns = useMemo(() => columnsOf(metrics), [metrics])
  const usual = useMemo(() => usualColumns(listed ?? []), [listed])
  const chosen = choiceOf(query, usual)
  const { status, isHot, order, shelf } = chosen
  // The box answers at once; the table follows it.
  const isGrouped = useDeferredValue(chosen.isGrouped)
  const { test, fault } = useRunFilter(useDeferredValue(chosen.text))
  const onShelf = useMemo(() => {
    if (shelf === 'list') return listed ?? []
    return shelved.filter(({ binnedAt }) => (binnedAt !== null) === (shelf === 'bin'))
  }, [listed, shelved, shelf])
  const passed = useMemo(
    () => onShelf.filter(row => (status === '' || row.status === status) && test(row)),
    [onShelf, status, test],
  )
  const { axes, found, error } = useRunAxes(passed, chosen.charts, query)
  const groups = useRef<readonly Group[]>([])
  const lines: readonly Line[] = useMemo(() => {
    const column =
      columns.find(({ id }) => id === order.column) ?? columns.find(({ id }) => id === 'createdAt')!
    if (isGrouped) groups.current = grouped(found, groups.current)
    return isGrouped
      ? sorted(groups.current, one => one.value(column), order.descending)
      : sorted(found, column.value, order.descending)
  }, [columns, found, isGrouped, order.column, order.descending])
  const lookOf = useMemo(() => looksOf(lines, { valueIn, isHot }), [lines, isHot])
  const isPhone = useNarrow(PHONE_PX)
  // On a phone, the name of the row stays in sight.
  const pinned = chosen.pinned.length === 0 && isPhone ? ['model'] : chosen.pinned
  const [shownText, pinnedText] = [chosen.columns.join(), pinned.join()]
  const inSight = useMemo(
    () => columnsInSight(columns, shownText.split(','), pinnedText.split(',')),
    [columns, shownText, pinnedText],
  )
  const field = useRef<HTMLInputElement>(null)
  const [cursor, setCursor] = useState<number | null>(null)
  const selected = selectedOf(chosen.selected.has('*') ? found : onShelf, chosen.selected)
  const idText = selected.map(({ id }) => id).join()
  // The same set until the choice changes: charts are drawn again with another one.
  const ids = useMemo(() => new Set(idText.split(',').filter(Boolean)), [idText])
  const select = (next: ReadonlySet<string>): void =>
    setQuery({ select: selectionText(next, found) }, { step: true })
  const at = cursor === null ? undefined : lines[Math.min(cursor, lines.length - 1)]
  const move = (by: number): void => setCursor(Math.min(lines.length - 1, Math.max(0, (cursor ?? -1) + by)))
  const tickCursor = (): void => {
    const own = at ? rowsOf(at).map(({ id }) => id) : []
    select(withIds(ids, own, !own.every(id => ids.has(id))))
  }
  useCommands([
    { name: 'Filter runs', keys: '/', run: () => field.current?.focus() },
    { name: 'Next run', keys: 'j', run: () => move(1) },
    { name: 'Previous run', keys: 'k', run: () => move(-1) },
    ...(at
      ? [
          { name: 'Open the run', keys: 'Enter', run: () => go(`/runs/${rowsOf(at)[0]!.id}`) },
          { name: 'Choose the run', keys: 'x', run: tickCursor },
        ]
      : []),
    {
      name: 'Choose all runs that are listed',
      keys: '* a',
      run: () => select(new Set(found.map(({ id }) => id))),
    },
    { name: 'Choose no run', keys: '* n', run: () => select(new Set()) },
    {
      name: 'Group seeds',
      keys: 'G',
      run: () => setQuery({ group: chosen.isGrouped ? undefined : 'seeds' }),
    },
    {
      name: 'Colour columns by how good values are',
      keys: 'h',
      run: () => setQuery({ heat: isHot ? undefined : '1' }),
    },
  ])

  if (listed === null) return <Skeleton label="Reading the store …" rows={18} />
  if (listed.length === 0 && shelved.length === 0) return <NoRuns title="No runs yet" />
  // Without a choice, the running ones are shown.
  const live = found.filter(run => run.status === 'running').map(({ id }) => id)
  const usually = live.length > 0 ? live : found.slice(0, 1).map(({ id }) => id)
  const shown = ids.size > 0 ? ids : new Set(usually)
  const drawn = onShelf.filter(({ id }) => shown.has(id))
  const charts = <ChartsChoice charts={chosen.charts} />
  return (
    <div className="stack runs">
      <h1 className="unseen">Runs</h1>
      <div className="strip runs-top">
        <FilterField
          field={field}
          text={chosen.text}
          fault={fault}
          onChange={text => setQuery({ filter: text })}
        />
        <Segmented
          label="Status"
          of={STATUSES}
          value={chosen.status}
          onChange={one => setQuery({ status: one })}
        />
        <Segmented
          label="Where"
          of={shelvesOf(shelved)}
          value={shelf}
          onChange={one =>
            setQuery({ in: one === 'list' ? undefined : one, select: undefined }, { step: true })
          }
        />
        <ViewChoice query={query} />
      </div>
      {passed.length > 0 && (
        <div className="stack tight run-charts">
          <Problem error={error} />
          {chosen.charts === 'curves' && <CurveCharts rows={drawn} query={query} lead={charts} />}
          {chosen.charts !== 'curves' && !axes && <div className="strip controls">{charts}</div>}
          {axes && chosen.charts === 'scatter' && (
            <RunScatter rows={found} axes={axes} selected={ids} query={query} lead={charts} />
          )}
          {axes && chosen.charts === 'parallel' && (
            <RunParallel rows={passed} axes={axes} selected={ids} query={query} lead={charts} />
          )}
        </div>
      )}
      <div className="stack tight run-rows">
        <div className="strip">
          <p className="quiet" role="status">
            {isGrouped ? `${plural(lines.length, 'configuration')} of ` : ''}
            {plural(found.length, 'run')}
            {shown.size > drawn.length && `, ${drawn.length} of ${shown.size} drawn`}
          </p>
          <Selection
            rows={selected}
            shelf={shelf}
            binned={shelved.filter(({ binnedAt }) => binnedAt !== null).length}
          />
          <span className="strip to-end">
            <Check
              checked={chosen.isGrouped}
              onChange={isOn => setQuery({ group: isOn ? 'seeds' : undefined })}
            >
              Group seeds
            </Check>
            <Check checked={isHot} onChange={isOn => setQuery({ heat: isOn ? '1' : undefined })}>
              Heat
            </Check>
            <ColumnChoice columns={columns} chosen={chosen} usual={usual} />
          </span>
        </div>
        {lines.length === 0 ? (
          <NothingFound shelf={shelf} isFiltered={onShelf.length > 0} />
        ) : (
          <RunTable
            lines={lines}
            columns={inSight}
            order={order}
            onOrder={({ column, descending }) => setQuery({ sort: column, down: descending ? '1' : '0' })}
            selected={ids}
            onSelect={(changed, isOn) => select(withIds(ids, changed, isOn))}
            lookOf={lookOf}
            cursor={cursor}
          />
        )}
      </div>
    </div>
  )
}

function shelvesOf(shelved: readonly RunRow[]): Readonly<Record<Shelf, string>> {
  const inBin = shelved.filter(({ binnedAt }) => binnedAt !== null).length
  return { list: 'runs', archive: `archive (${shelved.length - inBin})`, bin: `bin (${inBin})` }
}

/** What is drawn of the runs; it stands before the controls of what is. */
function ChartsChoice({ charts }: { readonly charts: keyof typeof CHARTS }) {
  return (
    <Segmented
      label="Charts"
      of={CHARTS}
      value={charts}
      onChange={one => setQuery({ charts: one === 'curves' ? undefined : one })}
    />
  )
}

/** Why no run is listed, and the way to some. */
function NothingFound({ shelf, isFiltered }: { readonly shelf: Shelf; readonly isFiltered: boolean }) {
  if (isFiltered)
    return (
      <Empty icon="filter" title="No run is like that">
        <p>
          <button type="button" onClick={() => setQuery({ filter: undefined, status: undefined })}>
            Show all
          </button>
        </p>
      </Empty>
    )
  return (
    <Empty {...nothing[shelf]}>
      <p>{nothing[shelf].text}</p>
    </Empty>
  )
}

const nothing = {
  list: {
    icon: 'runs',
    title: 'No runs in the list',
    text: 'All runs are in the archive or in the bin.',
  },
  archive: {
    icon: 'report',
    title: 'The archive is empty',
    text: 'Runs that you archive stay out of the list and of comparisons, and are kept.',
  },
  bin: { icon: 'trash', title: 'The bin is empty', text: 'Runs that you delete come here first.' },
} as const
