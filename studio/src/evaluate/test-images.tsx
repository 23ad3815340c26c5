import { useMemo, useState } from 'react'
import { percent, plural } from '../../../src/base/text.ts'
import type { Split } from '../../../src/protocol/data.ts'
import type { RunClasses } from '../../../src/protocol/studio.ts'
import { NO_SHAPE, useImages } from '../data/images.ts'
import { ImageWall } from '../parts/image-wall.tsx'
import { Problem } from '../parts/messages.tsx'
import { useGet } from '../parts/use-get.ts'
import type { TestPredictions } from './predictions.ts'

const AT_ONCE = 50

/** Images of a run with what the network says they are; one is opened by choosing it. */
export function TestImages({
  run,
  split = 'test',
  indices,
  predictions,
  chosen,
  label,
  marked,
  onChoose,
}: {
  readonly run: string
  readonly split?: Split
  readonly indices: readonly number[]
  readonly predictions: TestPredictions
  readonly chosen: number | null
  readonly label: string
  /** What labels should be, by the number of the image. */
  readonly marked?: Readonly<Record<string, string>> | undefined
  readonly onChoose: (index: number) => void
}) {
  const [pages, setPages] = useState(1)
  const shown = useMemo(() => indices.slice(0, pages * AT_ONCE), [indices, pages])
  const classes = useGet<RunClasses>(`/runs/${encodeURIComponent(run)}/classes`)
  const shape = classes.data?.imageShape ?? NO_SHAPE
  const images = useImages(`run:${run}`, { split, indices: classes.data ? shown : [], shape })
  const error = classes.error ?? images.error
  if (error) return <Problem error={error} />
  if (!classes.data) return null
  const { classNames } = classes.data
  // All images of one cell of the matrix have the same predicted class.
  const isOneKind = new Set(indices.map(index => predictions.predicted[index])).size === 1
  const shownImages = shown.map(index => {
    const [own, said] = [classNames[predictions.labels[index]!]!, classNames[predictions.predicted[index]!]!]
    const sure = percent(predictions.confidence[index]!, 0)
    return {
      index,
      picture: images.data?.get(index) ?? null,
      label: `${split === 'test' ? 'Test' : 'Training'} image ${index}: ${own}${own === said ? ', recognised' : `, taken for ${said}`}, ${sure}`,
      caption: marked?.[index] ?? (own === said || isOneKind ? sure : `${said} ${sure}`),
      marked: marked?.[index] !== undefined,
    }
  })
  return (
    <div className="test-images">
      <p className="quiet">{plural(indices.length, 'image')}</p>
      <ImageWall images={shownImages} shape={shape} chosen={chosen} label={label} onChoose={onChoose} />
      {indices.length > shown.length && (
        <button type="button" onClick={() => setPages(pages + 1)}>
          Show {Math.min(AT_ONCE, indices.length - shown.length)} more
        </button>
      )}
    </div>
  )
}
