import type { FastifyInstance } from 'fastify'
import type { ServedModels } from './model-repository.ts'
import { healthSchema } from './schemas.ts'

export interface Health {
  readonly models: ServedModels
  /** Requests are finished, and no new ones are wanted. */
  readonly isStopping: () => boolean
}

/** Whether the process works (`/livez`), and whether it wants requests (`/readyz`, `/healthz`). Open without the token. */
export function healthRoutes(app: FastifyInstance, { models, isStopping }: Health): void {
  const config = { isOpen: true }
  app.get('/livez', { config, schema: healthSchema('Whether the process works') }, () => ({
    status: 'alive',
  }))
  for (const path of ['/readyz', '/healthz']) {
    app.get(path, { config, schema: healthSchema('Whether the server wants requests') }, (_, reply) => {
      if (!isStopping() && models.list().length > 0) return { status: 'ready' }
      return reply.code(503).send({ error: isStopping() ? 'The server is stopping.' : 'There is no model.' })
    })
  }
}
