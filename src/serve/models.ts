import { createReadStream } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { UsageError } from '../spec/errors.ts'
import type { StudioContext } from './server.ts'

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
    // Named after its content, but a run that is resumed keeps another one.
    reply.header('cache-control', 'no-cache').type('application/octet-stream')
    return createReadStream(path)
  })
}
