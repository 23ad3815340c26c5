import {
  nameFields,
  noteFields,
  runFields,
  runTagFields,
  tagFields,
  twoRunsFields,
} from '../../protocol/requests.ts'
import type { RunPage } from '../../protocol/studio.ts'
import { layersOf } from '../../runs/described.ts'
import { differences } from '../../runs/diff.ts'
import { storedRun } from '../../runs/stored.ts'
import { trainOptionText } from '../../train/options.ts'
import type { Api } from '../refusals.ts'
import type { StudioContext } from './context.ts'
import { rowOf } from './watch.ts'

/** What is known of runs, and what a user adds to them. */
export function runRoutes(app: Api, { store, watch }: StudioContext): void {
  app.get('/runs/:id', { schema: { params: runFields } }, async ({ params }): Promise<RunPage> => {
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

  app.get('/runs/:id/histograms', { schema: { params: runFields } }, async ({ params }) =>
    store.histograms(await store.find(params.id)),
  )

  app.get('/runs/:a/diff/:b', { schema: { params: twoRunsFields } }, async ({ params }) =>
    differences(store, await store.find(params.a), await store.find(params.b)),
  )

  /** Does what `change` does to a run; pages see it at once. */
  const changed = async (run: string, change: (id: string) => Promise<void>): Promise<object> => {
    await change(await store.find(run))
    await watch.look()
    return {}
  }

  app.post('/runs/:id/tags', { schema: { params: runFields, body: tagFields } }, ({ params, body }) =>
    changed(params.id, id => store.tag(id, body.tag)),
  )

  app.delete('/runs/:id/tags/:tag', { schema: { params: runTagFields } }, ({ params }) =>
    changed(params.id, id => store.untag(id, params.tag)),
  )

  app.put('/runs/:id/note', { schema: { params: runFields, body: noteFields } }, ({ params, body }) =>
    changed(params.id, id => store.note(id, body.note, body.was ?? undefined)),
  )

  app.put('/runs/:id/name', { schema: { params: runFields, body: nameFields } }, ({ params, body }) =>
    changed(params.id, id => store.rename(id, body.name, body.was ?? undefined)),
  )
}
