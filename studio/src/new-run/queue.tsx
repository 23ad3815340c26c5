import { useState } from 'react'
import type { Job } from '../../../src/protocol/studio.ts'
import { send } from '../api.ts'
import { Problem } from '../parts/messages.tsx'
import { useSent } from '../parts/use-sent.ts'
import { Link } from '../router.tsx'
import { JobLog, RunProgress } from '../runs/status.tsx'
import { useRuns } from '../stream/stream.ts'

/** What was started here: one trains, the others wait. */
export function Queue() {
  const { jobs, rows } = useRuns()
  const { error, sent } = useSent()
  if (jobs.length === 0) return null
  const isOver = ({ state }: Job): boolean => state !== 'queued' && state !== 'running'
  return (
    <section className="card queue" aria-label="Queue">
      <h2 className="strip">
        Queue
        {jobs.some(isOver) && (
          <button type="button" className="plain" onClick={() => sent(send('DELETE', '/jobs'))}>
            Clear finished
          </button>
        )}
      </h2>
      <Problem error={error} />
      <ul>
        {jobs.map(job => {
          const row = rows?.find(({ id }) => id === job.run)
          return (
            <li key={job.id} className={job.state}>
              <span>
                {job.run ? <Link href={`/runs/${job.run}`}>{job.model}</Link> : job.model} seed {job.seed}
              </span>
              <span className={job.state === 'failed' ? 'status failed' : 'quiet'}>
                {job.isHeld ? 'waits for you' : job.state}
              </span>
              {job.isHeld && (
                <button type="button" onClick={() => sent(send('POST', `/jobs/${job.id}/start`))}>
                  Start
                </button>
              )}
              {!isOver(job) && (
                <button type="button" onClick={() => sent(send('POST', `/jobs/${job.id}/stop`))}>
                  {job.state === 'queued' ? 'Remove' : 'Stop'}
                </button>
              )}
              {job.state === 'running' && row && <RunProgress row={row} />}
              {job.state === 'failed' && <span>{job.error}</span>}
              {job.state === 'failed' && <Log id={job.id} />}
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** What a training wrote before it failed. */
function Log({ id }: { readonly id: string }) {
  const [isOpen, setOpen] = useState(false)
  return isOpen ? (
    <JobLog id={id} />
  ) : (
    <button type="button" className="plain" onClick={() => setOpen(true)}>
      Log
    </button>
  )
}
