import { useMemo } from 'react'
import { plural } from '../../../src/base/text.ts'
import { Empty, Problem } from '../parts/messages.tsx'
import { useSent } from '../parts/use-sent.ts'
import { Link, setQuery } from '../router.tsx'
import { correct, useImages, useLabels } from './images.ts'
import type { PartProps } from './part.ts'
import { Retrain } from './retrain.tsx'
import { Tile } from './tile.tsx'

const SHOWN = 400

/** Labels that were marked as wrong, and a training with the right ones. */
export function Corrections({ page, query, corrections, onCorrections }: PartProps) {
  const found = (['train', 'test'] as const).map(split => Object.entries(corrections[split]).length)
  const [train, test] = found as [number, number]
  if (train + test === 0) {
    return (
      <Empty title="No label is marked as wrong">
        <p>
          Open an image under{' '}
          <Link
            href="?"
            onClick={event => {
              event.preventDefault()
              setQuery({ show: undefined }, { step: true })
            }}
          >
            Images
          </Link>{' '}
          and choose the class that it should be. Corrections are kept in a file beside the runs; the data is
          never changed.
        </p>
      </Empty>
    )
  }
  return (
    <div className="stack corrections">
      <p className="quiet">
        Kept in the store, as <code>corrections/{encodeURIComponent(page.name)}.json</code>: it holds what{' '}
        <code>corrected(source, …)</code> takes in an experiment.
      </p>
      <Retrain name={page.name} marked={train + test} fingerprint={page.fingerprint} query={query} />
      {train > 0 && <Marked split="train" {...{ page, corrections, onCorrections }} />}
      {test > 0 && <Marked split="test" {...{ page, corrections, onCorrections }} />}
    </div>
  )
}

function Marked({
  page,
  split,
  corrections: { [split]: marks },
  onCorrections,
}: Pick<PartProps, 'page' | 'split' | 'corrections' | 'onCorrections'>) {
  const labels = useLabels(page.name, split)
  const indices = useMemo(() => Object.keys(marks).map(Number), [marks])
  const images = useImages(page.name, { split, indices: indices.slice(0, SHOWN), shape: page.imageShape })
  const { error, sent } = useSent()
  return (
    <section className="card">
      <h2>
        {split}: {plural(indices.length, 'label')}
      </h2>
      <Problem error={error ?? labels.error ?? images.error} />
      <ul className="suspects">
        {labels.data &&
          indices.slice(0, SHOWN).map(index => {
            const was = page.classNames[labels.data![index]!]!
            const image = { split, index }
            return (
              <li key={index}>
                <Tile
                  image={image}
                  picture={images.data?.get(index)}
                  said={`${was}, should be ${marks[index]}`}
                />
                <div>
                  <p className="quiet">
                    {split} {index}
                  </p>
                  <p>
                    <del>{was}</del> {marks[index]}
                  </p>
                  <button
                    type="button"
                    className="plain"
                    onClick={() => sent(correct(page.name, image, { label: was }).then(onCorrections))}
                  >
                    Undo
                  </button>
                </div>
              </li>
            )
          })}
      </ul>
      {indices.length > SHOWN && <p className="quiet">The first {SHOWN}; the file has all.</p>}
    </section>
  )
}
