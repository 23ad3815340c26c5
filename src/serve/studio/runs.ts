import type { FastifyInstance } from 'fastify'
import { noteFields, tagFields } from '../../protocol/requests.ts'
import type { RunPage } from '../../protocol/studio.ts'
import { layersOf } from '../../runs/described.ts'
import { differences } from '../../runs/diff.ts'
import { storedRun } from '../../runs/stored.ts'
import { trainOptionText } from '../../train/options.ts'
import type { StudioContext } from './context.ts'
import { rowOf } from './watch.ts'

interface OfRun {
  readonly Params: { readonly id: string }
}

/** What is known of runs, and what a user adds to them. */
export function runRoutes(app: FastifyInstance, { store, watch }: StudioContext): void {
  app.get<OfRun>('/runs/:id', async ({ params }): Promise<RunPage> => {
    const id = await store.find(params.id)
    const run = await store.run(id)
    const { experiment, model, options, environment } = await storedRun(store, run)
    const artefacts = await store.artefacts(id)
    return {
      run: await rowOf(store, run, await store.tags(id)),
      spec: experiment,
      options: options.map(({ name, value, origin }) => ({
        name,
        text: trainOptionText(name, value),
        origin,
      })),
      layers: layersOf(model),
      environment: { ...environment },
      artefacts: artefacts.map(({ name, bytes }) => ({ name, bytes })),
    }
  })

  app.get<{ Params: { a: string; b: string } }>('/runs/:a/diff/:b', async ({ params }) =>
    differences(store, await store.find(params.a), await store.find(params.b)),
  )

  app.post<OfRun & { Body: { tag: string } }>(
    '/runs/:id/tags',
    { schema: { body: tagFields } },
    async ({ params, body }) => {
      await store.tag(await store.find(params.id), body.tag)
      await watch.look()
      return {}
    },
  )

  app.delete<{ Params: { id: string; tag: string } }>('/runs/:id/tags/:tag', async ({ params }) => {
    await store.untag(await store.find(params.id), params.tag)
    await watch.look()
    return {}
  })

  app.put<OfRun & { Body: { note: string } }>(
    '/runs/:id/note',
    { schema: { body: noteFields } },
    async ({ params, body }) => {
      await store.note(await store.find(params.id), body.note)
      await watch.look()
      return {}
    },
  )
}
