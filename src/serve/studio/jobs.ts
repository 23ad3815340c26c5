import type { FastifyInstance } from 'fastify'
import { UsageError } from '../../base/errors.ts'
import { interruptProcess } from '../../store/process-identity.ts'
import type { StudioContext } from './context.ts'

interface ById {
  readonly Params: { readonly id: string }
}

/** Trainings that wait, run and are done; stopping and resuming. Starting one: `new-run.ts`. */
export function jobRoutes(app: FastifyInstance, { store, jobs }: StudioContext): void {
  app.get<ById>('/jobs/:id/log', async ({ params }) => ({ text: await jobs.log(params.id) }))

  app.post<ById>('/jobs/:id/start', async ({ params }) => {
    await jobs.start(params.id)
    return {}
  })

  app.post<ById>('/jobs/:id/stop', async ({ params }) => {
    await jobs.stop(params.id)
    return {}
  })

  app.delete('/jobs', async () => {
    await jobs.clear()
    return {}
  })

  /** Sends SIGINT, as Ctrl-C does, to the run's process, also if a command line started it. */
  app.post<ById>('/runs/:id/stop', async ({ params }) => {
    const run = await store.run(await store.find(params.id))
    if (run.status !== 'running') throw new UsageError(`The run ${run.id} is ${run.status}, not running.`)
    if (!interruptProcess(run.owner)) {
      throw new UsageError(`The run ${run.id} is trained on another machine: stop it there with Ctrl-C.`)
    }
    return {}
  })

  app.post<ById>('/runs/:id/resume', async ({ params }) => jobs.resume(await store.find(params.id)))
}
