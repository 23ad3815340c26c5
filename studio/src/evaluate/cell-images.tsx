import { useMemo } from 'react'
import type { DataPage } from '../../../src/protocol/data.ts'
import { useImages } from '../data/images.ts'
import { count, percent, plural } from '../parts/format.ts'
import { ImageWall } from '../parts/image-wall.tsx'
import { Problem } from '../parts/messages.tsx'
import { go, hrefWith, setQuery } from '../router.tsx'
import { imagesOf, type Predictions } from './predictions.ts'

const SHOWN = 105

/** The images of a cell of the confusion matrix; of none, the mistakes, the worst first. */
export function CellImages({
  page,
  predictions,
  classNames,
  label,
  predicted,
}: {
  readonly page: DataPage
  readonly predictions: Predictions
  readonly classNames: readonly string[]
  readonly label: number | null
  readonly predicted: number | null
}) {
  const found = useMemo(() => imagesOf(predictions, { label, predicted }), [predictions, label, predicted])
  const shown = found.slice(0, SHOWN)
  const images = useImages(page.name, {
    split: 'test',
    indices: shown.map(({ index }) => index),
    shape: page.imageShape,
  })
  const isAny = label === null && predicted === null
  return (
    <section className="evaluate-block evaluate-images" aria-label="Images">
      <div className="strip">
        <h2>{isAny ? 'Hardest images' : titleOf(classNames, label, predicted)}</h2>
        {!isAny && (
          <button type="button" onClick={() => setQuery({ label: undefined, predicted: undefined })}>
            All mistakes
          </button>
        )}
      </div>
      <p className="quiet" aria-live="polite">
        {found.length === 0
          ? 'There are none.'
          : `${plural(found.length, isAny ? 'mistake' : 'image')}${found.length > SHOWN ? `, the first ${count(SHOWN)}` : ''}; under each, what it was taken for and how surely.`}
      </p>
      {images.error && <Problem error={images.error} />}
      <ImageWall
        label="Test images"
        shape={page.imageShape}
        chosen={null}
        images={shown.map(({ index, label, predicted, confidence }) => ({
          index,
          picture: images.data?.get(index) ?? null,
          label: `test ${index}: ${classNames[label]} taken for ${classNames[predicted]}, ${percent(confidence, 0)}`,
          caption: `${classNames[predicted]} ${percent(confidence, 0).replace(' ', '')}`,
        }))}
        onChoose={index => go(hrefWith({ index: String(index) }))}
      />
    </section>
  )
}

function titleOf(classNames: readonly string[], label: number | null, predicted: number | null): string {
  if (label === null) return `Predicted ${classNames[predicted!]}`
  if (predicted === null) return `Labelled ${classNames[label]}`
  return label === predicted
    ? `${classNames[label]}, recognised`
    : `${classNames[label]} taken for ${classNames[predicted]}`
}
