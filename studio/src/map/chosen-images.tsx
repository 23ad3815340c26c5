import { type FormEvent, useMemo } from 'react'
import { argMax } from '../../../src/base/maths.ts'
import { count, percent, plural } from '../../../src/base/text.ts'
import type { ImageMap } from '../../../src/protocol/explanations.ts'
import { TagImages } from '../data/image-tags.tsx'
import { ImagePage } from '../evaluate/image-page.tsx'
import { MarkAll } from '../evaluate/mark-all.tsx'
import type { TestPredictions } from '../evaluate/predictions.ts'
import { TestImages } from '../evaluate/test-images.tsx'
import { useMarks } from '../evaluate/use-marks.ts'
import { go, Link, setQuery } from '../router.tsx'
import { shownAmong } from './map-groups.ts'

/** The images that are chosen on a map: what they have in common, a label for all of them, and each of them with its explanation. */
export function ChosenImages({
  run,
  map,
  classNames,
  chosen,
  colors,
  query,
  onChoose,
}: {
  readonly run: string
  readonly map: ImageMap
  readonly classNames: readonly string[]
  readonly chosen: ReadonlySet<number>
  /** The colour of each point; `null`: it is hidden. */
  readonly colors: readonly (string | null)[]
  readonly query: URLSearchParams
  readonly onChoose: (points: readonly number[]) => void
}) {
  const { split } = map
  const marks = useMarks(run, split)
  const predictions = useMemo(() => predictionsOf(map), [map])
  const points = useMemo(() => [...chosen].sort((a, b) => a - b), [chosen])
  const indices = useMemo(() => points.map(point => map.indices[point]!), [points, map])
  const image = /^\d+$/.test(query.get('image') ?? '') ? Number(query.get('image')) : null
  const nameOf = (k: number): string => classNames[k] ?? `Output ${k}`
  return (
    <section className="card chosen-images" aria-label="Chosen images">
      <header className="card-head">
        <h2>{points.length === 0 ? 'Choose images' : `${plural(points.length, 'image')} chosen`}</h2>
        {points.length > 0 && (
          <button type="button" className="plain" onClick={() => onChoose([])}>
            Clear
          </button>
        )}
      </header>
      <p role="status" className={points.length === 0 ? 'quiet' : undefined}>
        {points.length === 0
          ? 'Draw a line around points, click a point, or choose by class. With Shift you add to them.'
          : summaryOf(map, points, nameOf)}
      </p>
      <ByClass
        classNames={classNames}
        onChoose={(label, predicted) =>
          onChoose(
            shownAmong(map.indices.keys(), colors).filter(
              point =>
                (label === null || map.labels[point] === label) &&
                (predicted === null || map.predicted[point] === predicted),
            ),
          )
        }
      />
      <TagImages
        name={`run:${run}`}
        split={split}
        indices={indices}
        onChoose={wanted => {
          const of = new Set(wanted)
          onChoose(shownAmong(map.indices.keys(), colors).filter(point => of.has(map.indices[point]!)))
        }}
      />
      {marks && indices.length > 0 && (
        <MarkAll marks={marks} indices={indices} what={`${split} images of the map`} />
      )}
      {marks && marks.count > 0 && (
        <p className="strip">
          <span>{plural(marks.count, 'label')} corrected.</span>
          <Link className="button main" href={`/data/run:${run}?show=corrections&again=${run}`}>
            Train again with them
          </Link>
        </p>
      )}
      {indices.length > 0 && (
        <TestImages
          key={`${indices.length} ${indices[0]} ${indices.at(-1)}`}
          run={run}
          split={split}
          indices={indices}
          predictions={predictions}
          chosen={image}
          label="Chosen images"
          marked={marks?.marked}
          onChoose={index => {
            if (split === 'train') go(`/data/run:${run}?index=${index}`)
            else setQuery({ image: String(index) }, { step: true })
          }}
        />
      )}
      {image !== null && split === 'test' && (
        <ImagePage
          run={run}
          index={image}
          among={indices}
          predictions={predictions}
          marks={marks}
          onOpen={index => setQuery({ image: String(index) })}
          onClose={() => setQuery({ image: undefined }, { step: true })}
        />
      )}
    </section>
  )
}

/** Chooses without a pointer: all images in sight of a label and a prediction. */
function ByClass({
  classNames,
  onChoose,
}: {
  readonly classNames: readonly string[]
  readonly onChoose: (label: number | null, predicted: number | null) => void
}) {
  const send = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const of = (field: string): number | null => (form.get(field) === '' ? null : Number(form.get(field)))
    onChoose(of('label'), of('predicted'))
  }
  // A thousand options are not made again with every choice of images.
  const options = useMemo(
    () => [
      <option key="" value="">
        any
      </option>,
      ...classNames.map((name, k) => (
        <option key={name} value={k}>
          {name}
        </option>
      )),
    ],
    [classNames],
  )
  return (
    <form className="strip" onSubmit={send}>
      <label>
        Label <select name="label">{options}</select>
      </label>
      <label>
        predicted <select name="predicted">{options}</select>
      </label>
      <button type="submit">Choose</button>
    </form>
  )
}

function summaryOf(
  { labels, predicted }: ImageMap,
  points: readonly number[],
  nameOf: (k: number) => string,
): string {
  const right = points.filter(point => labels[point] === predicted[point]).length
  const most = (classes: readonly number[]): string => {
    const counts: number[] = []
    for (const point of points) counts[classes[point]!] = (counts[classes[point]!] ?? 0) + 1
    const top = argMax(Array.from(counts, n => n ?? 0))
    return `${nameOf(top)} (${count(counts[top]!)})`
  }
  return `${percent(right / points.length, 1)} are recognised. Most frequent label: ${most(labels)}; most frequent prediction: ${most(predicted)}.`
}

/** As the test images have them: by the number of the image. */
function predictionsOf({ of, indices, ...map }: ImageMap): TestPredictions {
  const predictions = {
    labels: new Int32Array(of),
    predicted: new Int32Array(of),
    confidence: new Float32Array(of),
  }
  indices.forEach((index, point) => {
    predictions.labels[index] = map.labels[point]!
    predictions.predicted[index] = map.predicted[point]!
    predictions.confidence[index] = map.confidence[point]!
  })
  return predictions
}
