import type { Place } from '../router.tsx'
import { DiffPage } from '../runs/diff-page.tsx'
import { RunList } from '../runs/run-list.tsx'
import { RunPage } from '../runs/run-page.tsx'
import '../runs/runs.css'

/** `/runs`, `/runs/3f9a`, `/runs/3f9a/diff/81c2`. */
export function RunsView({ place }: { readonly place: Place }) {
  const [, id, word, other] = place.path
  if (id === undefined) return <RunList query={place.query} />
  if (word === 'diff' && other !== undefined) return <DiffPage a={id} b={other} />
  return <RunPage id={id} query={place.query} />
}
