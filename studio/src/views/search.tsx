import { Skeleton } from '../design/skeleton.tsx'
import { Problem } from '../parts/messages.tsx'
import type { ViewProps } from '../router.tsx'
import { SearchList } from '../search/search-list.tsx'
import { SearchPage } from '../search/search-page.tsx'
import { useRuns } from '../stream/stream.ts'
import '../runs/runs.css'
import '../charts/charts.css'
import '../search/search.css'

/** `/search`, `/search/3f9a…`. */
export function SearchView({ place }: ViewProps) {
  const { searches: rows } = useRuns()
  const [, wanted] = place.path
  if (rows === null) return <Skeleton label="Reading the store …" />
  if (wanted === undefined) return <SearchList rows={rows} />
  const row = rows.find(({ id, name }) => id.startsWith(wanted) || name === wanted)
  return row ? (
    <SearchPage key={row.id} row={row} query={place.query} />
  ) : (
    <Problem error={new Error(`There is no search "${wanted}". The page Search lists all of them.`)} />
  )
}
