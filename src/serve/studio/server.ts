import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import type { Backend } from '../../engine/backend.ts'
import { toJson } from '../../protocol/json.ts'
import { environmentFor } from '../../runs/worker-process.ts'
import type { RunStore } from '../../store/store.ts'
import { guard } from '../guard.ts'
import { studioKey } from '../key.ts'
import { addressOf, listen } from '../listening.ts'
import { type Api, checkByFields, refuse } from '../refusals.ts'
import { assets } from './assets.ts'
import type { StudioContext } from './context.ts'
import { dataRoutes } from './data.ts'
import { Datasets, type KnownExperiment } from './datasets.ts'
import { evaluationRoutes } from './evaluation.ts'
import { eventRoutes } from './events.ts'
import { type ExperimentFile, Experiments } from './experiments.ts'
import { imageTagRoutes } from './image-tags.ts'
import { JobQueue } from './job-queue.ts'
import { jobRoutes } from './jobs.ts'
import { mapRoutes } from './maps.ts'
import { modelRoutes } from './models.ts'
import { newRunRoutes } from './new-run.ts'
import { parameterRoutes } from './parameters.ts'
import { PictureFolders } from './pictures/picture-folders.ts'
import { pictureRoutes } from './pictures/routes.ts'
import { publicationRoutes } from './publications.ts'
import { runListRoutes } from './run-list.ts'
import { runRoutes } from './runs.ts'
import { searchRoutes } from './search-routes.ts'
import { Searches } from './searches.ts'
import { Watch } from './watch.ts'

export interface StudioOptions {
  readonly store: RunStore
  /** A name or address of this machine. */
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** What the user chose for signing in besides the key of the address; `null`: nothing. */
  readonly token: string | null
  /** What networks are asked on. */
  readonly backend: Backend
  readonly experiments: readonly KnownExperiment[]
  /** Experiments that are code: listed, and run when a person chooses one. */
  readonly files?: readonly ExperimentFile[]
  /** A folder that holds known datasets' files. */
  readonly dataDir: string | undefined
  /** The folder whose folder `pictures` has the user's own pictures. Default: the working folder. */
  readonly project?: string
  /** A request that is not there in full by then is given up; answers may take as long as they need. Default: 20 s. */
  readonly requestMs?: number
}

export interface Studio {
  /** What to open, the key included. */
  readonly url: string
  /** The server's own address. */
  readonly origin: string
  /** Goes with each request of a program, as `Authorization: Bearer …`. */
  readonly key: string
  close(): Promise<void>
  /** The run whose training `close` has stopped. */
  stopped(): string | null
}

/** More than any experiment; images are decoded in the page. */
const BODY_BYTES = 1 << 20
/** Each browser holds a few; the process has about a thousand files to open by default. */
const MOST_CONNECTIONS = 600
/** Many runs that are followed at once have long addresses. */
const HEAD_BYTES = 64 << 10

/** Starts the studio's server. Throws a `HeddleError` if the app is not built or the port is taken. */
export async function startStudio(options: StudioOptions): Promise<Studio> {
  const { store, host, port, token, backend, dataDir, requestMs = 20_000, project = process.cwd() } = options
  const app = Fastify({
    bodyLimit: BODY_BYTES,
    forceCloseConnections: true,
    requestTimeout: requestMs,
    http: {
      headersTimeout: requestMs,
      connectionsCheckingInterval: requestMs / 4,
      maxHeaderSize: HEAD_BYTES,
    },
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: refuse,
    rewriteUrl: ({ url = '/' }) => readable(url),
  })
  app.server.maxConnections = MOST_CONNECTIONS
  // JSON alone: a form of another site can send text.
  app.removeContentTypeParser('text/plain')
  const key = studioKey(store.folder)
  guard(app, { host, key, token })
  app.setErrorHandler(refuse)
  app.setValidatorCompiler(checkByFields as never)
  app.setReplySerializer(payload => toJson(payload))
  assets(app)
  const watch = new Watch(store)
  const env = environmentFor(store, dataDir)
  const jobs = await JobQueue.open(store, env)
  app.addHook('onClose', async () => {
    watch.stop()
    await jobs.close()
  })
  const pictures = new PictureFolders(project)
  const datasets = new Datasets(store, dataDir, pictures)
  const experiments = new Experiments(options.experiments, options.files ?? [], datasets)
  const searches = new Searches(store, watch)
  const context: StudioContext = {
    store,
    watch,
    searches,
    jobs,
    datasets,
    backend,
    experiments,
    pictures,
    env,
  }
  await app.register(
    async (api: Api) => {
      evaluationRoutes(api, context)
      eventRoutes(api, context)
      runRoutes(api, context)
      runListRoutes(api, context)
      parameterRoutes(api, context)
      searchRoutes(api, context)
      jobRoutes(api, context)
      mapRoutes(api, context)
      modelRoutes(api, context)
      dataRoutes(api, context)
      imageTagRoutes(api, context)
      newRunRoutes(api, context)
      await pictureRoutes(api, context)
      await publicationRoutes(api, context)
    },
    { prefix: '/api' },
  )
  try {
    await listen(app, { host, port, what: 'studio' })
  } catch (error) {
    await app.close()
    throw error
  }
  const { port: taken } = app.server.address() as AddressInfo
  const origin = `http://${addressOf(host)}:${taken}/`
  return {
    url: `${origin}?token=${key}`,
    origin,
    key,
    stopped: () => jobs.interrupted,
    close: () => app.close(),
  }
}

/** An address with a stray "%" is one that nothing is at, and not a broken request. */
function readable(url: string): string {
  try {
    decodeURI(url)
    return url
  } catch {
    return url.replaceAll('%', '%25')
  }
}
