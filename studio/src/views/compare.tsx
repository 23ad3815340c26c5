import { useMemo, useState } from 'react'
import { mean } from '../../../src/base/maths.ts'
import { percent, plural } from '../../../src/base/text.ts'
import type { Comparison } from '../../../src/protocol/comparison.ts'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { ComparisonPage } from '../compare/comparison.tsx'
import { useGet } from '../parts/use-get.ts'
import '../compare/compare.css'
import { Disagreements } from '../compare/disagreements.tsx'
import { Skeleton } from '../design/skeleton.tsx'
import { Check } from '../parts/controls.tsx'
import { Empty, Problem } from '../parts/messages.tsx'
import { Link, type Place, setQuery } from '../router.tsx'
import { columns, grouped, sorted, withIds } from '../runs/columns.ts'
import { FilterFault } from '../runs/filter-field.tsx'
import { useRunFilter } from '../runs/use-run-filter.ts'
import { useRuns } from '../stream/stream.ts'

/** `/compare?runs=3f9a…,81c2…`: which of some models is better. Runs that differ in their seed alone are one model. */
export function CompareView({ place }: { readonly place: Place }) {
  const { rows } = useRuns()
  const ids = place.query.get('runs')?.split(',').filter(Boolean) ?? []
  const key = ids.join()
  const { data, error, reload } = useGet<Comparison>(ids.length > 1 ? `/compare?runs=${key}` : null)
  if (rows === null) return <Skeleton label="Reading the store …" />
  const finished = rows.filter(({ status }) => status === 'finished')
  if (finished.length < 2) {
    return (
      <Empty heading="h1" icon="scales" title="Nothing to compare yet">
        <p>
          You need two finished runs: <Link href="/new">start some</Link>, with several seeds each for a
          reliable answer.
        </p>
      </Empty>
    )
  }
  return (
    <div className="flow compare">
      <h1>Compare</h1>
      <Picker rows={finished} ids={ids} />
      <Problem error={error} onRetry={reload} />
      {ids.length > 1 && !data && !error && (
        <Skeleton label="Comparing image by image, 2,000 resampled test sets …" rows={16} />
      )}
      {data && <ComparisonPage comparison={data} />}
      {data && <Disagreements models={data.models} />}
    </div>
  )
}

/** Models to choose from: all seeds of a configuration at once. */
function Picker({ rows, ids }: { readonly rows: readonly RunRow[]; readonly ids: readonly string[] }) {
  const [text, setText] = useState('')
  const { test, fault } = useRunFilter(text)
  const groups = useMemo(() => {
    const newest = columns.find(({ id }) => id === 'createdAt')!
    return sorted(grouped(rows.filter(test)), one => one.value(newest), true)
  }, [rows, test])
  const [isOpen, setOpen] = useState(ids.length < 2)
  // Each comparison is a look at the test images: one for the whole choice.
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(ids))
  const datasets = new Set(rows.filter(({ id }) => chosen.has(id)).map(({ dataset }) => dataset))
  return (
    <details className="fold picker" open={isOpen} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>
        {ids.length < 2 ? 'Choose two models or more' : `${plural(ids.length, 'run')} chosen`}
      </summary>
      <input
        type="search"
        aria-label="Filter models"
        placeholder="Filter"
        value={text}
        onChange={event => setText(event.target.value)}
      />
      {fault && <FilterFault fault={fault} />}
      <ul>
        {groups.slice(0, 200).map(({ rows: members }) => {
          const [first] = members as readonly [RunRow]
          const isOn = members.every(({ id }) => chosen.has(id))
          return (
            <li key={first.id}>
              <Check
                checked={isOn}
                disabled={!isOn && datasets.size > 0 && !datasets.has(first.dataset)}
                onChange={() =>
                  setChosen(
                    withIds(
                      chosen,
                      members.map(({ id }) => id),
                      !isOn,
                    ),
                  )
                }
              >
                {first.experiment} / {first.model}
              </Check>
              <span className="quiet">
                {plural(members.length, 'seed')} · {percent(meanAccuracy(members))} · {first.dataset}
              </span>
            </li>
          )
        })}
      </ul>
      <button
        type="button"
        className="main"
        disabled={chosen.size < 2}
        onClick={() => {
          setQuery({ runs: [...chosen].join(',') }, { step: true })
          setOpen(false)
        }}
      >
        Compare
      </button>
    </details>
  )
}

function meanAccuracy(rows: readonly RunRow[]): number | null {
  const values = rows.flatMap(({ metrics }) => metrics.testAccuracy ?? [])
  return values.length > 0 ? mean(values) : null
}
