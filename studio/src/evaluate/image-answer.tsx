import { useState } from 'react'
import { percent } from '../../../src/base/text.ts'
import type { PixelMap } from '../../../src/protocol/explanations.ts'
import type { ImagePage as Page, TrainingNeighbour } from '../../../src/protocol/studio.ts'
import { send } from '../api.ts'
import { useImages } from '../data/images.ts'
import { Heat, MapView, mostOf } from '../parts/map-view.tsx'
import { Problem } from '../parts/messages.tsx'
import { Outputs } from '../parts/outputs.tsx'
import { type Picture, Pixels } from '../parts/pixels.tsx'
import { useGet } from '../parts/use-get.ts'
import { useLoaded } from '../parts/use-loaded.ts'
import { Link } from '../router.tsx'

/** Keys are faster than explanations: an image that is left at once is not asked about. */
const PAUSE_MS = 250

/** What a run's network says about a test image, why, what its layers make of it, and what it is like. */
export function ImageAnswer({
  run,
  index,
  title,
}: {
  readonly run: string
  readonly index: number
  /** Before the name of the label. */
  readonly title: string
}) {
  const [explained, setExplained] = useState<number | null>(null)
  const path = `/runs/${run}/images/${index}${explained === null ? '' : `?class=${explained}`}`
  // Another class is another question: what was there stays until it is answered.
  const { data: page, error } = useLoaded(path, signal => send<Page>('GET', path, undefined, signal), {
    pauseMs: PAUSE_MS,
  })
  if (error) return <Problem error={error} />
  if (!page) return <p className="quiet">Asking the network …</p>
  const { label, classNames, explanation, activations } = page
  const { predicted, outputs } = explanation
  const isRight = predicted === label
  return (
    <section className="stack tight" aria-label={title}>
      <h2>
        {title}: {classNames[label]}
        <span className={isRight ? 'quiet' : 'status failed'}>
          {isRight ? ' · recognised' : ` · taken for ${classNames[predicted] ?? `output ${predicted}`}`}
        </span>
      </h2>
      <div className="image-answer">
        <div className="stack">
          <Explanations run={run} page={page} />
          <Neighbours run={run} page={page} />
        </div>
        <Outputs
          classNames={classNames}
          outputs={outputs}
          predicted={predicted}
          explained={explanation.class}
          onExplain={setExplained}
        />
      </div>
      <p className="strip elsewhere">
        <Link href={`/try?run=${run}&image=test:${index}`}>Draw on it</Link>
        <Link href={`/model?run=${run}&index=${index}`}>Follow it through the network</Link>
        <Link href={`/data/run:${run}?split=test&index=${index}`}>Show it among the data</Link>
      </p>
      <details>
        <summary>Outputs of the layers</summary>
        {activations.map(({ layer, className, shape, maps }) => (
          <div key={layer} className="activations">
            <h3>
              {layer}{' '}
              <span className="quiet">
                {className}, {shape.join(' × ')}
              </span>
            </h3>
            <div className="maps">
              {maps.map((map, c) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a channel has no other name than its place.
                <Pixels key={c} picture={greyOf(map)} label={`Channel ${c} of ${layer}`} />
              ))}
            </div>
          </div>
        ))}
      </details>
    </section>
  )
}

function Explanations({ run, page }: { readonly run: string; readonly page: Page }) {
  const { explanation, classNames, index, imageShape } = page
  const { saliency, integratedGradients, classMap, occlusion } = explanation
  const shape = imageShape as [number, number, number]
  // Black until it is there: nothing moves when it comes.
  const blank = {
    width: shape[1],
    height: shape[0],
    channels: shape[2],
    bytes: new Uint8Array(saliency.values.length * shape[2]),
  }
  const picture =
    useImages(`run:${run}`, { split: 'test', indices: [index], shape }).data?.get(index) ?? blank
  const what = classNames[explanation.class] ?? `output ${explanation.class}`
  const maps: readonly {
    readonly name: string
    readonly map: PixelMap
    readonly said: string
    /** Orange speaks for the class, blue against it. */
    readonly isSigned?: true
  }[] = [
    {
      name: classMap.method.name === 'Grad-CAM' ? 'Grad-CAM' : 'For the class',
      map: classMap.map,
      said:
        classMap.method.name === 'Grad-CAM'
          ? `the evidence for ${what} at ${classMap.method.layer}`
          : `what adds to ${what}; Grad-CAM is zero everywhere`,
    },
    { name: 'Saliency', map: saliency, said: `where a small change of a pixel changes ${what} most` },
    {
      name: 'Integrated gradients',
      map: integratedGradients,
      said: `how much each pixel adds to ${what}, or takes from it (below zero)`,
      isSigned: true,
    },
    {
      name: 'Occlusion',
      map: occlusion,
      said: `how much ${what} falls if this part of the image is hidden, or rises (below zero)`,
      isSigned: true,
    },
  ]
  return (
    <div className="stack tight">
      <div className="explanations">
        <figure>
          <div className="over">
            <Pixels picture={picture} label={`Test image ${index}`} />
          </div>
          <figcaption>The image</figcaption>
        </figure>
        {maps.map(({ name, map, said, isSigned }) => (
          <figure key={name}>
            {isSigned ? (
              <MapView map={map} most={mostOf([map])} label={`${name}: ${said}`} />
            ) : (
              <div className="over">
                <Pixels picture={picture} />
                <Heat map={map} label={`${name}: ${said}`} />
              </div>
            )}
            <figcaption title={said}>
              {name}
              {mostOf([map]) === 0 && ': zero everywhere'}
            </figcaption>
          </figure>
        ))}
      </div>
      <p className="quiet">Orange speaks for {what}; blue, where there is any, against it.</p>
    </div>
  )
}

/** How many of them the server sends. */
const NEIGHBOURS = 8

function Neighbours({ run, page }: { readonly run: string; readonly page: Page }) {
  const { data, error } = useGet<TrainingNeighbour[]>(`/runs/${run}/images/${page.index}/neighbours`)
  const shape = page.imageShape as [number, number, number]
  const pictures = useImages(`run:${run}`, {
    split: 'train',
    indices: data?.map(({ index }) => index) ?? [],
    shape,
  })
  return (
    <section aria-label="Neighbours">
      <h3>Training images that the network finds most similar</h3>
      <Problem error={error} />
      <ul className="neighbours">
        {/* As high before they are there as with them. */}
        {!data &&
          !error &&
          Array.from({ length: NEIGHBOURS }, (_, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: places have no other name.
            <li key={i} aria-hidden="true">
              <Pixels picture={null} />
              <span>{'\u00a0'}</span>
              <span>{'\u00a0'}</span>
            </li>
          ))}
        {data?.map(({ index, similarity, label }) => {
          const name = page.classNames[label]!
          return (
            <li key={index}>
              <Pixels picture={pictures.data?.get(index)} label={`Training image ${index}: ${name}`} />
              <span className={label === page.label ? undefined : 'status failed'}>{name}</span>
              <span className="quiet">{percent(similarity, 1)}</span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** From the least to the most, black to white. */
function greyOf({ height, width, values }: PixelMap): Picture {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const bytes = Uint8Array.from(values, value =>
    most > least ? (255 * (value - least)) / (most - least) : 0,
  )
  return { height, width, channels: 1, bytes }
}
