import type { SearchRow } from '../../../src/protocol/studio.ts'
import { nameInText, objectiveText } from '../../../src/protocol/study-text.ts'
import { moment } from '../parts/format.ts'
import { Empty } from '../parts/messages.tsx'
import { Wide } from '../parts/wide.tsx'
import { Link } from '../router.tsx'
import { hasSeveralUsers } from '../runs/columns.ts'
import { Status } from '../runs/status.tsx'

/** All searches of the store, the newest first. */
export function SearchList({ rows }: { readonly rows: readonly SearchRow[] }) {
  if (rows.length === 0)
    return (
      <Empty heading="h1" icon="search" title="No searches yet">
        <p>
          A search tries values of parameters, repeats the best ones, and compares them with your own. Start
          one on the command line:
        </p>
        <pre>heddle search my-search.ts --trials 60</pre>
      </Empty>
    )
  const hasUsers = hasSeveralUsers(rows)
  return (
    <div className="stack">
      <h1>Searches</h1>
      <section className="card" aria-label="All searches">
        <Wide>
          <table className="plain-table numbers named searches">
            <thead>
              <tr>
                <th scope="col">Search</th>
                <th scope="col" className="left">
                  State
                </th>
                <th scope="col">Trials</th>
                <th scope="col">Best</th>
                {hasUsers && (
                  <th scope="col" className="left">
                    Begun by
                  </th>
                )}
                <th scope="col">Begun</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(row => (
                <tr key={row.id}>
                  <th scope="row">
                    <Link href={`/search/${row.id}`}>{row.name}</Link>{' '}
                    <span className="mono quiet">{row.id.slice(0, 4)}</span>
                  </th>
                  <td className="left">
                    <Status status={row.state} />
                  </td>
                  <td>
                    {row.trials}
                    {row.ofTrials !== null && ` of ${row.ofTrials}`}
                  </td>
                  <td>
                    {row.objective && row.best !== null
                      ? `${objectiveText(row.objective, row.best)} ${nameInText(row.objective.label)}`
                      : (row.problem ?? '–')}
                  </td>
                  {hasUsers && <td className="left">{row.user}</td>}
                  <td>{moment(row.createdAt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      </section>
    </div>
  )
}
