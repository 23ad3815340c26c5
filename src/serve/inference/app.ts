import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { systemClock } from '../../base/clock.ts'
import { answerError } from './answer-error.ts'
import { BodyBudget } from './body-budget.ts'
import type { InferenceOptions } from './options.ts'
import { requestIds } from './request-id.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its route unpacks bodies itself, within bounds. */
    unpacks?: boolean
  }
  interface FastifyRequest {
    /** When its head was there. */
    startedMs: number
  }
}

/** Longer than load balancers keep a connection, so that it is they who close it. */
const KEEP_ALIVE_MS = 75_000
const HEAD_BYTES = 16 << 10
/** The system lets more clients wait. */
const MOST_CONNECTIONS = 4096

/** A server without routes: bounds, ids, logs and the words of errors. */
export function newApp({ limits, logLevel, tls }: InferenceOptions): FastifyInstance {
  const { maxBodyBytes, requestMs } = limits
  const app = Fastify({
    ...(tls && { https: { ...tls, minVersion: 'TLSv1.2' } }),
    bodyLimit: maxBodyBytes,
    requestTimeout: requestMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      headersTimeout: requestMs,
      connectionsCheckingInterval: requestMs / 4,
      maxHeaderSize: HEAD_BYTES,
    },
    routerOptions: { maxParamLength: 200 },
    genReqId: requestIds(),
    requestIdHeader: false,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    logger: {
      level: logLevel,
      base: null,
      messageKey: 'message',
      formatters: { level: (label: string) => ({ level: label }) },
    },
    frameworkErrors: answerError,
    // Each route checks what it takes in words of its own; the schemas describe it. Compilers would take longer to load than all the rest.
    schemaController: {
      compilersFactory: {
        buildValidator: () => () => () => true,
        buildSerializer: () => () => (value: unknown) => JSON.stringify(value),
      },
    },
    forceCloseConnections: 'idle',
  } as never) as unknown as FastifyInstance
  app.server.maxConnections = MOST_CONNECTIONS
  app.decorateRequest('startedMs', 0)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler(({ method, url }, reply) =>
    reply
      .code(404)
      .send({ error: `There is nothing at ${method} ${url.slice(0, 100)}. GET /models lists the models.` }),
  )
  // Pictures come under every type of content; what they are is seen by their first bytes.
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', (request, reply, done) => {
    request.startedMs = systemClock()
    reply.header('x-request-id', request.id)
    done()
  })
  return app
}

/** Bodies are received as far as the memory for them goes. Few routes unpack them: a small one can become a large one. */
export function boundBodies(app: FastifyInstance, largest: number): void {
  const budget = new BodyBudget(largest)
  app.addHook('onRequest', ({ headers, routeOptions }, reply, done) => {
    const encoding = headers['content-encoding']
    const isPacked = encoding !== undefined && encoding !== 'identity'
    if (isPacked && !routeOptions.config.unpacks) {
      return void reply
        .code(415)
        .send({ error: 'This server takes no compressed bodies: send the body as it is.' })
    }
    const isChunked = headers['transfer-encoding'] !== undefined
    if (headers['content-length'] === undefined && !isChunked) return done()
    try {
      const bytes = budget.take(headers['content-length'], isChunked || isPacked)
      reply.raw.once('close', () => budget.give(bytes))
    } catch (error) {
      return done(error as Error)
    }
    done()
  })
}
