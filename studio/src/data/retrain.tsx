import { useMemo } from 'react'
import { percent, plural } from '../../../src/base/text.ts'
import type { Job, RunRow } from '../../../src/protocol/studio.ts'
import { send } from '../api.ts'
import { Choice } from '../parts/controls.tsx'
import { Problem } from '../parts/messages.tsx'
import { useSent } from '../parts/use-sent.ts'
import { Link, setQuery } from '../router.tsx'
import { type Group, grouped } from '../runs/columns.ts'
import { useRuns } from '../stream/stream.ts'

/** More seeds than this are not offered at once. */
const MOST_SEEDS = 10

/** A configuration that is trained again on the corrected labels, with the same seeds; then both are compared. */
export function Retrain({
  name,
  marked,
  fingerprint,
  query,
}: {
  readonly name: string
  readonly marked: number
  readonly fingerprint: string
  readonly query: URLSearchParams
}) {
  const { rows } = useRuns()
  const groups = useMemo(() => configurationsOf(rows ?? [], fingerprint), [rows, fingerprint])
  const { error, isBusy, sent } = useSent()
  // The run that was evaluated when its labels were corrected is the one that is asked about.
  const wanted = query.get('again')
  const group = groups.find(one => one.rows.some(({ id }) => id === wanted)) ?? groups[0]
  if (!group) {
    return (
      <p className="quiet">
        {plural(marked, 'label')} marked. There is no finished run on this data to train again:{' '}
        <Link href="/new">start one</Link> first, so that there is something to compare with.
      </p>
    )
  }
  const runs = group.rows.slice(0, MOST_SEEDS)
  const start = async (): Promise<void> => {
    const ids = runs.map(({ id }) => id)
    const path = `/data/${encodeURIComponent(name)}/retrain`
    const { jobs } = await send<{ jobs: readonly Job[] }>('POST', path, { runs: ids })
    setQuery({ before: ids.join(','), jobs: jobs.map(({ id }) => id).join(','), again: ids[0] })
  }
  return (
    <section className="stack tight retrain" aria-label="Train again">
      <div className="strip">
        <label>
          <span>Train again as</span>{' '}
          <Choice
            of={Object.fromEntries(groups.map(one => [one.rows[0]!.id, titleOf(one)]))}
            value={group.rows[0]!.id}
            onChange={id => setQuery({ again: id })}
          />
        </label>
        <button type="button" className="main" disabled={isBusy} onClick={() => sent(start())}>
          Train with {plural(marked, 'correction')}
        </button>
        <span className="quiet">
          {plural(runs.length, 'seed')}: {runs.map(({ seed }) => seed).join(', ')}
        </span>
      </div>
      {runs.length === 1 && (
        <p className="quiet">
          With one seed, a difference may be chance: train this configuration with further seeds first.
        </p>
      )}
      <Problem error={error} />
      <Progress before={query.get('before')} jobs={query.get('jobs')} />
    </section>
  )
}

/** The finished runs on this data by configuration, the newest first; of each seed the newest. */
function configurationsOf(rows: readonly RunRow[], fingerprint: string): readonly Group[] {
  const finished = rows.filter(
    ({ status, fingerprint: own }) => status === 'finished' && fingerprint.startsWith(own),
  )
  return grouped(finished).map(group => ({ ...group, rows: firstOfEach(group.rows) }))
}

function firstOfEach(rows: readonly RunRow[]): readonly RunRow[] {
  const seeds = new Map<number, RunRow>()
  for (const row of rows) if (!seeds.has(row.seed)) seeds.set(row.seed, row)
  return [...seeds.values()].sort((a, b) => a.seed - b.seed)
}

function titleOf({ rows }: Group): string {
  const [{ model, experiment, metrics, configuration }] = rows as readonly [RunRow]
  const accuracy = metrics.testAccuracy === undefined ? '' : ` · ${percent(metrics.testAccuracy)}`
  return `${model} · ${experiment} · ${plural(rows.length, 'seed')}${accuracy} · ${configuration.slice(0, 4)}`
}

/** The trainings that were asked for here, and then the comparison on the same test images. */
function Progress({
  before,
  jobs: wanted,
}: {
  readonly before: string | null
  readonly jobs: string | null
}) {
  const { jobs, rows } = useRuns()
  if (before === null || wanted === null) return null
  const asked = wanted.split(',').flatMap(id => jobs.find(job => job.id === id) ?? [])
  const done = asked.filter(({ state }) => state === 'done')
  const failed = asked.filter(({ state }) => state === 'failed' || state === 'stopped')
  const running = asked.find(({ state }) => state === 'running')
  const row = rows?.find(({ id }) => id === running?.run)
  const after = done.flatMap(({ run }) => run ?? [])
  if (asked.length > 0 && done.length + failed.length === asked.length && after.length > 0) {
    return (
      <p className="strip" role="status">
        <span>
          {plural(after.length, 'training')} with corrected labels {after.length === 1 ? 'is' : 'are'} done.
          {failed.length > 0 && ` ${failed.length} did not finish.`}
        </span>
        <Link className="button main" href={`/compare?runs=${before},${after.join(',')}`}>
          Compare before and after
        </Link>
      </p>
    )
  }
  if (failed[0]) return <Problem error={new Error(failed[0].error ?? 'The training was stopped.')} />
  return (
    <p role="status">
      {done.length} of {plural(wanted.split(',').length, 'training')} done
      {row && `, seed ${row.seed} is in epoch ${Math.min(row.epochs, row.epochsDone + 1)} of ${row.epochs}`}.
      You can leave this page and come back by its address.
    </p>
  )
}
