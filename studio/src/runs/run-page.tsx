import { useState } from 'react'
import { count, plural } from '../../../src/base/text.ts'
import { measuredIn, measuredText, measuresOf, titleOf } from '../../../src/protocol/metric.ts'
import type { RunPage as Page, RunRow } from '../../../src/protocol/studio.ts'
import { send, useGet } from '../api.ts'
import { duration, moment } from '../parts/format.ts'
import { Problem } from '../parts/messages.tsx'
import { BlockView } from '../parts/section-view.tsx'
import { Link } from '../router.tsx'
import { useCurves, useRuns } from '../stream/stream.ts'
import { CurveCharts } from './curve-charts.tsx'
import { RunProgress, Status } from './status.tsx'

/** Everything about one run. */
export function RunPage({ id, query }: { readonly id: string; readonly query: URLSearchParams }) {
  const { rows } = useRuns()
  const { data, error, reload } = useGet<Page>(`/runs/${encodeURIComponent(id)}`)
  if (error) return <Problem error={error} onRetry={reload} />
  // Which numbers there are comes with the list of runs: without it the page would jump.
  if (!data || rows === null) return <p className="quiet">Reading the run …</p>
  const row = rows.find(run => run.id === data.run.id) ?? data.run
  return (
    <div className="stack run-page">
      <Title row={row} />
      <Failure row={row} />
      <RunProgress row={row} />
      <Facts row={row} />
      <CurveCharts rows={[row]} query={query} />
      <Epochs row={row} />
      <Notes row={row} />
      <Happenings row={row} />
      <Layers page={data} />
      <Options page={data} />
    </div>
  )
}

