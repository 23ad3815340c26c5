import { createReadStream } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { UsageError } from '../spec/errors.ts'
import type { StudioContext } from './context.ts'

/** The file of a run's trained network; a page decodes it and predicts by itself. */
export function modelRoutes(app: FastifyInstance, { store }: StudioContext): void {
  app.get<{ Params: { id: string } }>('/runs/:id/model', async ({ params }, reply) => {
    const id = await store.find(params.id)
    const path = await store.artefactPath(id, 'model.safetensors')
    if (!path) {
      throw new UsageError(
        `The run ${id} has kept no model: it was not trained to its end. Resume it, or choose another run.`,
      )
    }
    reply.type('application/octet-stream')
    return createReadStream(path)
  })
}
