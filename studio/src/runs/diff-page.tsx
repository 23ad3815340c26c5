import type { RunDifference } from '../../../src/protocol/studio.ts'
import { Empty, Problem } from '../parts/messages.tsx'
import { useGet } from '../parts/use-get.ts'
import { Wide } from '../parts/wide.tsx'
import { Link } from '../router.tsx'
import { useRuns } from '../stream/stream.ts'

/** What differs between two runs: what it follows from first, the results last. */
export function DiffPage({ a, b }: { readonly a: string; readonly b: string }) {
  const { rows } = useRuns()
  const { data, error, reload } = useGet<RunDifference[]>(`/runs/${a}/diff/${b}`)
  if (error) return <Problem error={error} onRetry={reload} />
  if (!data) return <p className="quiet">Comparing …</p>
  const nameOf = (id: string): string => {
    const row = rows?.find(run => run.id.startsWith(id))
    return row ? `${row.model}, seed ${row.seed}` : id
  }
  return (
    <div className="stack">
      <h1>What differs</h1>
      {data.length === 0 ? (
        <Empty title="No difference: model, options, data, code, machine and results are the same" />
      ) : (
        <div className="card">
          <Wide>
            <table className="plain-table">
              <thead>
                <tr>
                  <th scope="col">Of</th>
                  <th scope="col">What</th>
                  {[a, b].map(id => (
                    <th scope="col" key={id}>
                      <Link href={`/runs/${id}`}>{nameOf(id)}</Link>{' '}
                      <span className="mono quiet">{id.slice(0, 6)}</span>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {data.map(({ of, name, a: left, b: right }, i) => (
                  <tr key={`${of}.${name}`}>
                    <th scope="row">{of === data[i - 1]?.of ? <span className="unseen">{of}</span> : of}</th>
                    <td>{name}</td>
                    <td className="mono">{textOf(left)}</td>
                    <td className="mono">{textOf(right)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
        </div>
      )}
    </div>
  )
}

/** A hash: its beginning is enough to know it by. */
const HASH = /^[0-9a-f]{40,}$/

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '–'
  if (typeof value === 'number') return String(+value.toPrecision(6))
  if (typeof value === 'string') return HASH.test(value) ? `${value.slice(0, 12)}…` : value
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  if (typeof value !== 'object') return String(value)
  const { kind, ...rest } = value as { readonly kind?: string }
  const options = Object.entries(rest).flatMap(([name, one]) =>
    one === null ? [] : [`${name} ${textOf(one)}`],
  )
  return [...(kind ? [kind] : []), ...options].join(', ')
}
