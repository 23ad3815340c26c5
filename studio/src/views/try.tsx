import { NO_SHAPE, useImages } from '../data/images.ts'
import { useRunData } from '../data/use-run-data.ts'
import { Skeleton } from '../design/skeleton.tsx'
import { useEngine } from '../engine/use-engine.ts'
import { Problem } from '../parts/messages.tsx'
import { NetworkPage } from '../parts/network-page.tsx'
import type { Picture } from '../parts/pixels.tsx'
import { SecondChoice } from '../parts/second-choice.tsx'
import type { Loaded } from '../parts/use-loaded.ts'
import { setQuery, type ViewProps } from '../router.tsx'
import { useRuns } from '../stream/stream.ts'
import { TryModel } from '../try/try-model.tsx'
import '../try/try.css'

/** `/try?run=<id>&second=<id>&image=test:12&explain=<class>`: another path would be another page, without what was drawn. */
export function TryView({ place }: ViewProps) {
  return (
    <NetworkPage
      place={place}
      title="Try it"
      empty="There is no trained network to try yet"
      beside={run => (
        <SecondChoice
          run={run}
          second={place.query.get('second')}
          onChoose={id => setQuery({ second: id ?? undefined }, { step: true })}
        />
      )}
    >
      {run => <WithNetwork run={run} query={place.query} />}
    </NetworkPage>
  )
}

function WithNetwork({ run, query }: { readonly run: string; readonly query: URLSearchParams }) {
  const { ready, error, reload } = useEngine(run)
  const { rows } = useRuns()
  const given = useGiven(run, query.get('image'))
  if (error) return <Problem error={error} onRetry={reload} />
  if (!ready) return <Skeleton label="Loading the network …" rows={12} />
  const { engine, facts } = ready
  const second = query.get('second')
  const explain = facts.classNames.indexOf(query.get('explain') ?? '')
  return (
    <div aria-busy={ready.run !== run}>
      <Problem error={given.error} />
      <TryModel
        key={JSON.stringify(facts.preparation)}
        engine={engine}
        facts={facts}
        given={given.data}
        explain={explain < 0 ? null : explain}
        second={second}
        nameOf={id => {
          const row = rows?.find(one => one.id === id)
          return row ? `${row.model}, seed ${row.seed}` : id
        }}
        run={ready.run}
        onExplain={k => setQuery({ explain: k === null ? undefined : facts.classNames[k] })}
        onGiven={image => setQuery({ image: image ?? undefined })}
      />
    </div>
  )
}

/** The image `test:12` of what a run was trained on. */
function useGiven(run: string, image: string | null): Loaded<Picture> {
  const [, split, index] = /^(train|test):(\d{1,9})$/.exec(image ?? '') ?? []
  const page = useRunData(split === undefined ? null : run)
  const images = useImages(page.data?.name ?? '', {
    split: split === 'train' ? 'train' : 'test',
    indices: page.data ? [Number(index)] : [],
    shape: page.data?.imageShape ?? NO_SHAPE,
  })
  const picture = split === undefined ? undefined : images.data?.get(Number(index))
  return { data: picture ?? null, error: page.error ?? images.error }
}
