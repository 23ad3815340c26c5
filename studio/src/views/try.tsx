import { useEffect } from 'react'
import { useEngine } from '../engine/use-engine.ts'
import { Empty, Problem } from '../parts/messages.tsx'
import { RunChoice } from '../parts/run-choice.tsx'
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
  return (
    <div className="try">
      <header className="heading">
        <h1>Try it</h1>
        <RunChoice runs={finished ?? []} chosen={wanted} onChoose={id => setQuery({ run: id })} />
      </header>
      <Loaded run={wanted} explain={place.query.get('explain')} />
    </div>
  )
}

function Loaded({ run, explain }: { readonly run: string; readonly explain: string | null }) {
  const { ready, error, reload } = useEngine(run)
  if (error) return <Problem error={error} onRetry={reload} />
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
