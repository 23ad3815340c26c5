import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { systemClock } from '../../base/clock.ts'
import { addressOf, listen } from '../listening.ts'
import { boundBodies, newApp } from './app.ts'
import { docsRoutes } from './docs-routes.ts'
import { gate } from './gate.ts'
import { healthRoutes } from './health-routes.ts'
import { metricsText } from './metrics.ts'
import { ModelRepository } from './model-repository.ts'
import { modelRoutes } from './model-routes.ts'
import type { InferenceOptions } from './options.ts'
import { PictureInputs } from './picture-inputs.ts'
import { predictRoutes } from './predict-routes.ts'
import { metricsSchema } from './schemas.ts'
import { v2Routes } from './v2/routes.ts'
import { refuseWrongMethods } from './wrong-method.ts'

export interface InferenceServer {
  /** What clients ask, without a path. */
  readonly origin: string
  /** Takes no new requests, and ends when those that run are answered. */
  close(): Promise<void>
}

/** Starts a server. Throws a `HeddleError` if a model cannot be read or the port is taken. */
export async function startInference(options: InferenceOptions): Promise<InferenceServer> {
  const { host, port, tls } = options
  const app = await inferenceApp(options)
  try {
    await listen(app, { host, port, what: 'server' })
  } catch (error) {
    await app.close()
    throw error
  }
  const { port: taken } = app.server.address() as AddressInfo
  return {
    origin: `${tls ? 'https' : 'http'}://${addressOf(host)}:${taken}`,
    close: () => app.close(),
  }
}

/** The server without a port: what tests ask. */
export async function inferenceApp(options: InferenceOptions): Promise<FastifyInstance> {
  const { sources, backend, token, host, limits, watchMs } = options
  const app = newApp(options)
  const models = await ModelRepository.open(sources, { backend, limits, log: app.log })
  models.watch(watchMs)
  const pictures = new PictureInputs(limits)
  const statuses = new Map<number, number>()
  let isStopping = false
  const isEachLogged = options.logLevel === 'debug'
  app.addHook('preClose', async () => {
    isStopping = true
    app.log.info('stopping')
  })
  app.addHook('onClose', async () => {
    models.close()
    await pictures.close()
  })
  gate(app, { host, token })
  refuseWrongMethods(app)
  boundBodies(app, limits.maxBodyBytes)
  app.addHook('onResponse', (request, reply, done) => {
    statuses.set(reply.statusCode, (statuses.get(reply.statusCode) ?? 0) + 1)
    if (isEachLogged) {
      const { method, url, startedMs } = request
      request.log.debug({ method, url, status: reply.statusCode, ms: systemClock() - startedMs }, 'request')
    }
    done()
  })
  await app.register(async api => {
    docsRoutes(api, { needsToken: token !== null })
    const health = { models, isStopping: () => isStopping }
    await api.register(v2Routes, { ...health, pictures, maxBodyBytes: limits.maxBodyBytes })
    predictRoutes(api, models, pictures)
    modelRoutes(api, models)
    healthRoutes(api, health)
    api.get('/metrics', { schema: metricsSchema }, (_, reply) =>
      reply
        .header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
        .send(metricsText(models.list(), statuses)),
    )
  })
  await app.ready()
  return app
}
