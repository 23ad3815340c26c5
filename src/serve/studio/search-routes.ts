import { runFields } from '../../protocol/requests.ts'
import type { Api } from '../refusals.ts'
import type { StudioContext } from './context.ts'

/** What is known of a search. The studio shows searches; `heddle search` runs them. */
export function searchRoutes(app: Api, { store, searches }: StudioContext): void {
  const ofSearch = { schema: { params: runFields } }

  app.get('/searches/:id', ofSearch, async ({ params }) => searches.view(await store.studies.find(params.id)))

  app.get('/searches/:id/curves', ofSearch, async ({ params }) =>
    searches.curves(await store.studies.find(params.id)),
  )
}
