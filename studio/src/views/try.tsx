import { useEffect, useState } from 'react'
import { Empty, Problem } from '../parts/messages.tsx'
import { go, Link, setQuery } from '../router.tsx'
import { useRuns } from '../stream.ts'
import { Engine } from '../try/engine.ts'
import type { ModelFacts } from '../try/engine.worker.ts'
import { TryModel } from '../try/try-model.tsx'
import type { ViewProps } from './index.tsx'
import '../try/try.css'

/** `/try/<run>?explain=<class>` */
export function TryView({ place }: ViewProps) {
  const { rows } = useRuns()
  const finished = rows?.filter(({ status }) => status === 'finished') ?? null
  const wanted = place.path[1] ?? finished?.[0]?.id
  if (wanted === undefined) {
    if (finished === null) return <p className="quiet">Reading the store …</p>
    return (
      <Empty title="There is no trained network to try yet">
        <p>
          Train one with <Link href="/new">New run</Link>, or on the command line:
        </p>
        <pre>heddle run experiments/basic-vs-standard.ts</pre>
      </Empty>
    )
  }
  const named = finished?.some(({ id }) => id === wanted) ?? false
  return (
    <div className="try">
      <header className="heading">
        <h1>Try it</h1>
        <label>
          Network{' '}
          <select value={wanted} onChange={event => go(`/try/${event.target.value}${location.search}`)}>
            {!named && <option value={wanted}>{wanted}</option>}
            {finished?.map(({ id, model, experiment, seed, testAccuracy }) => (
              <option key={id} value={id}>
                {model} · {experiment} · seed {seed}
                {testAccuracy !== null && ` · ${(100 * testAccuracy).toFixed(2)} %`} · {id.slice(0, 6)}
              </option>
            ))}
          </select>
        </label>
      </header>
      <Loaded key={wanted} run={wanted} explain={place.query.get('explain')} />
    </div>
  )
}

type Loading =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: Error }
  | { readonly state: 'ready'; readonly engine: Engine; readonly facts: ModelFacts }

function Loaded({ run, explain }: { readonly run: string; readonly explain: string | null }) {
  const [loading, setLoading] = useState<Loading>({ state: 'loading' })
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` loads again.
  useEffect(() => {
    const engine = new Engine()
    let isOver = false
    setLoading({ state: 'loading' })
    engine.load(run).then(
      facts => isOver || setLoading({ state: 'ready', engine, facts }),
      error => isOver || setLoading({ state: 'failed', error }),
    )
    return () => {
      isOver = true
      engine.end()
    }
  }, [run, attempt])
  if (loading.state === 'failed') {
    return <Problem error={loading.error} onRetry={() => setAttempt(attempt + 1)} />
  }
  if (loading.state === 'loading') return <p className="quiet">Loading the network …</p>
  const { engine, facts } = loading
  const index = explain === null ? -1 : facts.classNames.indexOf(explain)
  return (
    <TryModel
      engine={engine}
      facts={facts}
      explain={index < 0 ? null : index}
      onExplain={k => setQuery({ explain: k === null ? undefined : facts.classNames[k] })}
    />
  )
}
