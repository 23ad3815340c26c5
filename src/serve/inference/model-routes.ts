import type { FastifyInstance } from 'fastify'
import type { ServedModels } from './model-repository.ts'
import { modelsSchema, versionsSchema } from './schemas.ts'
import type { ServedModel } from './served-model.ts'

/** `GET /models` and `GET /models/:name`: what is served, and what it takes. */
export function modelRoutes(app: FastifyInstance, models: ServedModels): void {
  app.get('/models', { schema: modelsSchema }, () => ({ models: models.list().map(factsOf) }))
  app.get('/models/:name', { schema: versionsSchema }, request => {
    // Throws where there is none.
    const { name } = models.get((request.params as { readonly name: string }).name)
    return {
      models: models
        .list()
        .filter(model => model.name === name)
        .map(factsOf),
    }
  })
}

function factsOf(model: ServedModel) {
  const { name, version, digest, inputShape, classNames, preparation, temperature } = model
  return { name, version, digest, inputShape, classNames, preparation, temperature }
}
