import { useState } from 'react'
import { count, percent, plural } from '../../../src/base/text.ts'
import type { PicturePlan, PictureSetPage } from '../../../src/protocol/pictures.ts'
import type { Job, RunRow } from '../../../src/protocol/studio.ts'
import { send } from '../api.ts'
import { Choice } from '../parts/controls.tsx'
import { Problem } from '../parts/messages.tsx'
import { useLoaded } from '../parts/use-loaded.ts'
import { useSent } from '../parts/use-sent.ts'
import { Link } from '../router.tsx'
import { RunProgress } from '../runs/status.tsx'
import { useRuns } from '../stream/stream.ts'

const OFTEN = { '1': 'once', '3': '3 times', '5': '5 times' } as const

/** What the pictures of a page would be trained with, behind a `backbone` or from scratch; too few pictures have no plan. */
export function usePlan(page: PictureSetPage | null, backbone: string | null) {
  const { name, classes } = page ?? { name: '', classes: [] }
  const isEnough = classes.length > 1 && classes.every(one => one.pictures.length > 1)
  const query = backbone === null ? '' : `?${new URLSearchParams({ backbone })}`
  return useLoaded(isEnough ? JSON.stringify([classes, backbone]) : null, signal =>
    send<PicturePlan>('GET', `/pictures/${encodeURIComponent(name)}/plan${query}`, undefined, signal),
  )
}

/** The runs and the jobs of a folder's pictures, the newest first. */
export function useOwnRuns(plan: PicturePlan | null): {
  readonly runs: readonly RunRow[]
  readonly jobs: readonly Job[]
} {
  const { rows, jobs } = useRuns()
  if (!plan) return { runs: [], jobs: [] }
  return {
    runs: (rows ?? []).filter(row => row.experiment === plan.experiment && row.dataset === plan.dataset),
    jobs: jobs.filter(({ experiment }) => experiment === plan.experiment),
  }
}

/** Training on the pictures: what was chosen for them, the start, how far it is, and the runs that are there. */
export function Training({
  page,
  plan,
  problem,
  run,
  onRun,
}: {
  readonly page: PictureSetPage
  readonly plan: PicturePlan | null
  /** Why there is no plan. */
  readonly problem: Error | null
  /** The run whose result is shown. */
  readonly run: string | null
  readonly onRun: (id: string) => void
}) {
  const [seeds, setSeeds] = useState<keyof typeof OFTEN>('1')
  const [backbone, setBackbone] = useState<string | null>(null)
  const behind = usePlan(backbone === null ? null : page, backbone)
  // From scratch, it is the plan that is there.
  const planned = backbone === null ? { data: plan, error: null } : behind
  const { isBusy, error, sent } = useSent()
  const { runs, jobs } = useOwnRuns(plan)
  const running = runs.filter(({ status }) => status === 'running')
  const finished = runs.filter(({ status }) => status === 'finished')
  const unfinished = jobs.filter(({ state }) => state === 'queued' || state === 'running')
  const waiting = jobs.filter(({ state }) => state === 'queued').length
  const isStarting = jobs.some(({ state, run: id }) => state === 'running' && id === null)
  const failed = jobs[0]?.state === 'failed' ? jobs[0] : null
  const start = (): void =>
    sent(
      send<Job[]>('POST', `/pictures/${encodeURIComponent(page.name)}/train`, {
        seeds: Number(seeds),
        backbone,
      }),
    )
  return (
    <section className="stack tight panel-card" aria-label="Training">
      <h2>Train</h2>
      <Problem error={problem} />
      {!plan && !problem && <p className="quiet">Add pictures of two classes to train a network.</p>}
      {plan && (
        <>
          <div className="strip">
            <button
              type="button"
              className="main"
              disabled={isBusy || planned.error !== null}
              onClick={start}
            >
              Train
            </button>
            <Choice label="How often" of={OFTEN} value={seeds} onChange={setSeeds} />
          </div>
          {plan.backbones.length > 0 && (
            <label className="field">
              <span>Begin from</span>
              <select value={backbone ?? ''} onChange={event => setBackbone(event.target.value || null)}>
                <option value="">nothing: a small network</option>
                {plan.backbones.map(file => (
                  <option key={file} value={file}>
                    what {file} has learned
                  </option>
                ))}
              </select>
            </label>
          )}
          {backbone !== null && <Problem error={planned.error} />}
          {seeds !== '1' && (
            <p className="quiet">Each time with another seed: the results show how much of them is chance.</p>
          )}
          <details>
            <summary>What was chosen for these pictures</summary>
            <dl className="chosen">
              {(planned.data ?? plan).chosen.map(([name, text]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{text}.</dd>
                </div>
              ))}
            </dl>
            <p className="quiet">
              On the command line: <code>heddle run {page.folder}</code>
            </p>
          </details>
        </>
      )}
      <Problem error={error ?? (failed && new Error(failed.error ?? 'The training failed.'))} />
      {running.map(row => (
        <RunProgress key={row.id} row={row} />
      ))}
      {unfinished.length > 0 && (
        <button type="button" className="stop" onClick={() => sent(stopped(unfinished))}>
          Stop
        </button>
      )}
      <p role="status" className="quiet">
        {isStarting && running.length === 0 ? 'Reading the pictures …' : ''}
        {waiting > 0 ? `${plural(waiting, 'training')} ${waiting === 1 ? 'waits' : 'wait'}.` : ''}
      </p>
      {finished.length > 1 && (
        <label className="field">
          <span>{count(finished.length)} trainings</span>
          <select value={run ?? ''} onChange={event => onRun(event.target.value)}>
            {finished.map(row => (
              <option key={row.id} value={row.id}>
                {described(row)}
              </option>
            ))}
          </select>
        </label>
      )}
      {run !== null && (
        <p className="quiet">
          <Link href={`/runs/${run}`}>Curves and settings</Link> ·{' '}
          <Link href={`/evaluate/${run}`}>all measurements</Link>
        </p>
      )}
    </section>
  )
}

/** What waits is taken out first, so that it does not begin. */
async function stopped(jobs: readonly Job[]): Promise<void> {
  for (const { id } of jobs.toSorted((a, b) => (a.state < b.state ? -1 : 1)))
    await send('POST', `/jobs/${id}/stop`)
}

function described({ id, model, seed, metrics, createdAt }: RunRow): string {
  const when = new Date(createdAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
  return `${percent(metrics.testAccuracy ?? null, 1)}, ${model}, seed ${seed}, ${when}, ${id.slice(0, 4)}`
}
