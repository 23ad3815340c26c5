import { useMemo, useState } from 'react'
import type { DataPage, LabelCorrections, Split } from '../../../src/protocol/data.ts'
import { send } from '../api.ts'
import { Problem } from '../parts/messages.tsx'
import { Pixels } from '../parts/pixels.tsx'
import { Link, setQuery } from '../router.tsx'
import { useImages } from './images.ts'

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
}: {
  readonly page: DataPage
  readonly split: Split
  readonly index: number
  readonly isThere: boolean
  readonly label: string
  readonly neighbours: readonly [number | undefined, number | undefined]
  readonly corrections: LabelCorrections
  readonly onCorrections: (corrections: LabelCorrections) => void
}) {
  const { name, classNames, imageShape, counts } = page
  const [error, setError] = useState<Error | null>(null)
  const indices = useMemo(() => (isThere ? [index] : []), [isThere, index])
  const image = useImages(name, { split, indices, shape: imageShape })
  const picture = image.data?.get(index)
  const corrected = corrections[split][index]
  const open = (i: number | undefined): void =>
    setQuery({ index: i === undefined ? undefined : String(i) }, { step: true })
  const mark = async (to: string): Promise<void> => {
    try {
      onCorrections(
        await send('PUT', `/data/${encodeURIComponent(name)}/${split}/labels/${index}`, { label: to }),
      )
      setError(null)
    } catch (reason) {
      setError(reason as Error)
    }
  }
  return (
    <aside className="image-detail" aria-label="Image">
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
            {picture && label && <Pixels picture={picture} label={`${split} ${index}: ${label}`} />}
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
          <dl className="facts">
            <div>
              <dt>Label</dt>
              <dd>{label || '…'}</dd>
            </div>
          </dl>
          <label className="image-label">
            <span>Should be</span>
            <select
              value={corrected ?? label}
              disabled={!label}
              onChange={event => void mark(event.target.value)}
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
      {(error ?? image.error) && <Problem error={(error ?? image.error)!} />}
    </aside>
  )
}
