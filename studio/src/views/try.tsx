import { useEffect } from 'react'
import { useImages } from '../data/images.ts'
import { useRunData } from '../data/use-run-data.ts'
import { useEngine } from '../engine/use-engine.ts'
import { Empty, Problem } from '../parts/messages.tsx'
import type { Picture } from '../parts/pixels.tsx'
import { RunChoice } from '../parts/run-choice.tsx'
import { Link, setQuery } from '../router.tsx'
import { useRuns } from '../stream/stream.ts'
import { TryModel } from '../try/try-model.tsx'
import type { ViewProps } from './index.tsx'
import '../parts/page.css'
import '../try/try.css'

/** `/try?run=<id>&image=test:12&explain=<class>`: another path would be another page, without what was drawn. */
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
        <RunChoice
          runs={finished ?? []}
          chosen={wanted}
          onChoose={id => setQuery({ run: id }, { step: true })}
        />
      </header>
      <Loaded run={wanted} query={place.query} />
    </div>
  )
}

function Loaded({ run, query }: { readonly run: string; readonly query: URLSearchParams }) {
  const { ready, error, reload } = useEngine(run)
  const given = useGiven(run, query.get('image'))
  if (error) return <Problem error={error} onRetry={reload} />
  if (!ready) return <p className="quiet">Loading the network …</p>
  const { engine, facts } = ready
  const explain = facts.classNames.indexOf(query.get('explain') ?? '')
  return (
    <div aria-busy={ready.run !== run}>
      {given.error && <Problem error={given.error} />}
      <TryModel
        key={JSON.stringify(facts.preparation)}
        engine={engine}
        facts={facts}
        given={given.picture}
        explain={explain < 0 ? null : explain}
        onExplain={k => setQuery({ explain: k === null ? undefined : facts.classNames[k] })}
        onGiven={image => setQuery({ image: image ?? undefined })}
      />
    </div>
  )
}

/** The image `test:12` of what a run was trained on. */
function useGiven(
  run: string,
  image: string | null,
): { readonly picture: Picture | null; readonly error: Error | null } {
  const [, split, index] = /^(train|test):(\d{1,9})$/.exec(image ?? '') ?? []
  const page = useRunData(split === undefined ? null : run)
  const images = useImages(page.data?.name ?? '', {
    split: split === 'train' ? 'train' : 'test',
    indices: page.data ? [Number(index)] : [],
    shape: page.data?.imageShape ?? NO_SHAPE,
  })
  const picture = split === undefined ? undefined : images.data?.get(Number(index))
  return { picture: picture ?? null, error: page.error ?? images.error }
}

/** The same each time, so that nothing is asked again. */
const NO_SHAPE = [1, 1, 1] as const
