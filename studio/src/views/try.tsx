import { useEffect, useState } from 'react'
import { Engine } from '../engine/engine.ts'
import type { ModelFacts } from '../engine/engine.worker.ts'
import { Empty, Problem } from '../parts/messages.tsx'
import { Link, setQuery } from '../router.tsx'
import { useRuns } from '../stream.ts'
import { TryModel } from '../try/try-model.tsx'
import type { ViewProps } from './index.tsx'
import '../parts/page.css'
import '../try/try.css'

/** `/try?run=<id>&explain=<class>`: another path would be another page, without what was drawn. */
export function TryView({ place }: ViewProps) {
  const { rows } = useRuns()
  const finished = rows?.filter(({ status }) => status === 'finished') ?? null
  const newest = finished?.[0]?.id
  const run = place.query.get('run')
  const wanted = run ?? newest
  // Another one that is trained meanwhile must not take this one's place.
  useEffect(() => {
    if (run === null && newest) setQuery({ run: newest })
  }, [run, newest])
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
          <select value={wanted} onChange={event => setQuery({ run: event.target.value })}>
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
      <Loaded run={wanted} explain={place.query.get('explain')} />
    </div>
  )
}

interface Ready {
  readonly run: string
  readonly engine: Engine
  readonly facts: ModelFacts
}

/** While another network is loaded, the one before it stays, and what was drawn for it. */
function Loaded({ run, explain }: { readonly run: string; readonly explain: string | null }) {
  const [ready, setReady] = useState<Ready | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` loads again.
  useEffect(() => {
    const engine = new Engine()
    let isOver = false
    setError(null)
    engine.load(run).then(
      facts => (isOver ? engine.end() : setReady({ run, engine, facts })),
      reason => {
        engine.end()
        if (!isOver) setError(reason)
      },
    )
    return () => {
      isOver = true
    }
  }, [run, attempt])
  useEffect(() => () => ready?.engine.end(), [ready])
  if (error) return <Problem error={error} onRetry={() => setAttempt(attempt + 1)} />
  if (!ready) return <p className="quiet">Loading the network …</p>
  const { engine, facts } = ready
  const index = explain === null ? -1 : facts.classNames.indexOf(explain)
  return (
    <div aria-busy={ready.run !== run}>
      <TryModel
        key={facts.inputShape.join()}
        engine={engine}
        facts={facts}
        explain={index < 0 ? null : index}
        onExplain={k => setQuery({ explain: k === null ? undefined : facts.classNames[k] })}
      />
    </div>
  )
}
