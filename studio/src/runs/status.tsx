import type { RunRow } from '../../../src/protocol/studio.ts'
import { duration } from '../parts/format.ts'
import { Problem } from '../parts/messages.tsx'
import { useGet } from '../parts/use-get.ts'

const marks = {
  waiting: '○',
  running: '●',
  paused: '‖',
  finished: '✓',
  done: '✓',
  interrupted: '‖',
  failed: '✕',
  unreadable: '?',
} as const

/** The state of a run, a trial or a search: a word, and a sign and colour for those who scan. */
export function Status({ status }: { readonly status: keyof typeof marks }) {
  return (
    <span className={`status ${status}`}>
      <span aria-hidden="true">{marks[status]}</span> {status}
    </span>
  )
}

/** How far a training is. */
export function RunProgress({ row }: { readonly row: RunRow }) {
  if (row.status !== 'running') return null
  const total = row.epochs * row.stepsPerEpoch
  const done = (row.step ?? -1) + 1
  return (
    <p className="strip progress">
      <progress value={done} max={total} aria-label="Trained" />
      <span>
        {Math.floor((100 * done) / total)} % · step {done} of {total} · epoch{' '}
        {Math.min(row.epochs, row.epochsDone + 1)} of {row.epochs}
      </span>
      <span className="quiet">
        {row.remainingMs === null
          ? 'measuring the speed …'
          : `about ${duration(row.remainingMs / 1000)} left`}
      </span>
    </p>
  )
}

/** What a training that was started here has written; another `version` asks again. */
export function JobLog({ id, version = '' }: { readonly id: string; readonly version?: string }) {
  const { data, error } = useGet<{ text: string }>(`/jobs/${id}/log?${version}`)
  return data ? <pre className="code">{data.text}</pre> : <Problem error={error} />
}
