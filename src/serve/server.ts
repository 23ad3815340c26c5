import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import type { Backend } from '../engine/backend.ts'
import { HeddleError, UsageError } from '../spec/errors.ts'
import { visible } from '../spec/visible.ts'
import type { RunStore } from '../store/run-store.ts'
import type { ExperimentSpec } from '../train/experiment.ts'
import { assets } from './assets.ts'
import { dataRoutes } from './data.ts'
import { Datasets } from './datasets.ts'
import { evaluationRoutes } from './evaluation.ts'
import { eventRoutes } from './events.ts'
import { guard } from './guard.ts'
import { JobQueue } from './job-queue.ts'
import { jobRoutes } from './jobs.ts'
import { modelRoutes } from './models.ts'
import { newRunRoutes } from './new-run.ts'
import { runRoutes } from './runs.ts'
import { Watch } from './watch.ts'

/** An experiment file of the user's: what new runs may start from. */
export interface KnownExperiment {
  readonly experiment: ExperimentSpec
  /** Where its relative paths start. */
  readonly baseDir: string
}

export interface StudioOptions {
  readonly store: RunStore
  /** A name or address of this machine. */
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** What clients have to know; `null`: nothing. */
  readonly token: string | null
  /** What networks are asked on. */
  readonly backend: Backend
  readonly experiments: readonly KnownExperiment[]
  /** A folder that holds known datasets' files. */
  readonly dataDir: string | undefined
}

/** What every file of routes is given. */
export interface StudioContext {
  readonly store: RunStore
  readonly watch: Watch
  readonly jobs: JobQueue
  readonly datasets: Datasets
  readonly backend: Backend
  readonly experiments: readonly KnownExperiment[]
  readonly dataDir: string | undefined
}

export interface Studio {
  /** What to open, the token included. */
  readonly url: string
  close(): Promise<void>
  /** The run whose training `close` has stopped. */
  stopped(): string | null
}

/** More than any experiment; images are decoded in the page. */
const BODY_BYTES = 1 << 20

/** Starts the studio's server. Throws a `HeddleError` where the app is not built or the port is taken. */
export async function startStudio(options: StudioOptions): Promise<Studio> {
  const { store, host, port, token, backend, experiments, dataDir } = options
  const app = Fastify({
    bodyLimit: BODY_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  })
  // JSON alone: a form of another site can send text.
  app.removeContentTypeParser('text/plain')
  guard(app, { host, token })
  app.setErrorHandler(refuse)
  assets(app)
  const watch = new Watch(store)
  const jobs = await JobQueue.open(store, dataDir)
  app.addHook('onClose', async () => {
    watch.stop()
    await jobs.close()
  })
  const datasets = new Datasets(store, experiments, dataDir)
  const context: StudioContext = { store, watch, jobs, datasets, backend, experiments, dataDir }
  await app.register(
    async api => {
      evaluationRoutes(api, context)
      eventRoutes(api, context)
      runRoutes(api, context)
      jobRoutes(api, context)
      modelRoutes(api, context)
      dataRoutes(api, context)
      newRunRoutes(api, context)
    },
    { prefix: '/api' },
  )
  try {
    await listen(app, host, port)
  } catch (error) {
    await app.close()
    throw error
  }
  const { port: taken } = app.server.address() as AddressInfo
  const query = token === null ? '' : `?token=${encodeURIComponent(token)}`
  return {
    url: `http://${addressOf(host)}:${taken}/${query}`,
    stopped: () => jobs.interrupted,
    close: () => app.close(),
  }
}

/** What others can type: of all addresses, this machine's first that is not its own loop. */
function addressOf(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host.includes(':') ? `[${host}]` : host
  const outer = Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  return outer?.address ?? '127.0.0.1'
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') {
      throw new HeddleError(
        `Port ${port} is taken: is a studio open already? Another one: --port ${port + 1}, or --port 0.`,
      )
    }
    if (code === 'EACCES')
      throw new HeddleError(`Port ${port} is not allowed to you: name one above 1023 with --port.`)
    throw new HeddleError(`The studio cannot listen on ${host}, port ${port}: ${message}.`)
  }
}

/** What the client did wrong is told in words; a defect is told without its insides. */
function refuse(
  error: FastifyError,
  _request: unknown,
  reply: { code(status: number): { send(body: object): unknown } },
): void {
  if (error instanceof UsageError) reply.code(400).send({ error: error.message })
  else if (error instanceof HeddleError) reply.code(409).send({ error: error.message })
  else if (error.statusCode !== undefined && error.statusCode < 500) {
    reply.code(error.statusCode).send({ error: error.message })
  } else {
    process.stderr.write(`${visible(String(error.stack))}\n`)
    reply.code(500).send({ error: 'This is a defect of Heddle: the terminal in which it runs says more.' })
  }
}
