import { type ReactNode, useMemo } from 'react'
import { plural } from '../../../src/base/text.ts'
import type { TrialCurves } from '../../../src/protocol/studio.ts'
import type { TrialRow } from '../../../src/protocol/study.ts'
import { duration } from '../parts/format.ts'
import { type HeadColumn, LongTable } from '../parts/long-table.tsx'
import { Link, setQuery } from '../router.tsx'
import { sorted } from '../runs/columns.ts'
import { Status } from '../runs/status.tsx'
import { selectTrials } from './trial-choice.ts'
import { bestWord, type ShownTrials } from './trial-shown.ts'

interface Column extends HeadColumn {
  /** What trials are put in order by; `null` comes last. */
  readonly value: (trial: TrialRow) => number | string | null
  readonly show: (trial: TrialRow) => ReactNode
}

const ORIGINS = { start: 'your starting point', sampler: 'the sampler', repeat: 'repeat' } as const

/** Trials with their parameters and results; those that are ticked stand out in the charts. */
export function TrialTable({
  shown,
  trials,
  curves,
  query,
}: {
  readonly shown: ShownTrials
  readonly trials: readonly TrialRow[]
  /** Where the trials are that are being trained. */
  readonly curves: TrialCurves | null
  readonly query: URLSearchParams
}) {
  const columns = useMemo(() => columnsOf(shown, curves), [shown, curves])
  const order = {
    column: query.get('sort') ?? shown.value.id,
    descending: query.has('down') ? query.get('down') === '1' : shown.objective.better === 'higher',
  }
  const lines = useMemo(() => {
    const column = columns.find(({ id }) => id === order.column) ?? columns[0]!
    return sorted(trials, column.value, order.descending)
  }, [trials, columns, order.column, order.descending])
  return (
    <section className="stack tight" aria-label="Trials">
      <h2>
        Trials <span className="quiet">{countOf(trials.length, shown.view.trials.length)}</span>
      </h2>
      <LongTable
        label="Trials, a table"
        items={lines}
        columns={columns}
        keyOf={({ trial }) => String(trial)}
        cell={(trial, column) => column.show(trial)}
        order={order}
        onOrder={({ column, descending }) => setQuery({ sort: column, down: descending ? '1' : '0' })}
        tickTitle="Stands out in the charts"
        tickLabel={({ trial }) => `Trial ${trial} stands out in the charts`}
        isTicked={shown.isChosen}
        onTick={(ticked, isOn) =>
          selectTrials(
            ticked.map(({ trial }) => trial),
            isOn,
          )
        }
      />
    </section>
  )
}

const countOf = (listed: number, all: number): string =>
  listed === all ? plural(all, 'trial') : `${listed} of ${plural(all, 'trial')} within the limits`

function columnsOf(shown: ShownTrials, curves: TrialCurves | null): Column[] {
  const { objectives, parameters, isBest, view } = shown
  const trained = new Map(curves?.curves.map(({ trial, points }) => [trial, points.at(-1)?.[0] ?? 0]))
  const epochsOf = ({ trial, epochs }: TrialRow): number => Math.max(epochs, trained.get(trial) ?? 0)
  const hasBegun = ({ state, epochs }: TrialRow): boolean => state === 'running' || epochs > 0
  const text = (
    id: string,
    name: string,
    width: number,
    value: (trial: TrialRow) => string | null,
  ): Column => ({
    id,
    name,
    width,
    value,
    show: value,
  })
  return [
    {
      id: 'trial',
      name: 'Trial',
      width: 7,
      isNumber: true,
      isPinned: true,
      value: ({ trial }) => trial,
      show: row => (
        <>
          {isBest(row) && (
            <span className="best" title={bestWord(view)}>
              <span aria-hidden="true">◆</span>
              <span className="unseen">{bestWord(view)}: </span>{' '}
            </span>
          )}
          {hasBegun(row) ? <Link href={`/runs/${row.run}`}>{row.trial}</Link> : row.trial}
        </>
      ),
    },
    ...objectives.map(({ id, title, at, text: written }) => ({
      id,
      name: title,
      width: Math.max(10, title.length + 2),
      isNumber: true,
      value: at,
      show: (trial: TrialRow) => {
        const place = at(trial)
        return place === null ? '–' : written(place)
      },
    })),
    ...parameters.map(({ id, title, at, text: written, choices }) => ({
      id: `p.${id}`,
      name: title,
      width: Math.max(8, title.length + 2),
      isNumber: !choices,
      value: at,
      show: (trial: TrialRow) => {
        const place = at(trial)
        return place === null ? '' : written(place)
      },
    })),
    {
      id: 'epochs',
      name: 'Epochs',
      width: 9,
      isNumber: true,
      value: epochsOf,
      show: trial => `${epochsOf(trial)}/${trial.maxEpochs}`,
    },
    {
      id: 'state',
      name: 'State',
      width: 12,
      value: ({ state }) => state,
      show: ({ state, reason }) => (
        <>
          <Status status={state} />
          {reason !== null && (
            <span className="quiet" title={reason}>
              {' '}
              {reason}
            </span>
          )}
        </>
      ),
    },
    text('origin', 'Proposed by', 16, ({ origin, of }) =>
      of === null ? ORIGINS[origin] : `${ORIGINS[origin]} of ${of}`,
    ),
    {
      id: 'seed',
      name: 'Seed',
      width: 6,
      isNumber: true,
      value: ({ seed }) => seed,
      show: ({ seed }) => seed,
    },
    {
      id: 'seconds',
      name: 'Time',
      width: 11,
      isNumber: true,
      value: ({ seconds }) => seconds || null,
      show: ({ seconds }) => (seconds > 0 ? duration(seconds) : '–'),
    },
    text('run', 'Run', 8, row => (hasBegun(row) ? row.run.slice(0, 6) : null)),
  ]
}
