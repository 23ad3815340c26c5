import { type ReactNode, useEffect } from 'react'
import { Skeleton } from '../design/skeleton.tsx'
import { Link, type Place, setQuery } from '../router.tsx'
import { useRuns } from '../stream/stream.ts'
import { Empty } from './messages.tsx'
import { RunChoice } from './run-choice.tsx'

/** Where no run is there yet: how to train one. */
export function NoRuns({ title }: { readonly title: string }) {
  return (
    <Empty heading="h1" icon="runs" title={title}>
      <p>
        Train one with <Link href="/new">New run</Link>, or on the command line:
      </p>
      <pre>heddle run experiments/basic-vs-standard.ts</pre>
    </Empty>
  )
}

/** A page about one trained network, whose run the address names: `?run=<id>`; the newest where it names none. */
export function NetworkPage({
  place,
  title,
  empty,
  beside,
  children,
}: {
  readonly place: Place
  readonly title: string
  /** What is said where there is no network. */
  readonly empty: string
  /** What stands beside the choice of the network. */
  readonly beside?: (run: string) => ReactNode
  readonly children: (run: string) => ReactNode
}) {
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
    return finished === null ? <Skeleton label="Reading the store …" /> : <NoRuns title={empty} />
  }
  return (
    <div className="stack">
      <header className="heading">
        <h1>{title}</h1>
        <RunChoice
          runs={finished ?? []}
          chosen={wanted}
          onChoose={id => setQuery({ run: id, layer: undefined }, { step: true })}
        />
        {beside?.(wanted)}
      </header>
      {children(wanted)}
    </div>
  )
}
