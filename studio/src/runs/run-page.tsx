import { useEffect, useState } from 'react'
import { count, plural } from '../../../src/base/text.ts'
import { measuredIn, measuredText, measuresOf, titleOf } from '../../../src/protocol/metric.ts'
import type { RunPage as Page, RunRow } from '../../../src/protocol/studio.ts'
import { send } from '../api.ts'
import { systemMetrics } from '../charts/chart-metric.ts'
import { CurveCharts } from '../charts/curve-charts.tsx'
import { WeightHistograms } from '../charts/weight-histograms.tsx'
import { IconButton } from '../design/icon-button.tsx'
import { Skeleton } from '../design/skeleton.tsx'
import { duration, moment } from '../parts/format.ts'
import { Problem } from '../parts/messages.tsx'
import { BlockView } from '../parts/section-view.tsx'
import { TableView } from '../parts/table-view.tsx'
import { useGet } from '../parts/use-get.ts'
import { useSent } from '../parts/use-sent.ts'
import { useThrottled } from '../parts/use-throttled.ts'
import { useTitle } from '../parts/use-title.ts'
import { Wide } from '../parts/wide.tsx'
import { Publish } from '../publish/publish.tsx'
import { Link } from '../router.tsx'
import { useCurves, useRuns } from '../stream/stream.ts'
import { changeRuns } from './change-runs.ts'
import { hasSeveralUsers } from './columns.ts'
import { titled } from './endings.tsx'
import { OwnName, OwnNote } from './own-words.tsx'
import { JobLog, RunProgress, Status } from './status.tsx'

/** Everything about one run. */
export function RunPage({ id, query }: { readonly id: string; readonly query: URLSearchParams }) {
  const { rows, shelved } = useRuns()
  const { data, error, reload } = useGet<Page>(`/runs/${encodeURIComponent(id)}`)
  const row = [...(rows ?? []), ...shelved].find(run => run.id === data?.run.id)
  useTitle(row ? tabTitle(row) : null)
  if (error) return <Problem error={error} onRetry={reload} />
  // Which numbers there are comes with the list of runs: without it the page would jump.
  if (!data || rows === null) return <Skeleton label="Reading the run …" rows={14} />
  return (
    <>
      {!row && <Reload id={data.run.id} onGrown={reload} />}
      <Parts row={row ?? data.run} page={data} query={query} />
    </>
  )
}

/** How far it is, then what it is. */
function tabTitle(row: RunRow): string {
  const share = ((row.step ?? -1) + 1) / (row.epochs * row.stepsPerEpoch)
  const state = row.status === 'running' ? `${Math.floor(100 * share)} %` : row.status
  return `${row.status === 'finished' ? '' : `${state} · `}${titled(row)} · ${row.experiment}`
}

/** The list of runs has no trials of searches: their pages ask again whenever their curves have grown. */
function Reload({ id, onGrown }: { readonly id: string; readonly onGrown: () => void }) {
  const curve = useCurves([id]).get(id)
  const grown = useThrottled(`${curve?.epochs.length} ${curve?.happenings.length}`, 1000)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is asked is always the same; when, is not.
  useEffect(onGrown, [grown])
  return null
}

function Parts({
  row,
  page,
  query,
}: {
  readonly row: RunRow
  readonly page: Page
  readonly query: URLSearchParams
}) {
  return (
    <div className="stack run-page">
      <Title row={row} isSealed={isSealed(row, page)} />
      <Failure row={row} />
      <RunProgress row={row} />
      <Facts row={row} isSealed={isSealed(row, page)} />
      <div className="run-columns">
        <div className="stack">
          <CurveCharts rows={[row]} query={query} shown={systemMetrics} />
          <WeightHistograms run={row.id} epochs={row.epochsDone} />
        </div>
        <div className="run-side">
          <Notes row={row} />
          <Epochs row={row} />
          <Happenings row={row} />
          <Layers page={page} />
          <Options page={page} />
        </div>
      </div>
    </div>
  )
}

/** A trial of a search is not tested, unless its search has opened the test images. */
function isSealed({ study }: RunRow, { artefacts }: Page): boolean {
  return study !== null && !artefacts.some(({ name }) => name === 'predictions.safetensors')
}

