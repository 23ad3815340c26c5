import { createReadStream } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { artefactOf } from '../runs/stored-run.ts'
import type { StudioContext } from './context.ts'

/** The file of a run's trained network; a page decodes it and predicts by itself. */
export function modelRoutes(app: FastifyInstance, { store }: StudioContext): void {
  app.get<{ Params: { id: string } }>('/runs/:id/model', async ({ params }, reply) => {
    const run = await store.run(await store.find(params.id))
    const path = await artefactOf(store, run, 'model.safetensors')
    reply.type('application/octet-stream')
    return createReadStream(path)
  })
}
