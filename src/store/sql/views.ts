import { UsageError } from '../../base/errors.ts'
import { checkRows, MAX_QUERY } from '../cells.ts'
import type { ViewStore } from '../store.ts'
import { checkedName } from '../tag.ts'
import type { Database } from './database.ts'

export function viewsIn(database: Database): ViewStore {
  return {
    all: async () =>
      checkRows('view', await database.queries.selectFrom('view').selectAll().orderBy('name').execute()),
    async put({ name: given, query }) {
      const name = checkedName(given)
      if (name === '') throw new UsageError('A view needs a name.')
      if (query.length > MAX_QUERY)
        throw new UsageError(
          `This view is too long to be kept: choose fewer runs, at most ${MAX_QUERY} characters of an address.`,
        )
      await database.write(db =>
        db
          .insertInto('view')
          .values({ name, query })
          .onConflict(conflict => conflict.column('name').doUpdateSet({ query }))
          .execute(),
      )
    },
    async remove(name) {
      await database.write(db => db.deleteFrom('view').where('name', '=', name).execute())
    },
  }
}