function Title({ row, isSealed }: { readonly row: RunRow; readonly isSealed: boolean }) {
  return (
    <div className="run-title">
      <h1>
        {row.model} <span className="quiet">seed {row.seed}</span>
      </h1>
      <OwnName row={row} />
      <p className="quiet">
        {row.experiment} · <span className="mono">{row.id}</span> · <Status status={row.status} />
        {row.study !== null && (
          <>
            {' '}
            · a trial of <Link href={`/search/${row.study}`}>a search</Link>
          </>
        )}
      </p>
      <div className="actions">
        <Steer row={row} />
        {row.status === 'finished' && (
          <>
            {!isSealed && (
              <Link className="button" href={`/evaluate/${row.id}`}>
                Evaluate
              </Link>
            )}
            <Link className="button" href={`/model?run=${row.id}`}>
              Layers
            </Link>
          </>
        )}
        <Link className="button" href={`/new?from=${row.id}`}>
          New run from this
        </Link>
        <Publish rows={[row]} />
        <Places row={row} />
      </div>
    </div>
  )
}

/** Into the archive or the bin, and back. */
function Places({ row }: { readonly row: RunRow }) {
  const { isBusy, error, sent } = useSent()
  if (row.status === 'running' || row.study !== null) return null
  const move = (to: 'list' | 'archive' | 'bin'): void => sent(changeRuns([row], to))
  const isListed = row.archivedAt === null && row.binnedAt === null
  return (
    <>
      {isListed ? (
        <button type="button" disabled={isBusy} onClick={() => move('archive')}>
          Archive
        </button>
      ) : (
        <button type="button" disabled={isBusy} onClick={() => move('list')}>
          Restore
        </button>
      )}
      {row.binnedAt === null && (
        <button type="button" disabled={isBusy} onClick={() => move('bin')}>
          Delete
        </button>
      )}
      <Problem error={error} />
    </>
  )
}

/** Why it failed, before anything else, and what to do about it. */
function Failure({ row }: { readonly row: RunRow }) {
  const { reason } = row
  if (reason === null) return null
  const isTooFast = reason.includes(LOWER)
  return (
    <div className="problem" role="alert">
      <p>{reason}</p>
      <Link className="button main" href={`/new?from=${row.id}${isTooFast ? '&rate=lower' : ''}`}>
        {isTooFast ? 'New run with a lower learning rate' : 'New run from this'}
      </Link>
    </div>
  )
}

/** What training advises where a loss grows without end. */
const LOWER = 'Lower the learning rate'

/** Stop and resume; what the server refuses is said beside the button. */
function Steer({ row: { id, status, study } }: { readonly row: RunRow }) {
  const [asked, setAsked] = useState<{ status: string; error?: Error } | null>(null)
  const ask = (action: string): void => {
    setAsked({ status })
    send('POST', `/runs/${id}/${action}`).catch(error => setAsked({ status, error }))
  }
  // Until the status has changed, the request is on its way.
  const isWaiting = asked !== null && asked.status === status && !asked.error
  return (
    <>
      {study === null && status === 'running' && (
        <button type="button" disabled={isWaiting} onClick={() => ask('stop')}>
          {isWaiting ? 'Stopping …' : 'Stop'}
        </button>
      )}
      {study === null && (status === 'interrupted' || status === 'failed') && (
        <button
          type="button"
          // The same steps lead to the same fault: what failed is rather changed than resumed.
          className={status === 'interrupted' ? 'main' : undefined}
          disabled={isWaiting}
          onClick={() => ask('resume')}
        >
          {isWaiting ? 'Resuming …' : 'Resume'}
        </button>
      )}
      <Problem error={asked?.error} />
    </>
  )
}

function Facts({ row, isSealed }: { readonly row: RunRow; readonly isSealed: boolean }) {
  const { metrics, rows } = useRuns()
  const measures = measuredIn(measuresOf(metrics, ['test', 'validation']), [row.metrics])
  const facts = [
    ...measures.map(measure => ({
      name: titleOf(measure),
      text: measuredText(measure, row.metrics[measure.name]),
    })),
    ...(isSealed ? [{ name: 'Test', text: 'sealed: a trial of a search' }] : []),
    { name: 'Epochs', text: `${row.epochsDone} of ${row.epochs}` },
    { name: 'Batch', text: count(row.batchSize) },
    { name: 'Parameters', text: count(row.params) },
    { name: 'Data', text: row.dataset },
    { name: 'Started', text: moment(row.createdAt) },
    ...(row.user !== null && hasSeveralUsers([row, ...(rows ?? [])])
      ? [{ name: 'User', text: row.user }]
      : []),
    { name: 'Training', text: duration(row.seconds) },
  ]
  return <BlockView block={{ kind: 'facts', facts }} />
}

