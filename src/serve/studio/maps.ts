import { join } from 'node:path'
import type { Values } from '../../base/schema.ts'
import { type ImageMap, usualUmap } from '../../protocol/explanations.ts'
import { mapFields, runFields } from '../../protocol/requests.ts'
import type { TaskState } from '../../protocol/tasks.ts'
import type { Api } from '../refusals.ts'
import type { StudioContext } from './context.ts'
import { KeptTasks } from './kept-tasks.ts'

/** Maps of the images of runs: asked for, followed while they are computed, stopped, and kept. */
export function mapRoutes(app: Api, { store, env }: StudioContext): void {
  const maps = new KeptTasks<ImageMap>({ folder: join(store.folder, 'maps'), env, field: 'points' })
  app.addHook('onClose', async () => maps.close())
  const question = { schema: { params: runFields, querystring: mapFields } }

  app.get('/runs/:id/map', question, async ({ params, query }): Promise<TaskState<ImageMap>> => {
    return maps.of(keyOf(await store.find(params.id), query))
  })

  app.post('/runs/:id/map', question, async ({ params, query }): Promise<TaskState<ImageMap>> => {
    const run = await store.find(params.id)
    await maps.start(keyOf(run, query), { kind: 'map', run, ...query })
    return maps.of(keyOf(run, query))
  })

  app.delete('/runs/:id/map', question, async ({ params, query }): Promise<TaskState<ImageMap>> => {
    const key = keyOf(await store.find(params.id), query)
    maps.stop(key)
    return maps.of(key)
  })
}

/** A trained network does not change: its map is the same each time. Usual settings have no part in the name. */
function keyOf(run: string, { split, method, layer, ...umap }: Values<typeof mapFields>): string {
  const others = Object.entries(usualUmap)
    .filter(([name, usual]) => method === 'umap' && umap[name as keyof typeof umap] !== usual)
    .map(([name]) => `${name}=${umap[name as keyof typeof umap]}`)
  return [run, split, method, ...(layer === null ? [] : [encodeURIComponent(layer)]), ...others].join('-')
}
