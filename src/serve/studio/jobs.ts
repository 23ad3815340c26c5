import { UsageError } from '../../base/errors.ts'
import { jobFields, runFields } from '../../protocol/requests.ts'
import { interruptProcess } from '../../store/process-identity.ts'
import type { Api } from '../refusals.ts'
import type { StudioContext } from './context.ts'

/** Trainings that wait, run and are done; stopping and resuming. Starting one: `new-run.ts`. */
export function jobRoutes(app: Api, { store, jobs }: StudioContext): void {
  const ofJob = { schema: { params: jobFields } }
  const ofRun = { schema: { params: runFields } }

  app.get('/jobs/:id/log', ofJob, async ({ params }) => ({ text: await jobs.log(params.id) }))

  app.post('/jobs/:id/start', ofJob, async ({ params }) => {
    await jobs.start(params.id)
    return {}
  })

  app.post('/jobs/:id/stop', ofJob, async ({ params }) => {
    await jobs.stop(params.id)
    return {}
  })

  app.delete('/jobs', async () => {
    await jobs.clear()
    return {}
  })

  /** As Ctrl-C in the run's process does, also if a command line started it; on another machine it learns of that through the store. */
  app.post('/runs/:id/stop', ofRun, async ({ params }) => {
    const run = await store.run(await store.find(params.id))
    if (run.status !== 'running') throw new UsageError(`The run ${run.id} is ${run.status}, not running.`)
    // A trial is refused: its search would begin it again.
    if (run.study !== null || !interruptProcess(run.owner)) await store.askToStop(run.id)
    return {}
  })

  app.post('/runs/:id/resume', ofRun, async ({ params }) => jobs.resume(await store.find(params.id)))
}