/** A table of this length stands open. */
const FEW_EPOCHS = 30

function Epochs({ row }: { readonly row: RunRow }) {
  const epochs = useCurves([row.id]).get(row.id)?.epochs ?? []
  const { metrics } = useRuns()
  if (epochs.length === 0) return null
  const measures = measuredIn(
    measuresOf(metrics, ['training', 'validation', 'remeasured']),
    epochs.map(epoch => epoch.metrics),
  )
  const columns = [
    { key: 'epoch', title: 'Epoch' },
    ...measures.map(measure => ({
      key: measure.name,
      title: titleOf(measure),
      show: (value: number) => measuredText(measure, value),
    })),
    { key: 'learningRate', title: 'Learning rate', show: (rate: number) => String(+rate.toPrecision(4)) },
    { key: 'seconds', title: 'Time', show: duration },
  ]
  const rows = epochs.map(({ epoch, metrics: measured, durationMs }) => ({
    ...measured,
    epoch: epoch + 1,
    seconds: durationMs / 1000,
  }))
  return (
    <details className="fold epochs" open={row.epochs <= FEW_EPOCHS}>
      <summary>{plural(epochs.length, 'epoch')}</summary>
      <TableView table={{ columns, rows }} />
    </details>
  )
}

function Notes({ row }: { readonly row: RunRow }) {
  const { error, sent } = useSent()
  return (
    <section className="card run-notes" aria-label="Tags and note">
      <h2 className="unseen">Tags and note</h2>
      <form
        className="strip"
        onSubmit={event => {
          event.preventDefault()
          const form = event.currentTarget
          const tag = String(new FormData(form).get('tag')).trim()
          // What is refused stays in the field, to be mended.
          if (tag) sent(send('POST', `/runs/${row.id}/tags`, { tag }).then(() => form.reset()))
        }}
      >
        {row.tags.map(tag => (
          <span className="tag" key={tag}>
            {tag}
            <IconButton
              icon="close"
              label={`Remove the tag ${tag}`}
              onClick={() => sent(send('DELETE', `/runs/${row.id}/tags/${encodeURIComponent(tag)}`))}
            />
          </span>
        ))}
        <input name="tag" aria-label="New tag" placeholder="Add a tag" size={12} />
      </form>
      <OwnNote row={row} />
      <Problem error={error} />
    </section>
  )
}

function Happenings({ row }: { readonly row: RunRow }) {
  const { jobs } = useRuns()
  const happenings = useCurves([row.id]).get(row.id)?.happenings ?? []
  const job = jobs.find(({ run }) => run === row.id)
  return (
    <details className="fold">
      <summary>Log</summary>
      <ol className="log">
        {happenings.map(({ id, at, kind, text }) => (
          <li key={id}>
            <time className="quiet">{new Date(at).toLocaleTimeString('en-GB')}</time> {kind} {text}
          </li>
        ))}
      </ol>
      {job && <JobLog id={job.id} version={`${row.status}${row.epochsDone}`} />}
    </details>
  )
}

function Layers({ page: { layers } }: { readonly page: Page }) {
  return (
    <details className="fold">
      <summary>{plural(layers.length, 'layer')}</summary>
      <Rows rows={layers.map(({ name, className, options }) => [name, className, options])} quiet={1} />
    </details>
  )
}

function Options({ page: { options, environment, artefacts } }: { readonly page: Page }) {
  const rows = [
    ...options.map(({ name, text, origin }) => [name, text, origin] as const),
    ...Object.entries(environment).map(
      ([name, value]) =>
        [name, typeof value === 'string' ? value : JSON.stringify(value), 'environment'] as const,
    ),
    ...artefacts.map(({ name, bytes }) => [name, `${(bytes / 1e6).toFixed(2)} MB`, 'file'] as const),
  ]
  return (
    <details className="fold">
      <summary>Options, environment and files</summary>
      <Rows rows={rows} quiet={2} />
    </details>
  )
}

/** Names with two texts each; the text in the column `quiet` matters less. */
function Rows({
  rows,
  quiet,
}: {
  readonly rows: readonly (readonly [name: string, string, string])[]
  readonly quiet: 1 | 2
}) {
  return (
    <Wide>
      <table className="plain-table">
        <tbody>
          {rows.map(([name, first, second]) => (
            <tr key={`${name} ${second}`}>
              <th scope="row">{name}</th>
              <td className={quiet === 1 ? 'quiet' : undefined}>{first}</td>
              <td className={quiet === 2 ? 'quiet' : undefined}>{second}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  )
}
