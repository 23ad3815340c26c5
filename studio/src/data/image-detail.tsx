import { useMemo } from 'react'
import { Problem } from '../parts/messages.tsx'
import { Pixels } from '../parts/pixels.tsx'
import { BlockView } from '../parts/section-view.tsx'
import { useSent } from '../parts/use-sent.ts'
import { Link, setQuery } from '../router.tsx'
import { correct, useImages } from './images.ts'
import type { PartProps } from './part.ts'

/** One image, large, and the label that it should have. */
export function ImageDetail({
  page,
  split,
  index,
  isThere,
  label,
  neighbours: [before, after],
  corrections,
  onCorrections,
}: Omit<PartProps, 'query'> & {
  readonly index: number
  readonly isThere: boolean
  readonly label: string
  readonly neighbours: readonly [number | undefined, number | undefined]
}) {
  const { name, classNames, imageShape, counts } = page
  const { error, sent } = useSent()
  const indices = useMemo(() => (isThere ? [index] : []), [isThere, index])
  const image = useImages(name, { split, indices, shape: imageShape })
  const corrected = corrections[split][index]
  const open = (i: number | undefined): void =>
    setQuery({ index: i === undefined ? undefined : String(i) }, { step: true })
  return (
    <aside className="card image-detail" aria-label="Image">
      <header>
        <h2>
          {split} {index}
        </h2>
        <button type="button" className="plain" onClick={() => open(undefined)}>
          Close
        </button>
      </header>
      {isThere ? (
        <>
          <div className="image-large" style={{ aspectRatio: `${imageShape[1]} / ${imageShape[0]}` }}>
            {label && <Pixels picture={image.data?.get(index)} label={`${split} ${index}: ${label}`} />}
          </div>
          <div className="strip">
            <button type="button" disabled={before === undefined} onClick={() => open(before)}>
              Previous
            </button>
            <button type="button" disabled={after === undefined} onClick={() => open(after)}>
              Next
            </button>
            <Link href={`/try?image=${split}:${index}`}>Try it</Link>
          </div>
          <BlockView block={{ kind: 'facts', facts: [{ name: 'Label', text: label || '…' }] }} />
          <label className="image-label">
            <span>Should be</span>
            <select
              value={corrected ?? label}
              disabled={!label}
              onChange={event =>
                sent(
                  correct(
                    name,
                    { split, index },
                    { label: event.target.value, was: corrected ?? label },
                  ).then(onCorrections),
                )
              }
            >
              {classNames.map(one => (
                <option key={one} value={one}>
                  {one}
                  {one === label ? ' (as it is)' : ''}
                </option>
              ))}
            </select>
          </label>
          <p className="quiet">
            {corrected === undefined
              ? 'Corrections are kept in a file beside the runs; the data is never changed.'
              : `Marked as ${corrected}. See all under Corrections.`}
          </p>
        </>
      ) : (
        <p className="problem" role="alert">
          The {split} split has the images 0 to {counts[split] - 1}.
        </p>
      )}
      <Problem error={error ?? image.error} />
    </aside>
  )
}
