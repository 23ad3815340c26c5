import { runFields } from '../../protocol/requests.ts'
import type { Api } from '../refusals.ts'
import type { StudioContext } from './context.ts'

/** Searches, and what is known of one. Nothing of them is run here: `heddle search` does that. */
export function searchRoutes(app: Api, { store, searches }: StudioContext): void {
  const ofSearch = { schema: { params: runFields } }

  app.get('/searches/:id', ofSearch, async ({ params }) => searches.view(await store.studies.find(params.id)))

  app.get('/searches/:id/curves', ofSearch, async ({ params }) =>
    searches.curves(await store.studies.find(params.id)),
  )
}