function Title({ row }: { readonly row: RunRow }) {
  return (
    <div className="run-title">
      <h1>
        {row.model} <span className="quiet">seed {row.seed}</span>
      </h1>
      <p className="quiet">
        {row.experiment} · <span className="mono">{row.id}</span> · <Status status={row.status} />
      </p>
      <div className="actions">
        <Steer row={row} />
        {row.status === 'finished' && (
          <>
            <Link className="button" href={`/evaluate/${row.id}`}>
              Evaluate
            </Link>
            <Link className="button" href={`/model?run=${row.id}`}>
              Layers
            </Link>
          </>
        )}
        <Link className="button" href={`/new?from=${row.id}`}>
          New run from this
        </Link>
      </div>
    </div>
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
function Steer({ row: { id, status } }: { readonly row: RunRow }) {
  const [asked, setAsked] = useState<{ status: string; error?: Error } | null>(null)
  const ask = (action: string): void => {
    setAsked({ status })
    send('POST', `/runs/${id}/${action}`).catch(error => setAsked({ status, error }))
  }
  // Until the status has changed, the request is on its way.
  const isWaiting = asked !== null && asked.status === status && !asked.error
  return (
    <>
      {status === 'running' && (
        <button type="button" disabled={isWaiting} onClick={() => ask('stop')}>
          {isWaiting ? 'Stopping …' : 'Stop'}
        </button>
      )}
      {(status === 'interrupted' || status === 'failed') && (
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
      {asked?.error && <Problem error={asked.error} />}
    </>
  )
}

function Facts({ row }: { readonly row: RunRow }) {
  const { metrics } = useRuns()
  const measures = measuredIn(measuresOf(metrics, ['test', 'validation']), [row.metrics])
  const facts = [
    ...measures.map(measure => ({
      name: titleOf(measure),
      text: measuredText(measure, row.metrics[measure.name]),
    })),
    { name: 'Epochs', text: `${row.epochsDone} of ${row.epochs}` },
    { name: 'Batch', text: count(row.batchSize) },
    { name: 'Parameters', text: count(row.params) },
    { name: 'Data', text: row.dataset },
    { name: 'Started', text: moment(row.createdAt) },
    { name: 'Training', text: duration(row.seconds) },
  ]
  return <BlockView block={{ kind: 'facts', facts }} />
}

function Epochs({ row }: { readonly row: RunRow }) {
  const epochs = useCurves([row.id]).get(row.id)?.epochs ?? []
  const { metrics } = useRuns()
  const measures = measuredIn(
    measuresOf(metrics, ['training', 'validation', 'remeasured']),
    epochs.map(epoch => epoch.metrics),
  )
  return (
    <details>
      <summary>{plural(epochs.length, 'epoch')}</summary>
      <div className="wide">
        <table className="plain-table numbers">
          <thead>
            <tr>
              {['Epoch', ...measures.map(titleOf), 'Learning rate', 'Time'].map(name => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {epochs.map(epoch => (
              <tr key={epoch.epoch}>
                <td>{epoch.epoch + 1}</td>
                {measures.map(measure => (
                  <td key={measure.name}>{measuredText(measure, epoch.metrics[measure.name])}</td>
                ))}
                <td>{+epoch.metrics.learningRate.toPrecision(4)}</td>
                <td>{duration(epoch.durationMs / 1000)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}

function Notes({ row }: { readonly row: RunRow }) {
  const [error, setError] = useState<Error | null>(null)
  const change = (work: Promise<unknown>): void => {
    work.then(
      () => setError(null),
      failure => setError(failure),
    )
  }
  return (
    <section className="notes">
      <form
        onSubmit={event => {
          event.preventDefault()
          const form = event.currentTarget
          const tag = String(new FormData(form).get('tag')).trim()
          // What is refused stays in the field, to be mended.
          if (tag) change(send('POST', `/runs/${row.id}/tags`, { tag }).then(() => form.reset()))
        }}
      >
        {row.tags.map(tag => (
          <span className="tag" key={tag}>
            {tag}
            <button
              type="button"
              className="plain"
              aria-label={`Take the tag ${tag} away`}
              onClick={() => change(send('DELETE', `/runs/${row.id}/tags/${encodeURIComponent(tag)}`))}
            >
              ×
            </button>
          </span>
        ))}
        <input name="tag" aria-label="New tag" placeholder="Add a tag" size={12} />
      </form>
      <input
        key={row.note}
        className="note"
        aria-label="Note"
        placeholder="A note on this run"
        defaultValue={row.note}
        onBlur={event =>
          event.target.value !== row.note &&
          change(send('PUT', `/runs/${row.id}/note`, { note: event.target.value }))
        }
        onKeyDown={event => event.key === 'Enter' && event.currentTarget.blur()}
      />
      {error && <Problem error={error} />}
    </section>
  )
}

function Happenings({ row }: { readonly row: RunRow }) {
  const { jobs } = useRuns()
  const happenings = useCurves([row.id]).get(row.id)?.happenings ?? []
  const job = jobs.find(({ run }) => run === row.id)
  return (
    <details>
      <summary>Log</summary>
      <ol className="log">
        {happenings.map(({ id, at, kind, text }) => (
          <li key={id}>
            <time className="quiet">{new Date(at).toLocaleTimeString('en-GB')}</time> {kind} {text}
          </li>
        ))}
      </ol>
      {job && <Said id={job.id} version={`${row.status}${row.epochsDone}`} />}
    </details>
  )
}

/** What a training that was started here has written. */
function Said({ id, version }: { readonly id: string; readonly version: string }) {
  const { data } = useGet<{ text: string }>(`/jobs/${id}/log?${version}`)
  return data ? <pre className="code">{data.text}</pre> : null
}

function Layers({ page: { layers } }: { readonly page: Page }) {
  return (
    <details>
      <summary>{plural(layers.length, 'layer')}</summary>
      <div className="wide">
        <table className="plain-table">
          <tbody>
            {layers.map(({ name, className, options }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="quiet">{className}</td>
                <td>{options}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}

function Options({ page }: { readonly page: Page }) {
  return (
    <details>
      <summary>Options, environment and files</summary>
      <div className="wide">
        <table className="plain-table">
          <tbody>
            {page.options.map(({ name, text, origin }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{text}</td>
                <td className="quiet">{origin}</td>
              </tr>
            ))}
            {Object.entries(page.environment).map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="mono">{typeof value === 'string' ? value : JSON.stringify(value)}</td>
                <td className="quiet">environment</td>
              </tr>
            ))}
            {page.artefacts.map(({ name, bytes }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{(bytes / 1e6).toFixed(2)} MB</td>
                <td className="quiet">file</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
