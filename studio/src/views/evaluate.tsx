import { useEffect } from 'react'
import { Evaluated } from '../evaluate/evaluated.tsx'
import { Empty } from '../parts/messages.tsx'
import { RunChoice } from '../parts/run-choice.tsx'
import { Link, setQuery } from '../router.tsx'
import { useRuns } from '../stream.ts'
import type { ViewProps } from './index.tsx'
import '../parts/page.css'
import '../evaluate/evaluate.css'

/** `/evaluate?run=<id>&label=<class>&predicted=<class>&shares=row&curve=<class>&index=<image>&explain=<class>` */
export function EvaluateView({ place }: ViewProps) {
  const { rows } = useRuns()
  const tested = rows?.filter(({ testAccuracy }) => testAccuracy !== null) ?? null
  const run = place.query.get('run')
  const newest = tested?.[0]?.id
  const wanted = run ?? newest
  // Another one that is trained meanwhile must not take this one's place.
  useEffect(() => {
    if (run === null && newest) setQuery({ run: newest })
  }, [run, newest])
  if (wanted === undefined) {
    if (tested === null) return <p className="quiet">Reading the store …</p>
    return (
      <Empty title="There is no tested network to evaluate yet">
        <p>
          Train one with <Link href="/new">New run</Link>, or on the command line:
        </p>
        <pre>heddle run experiments/basic-vs-standard.ts</pre>
      </Empty>
    )
  }
  return (
    <div className="evaluate">
      <header className="heading">
        <h1>Evaluate</h1>
        <RunChoice runs={tested ?? []} chosen={wanted} onChoose={id => setQuery({ run: id })} />
        <Link href={`/compare?runs=${wanted}`}>Compare it</Link>
      </header>
      <Evaluated key={wanted} run={wanted} query={place.query} />
    </div>
  )
}
