import { useMemo } from 'react'
import type { DataPage, Neighbours } from '../../../src/protocol/data.ts'
import type { ImageExplanation, PixelMap } from '../../../src/protocol/explanations.ts'
import { useGet } from '../api.ts'
import { useImages } from '../data/images.ts'
import type { Engine } from '../engine/engine.ts'
import { useAnswer, useEngine } from '../engine/use-engine.ts'
import { Heat } from '../parts/heat.tsx'
import { ImageWall } from '../parts/image-wall.tsx'
import { LayerMaps } from '../parts/layer-maps.tsx'
import { MapView, mostOf } from '../parts/map-view.tsx'
import { Problem } from '../parts/messages.tsx'
import { Outputs } from '../parts/outputs.tsx'
import { type Picture, Pixels } from '../parts/pixels.tsx'
import { go, hrefWith, Link, setQuery } from '../router.tsx'
import { imagesOf, type Predictions } from './predictions.ts'

/** A test image: what the network makes of it, why, and which training images it finds alike. */
export function ImagePage({
  run,
  page,
  predictions,
  index,
  query,
}: {
  readonly run: string
  readonly page: DataPage
  readonly predictions: Predictions
  readonly index: number
  readonly query: URLSearchParams
}) {
  const { classNames, imageShape } = page
  const isThere = Number.isInteger(index) && index >= 0 && index < predictions.labels.length
  const classAt = (name: string): number | null => {
    const found = classNames.indexOf(query.get(name) ?? '')
    return found < 0 ? null : found
  }
  const [label, predicted] = [classAt('label'), classAt('predicted')]
  const among = useMemo(() => imagesOf(predictions, { label, predicted }), [predictions, label, predicted])
  const at = among.findIndex(one => one.index === index)
  const images = useImages(page.name, { split: 'test', indices: isThere ? [index] : [], shape: imageShape })
  const picture = images.data?.get(index)
  const { ready, error } = useEngine(run)
  if (!isThere) {
    return (
      <p className="problem" role="alert">
        The test split has the images 0 to {predictions.labels.length - 1}.{' '}
        <Link href={hrefWith({ index: undefined })}>Back to all</Link>
      </p>
    )
  }
  const row = [
    ...predictions.outputs.subarray(index * predictions.classes, (index + 1) * predictions.classes),
  ]
  const best = predictions.predicted[index]!
  const wanted = classAt('explain')
  const own = classNames[predictions.labels[index]!]!
  const step = (to: number, text: string) =>
    among[to] === undefined ? (
      <span className="quiet">{text}</span>
    ) : (
      <Link href={hrefWith({ index: String(among[to].index), explain: undefined })}>{text}</Link>
    )
  return (
    <div className="image-page">
      <nav className="strip" aria-label="Images">
        <Link href={hrefWith({ index: undefined, explain: undefined })}>← All images</Link>
        {at >= 0 && (
          <>
            {step(at - 1, 'Previous')}
            {step(at + 1, 'Next')}
            <span className="quiet">
              {at + 1} of {among.length}
            </span>
          </>
        )}
        <Link href={`/data/${encodeURIComponent(page.name)}?split=test&index=${index}`}>In the data</Link>
        <Link href={`/model?run=${run}&index=${index}`}>In the network</Link>
      </nav>
      <h2>
        test {index}: {own}
        {best === predictions.labels[index] ? ', recognised' : `, taken for ${classNames[best]}`}
      </h2>
      {(error ?? images.error) && <Problem error={(error ?? images.error)!} />}
      <div className="image-grid">
        <section aria-label="Probabilities">
          <Outputs
            classNames={classNames}
            outputs={row}
            predicted={best}
            explained={wanted ?? best}
            onExplain={k => setQuery({ explain: k === best ? undefined : classNames[k] })}
          />
        </section>
        {picture && ready ? (
          <Explained
            engine={ready.engine}
            picture={picture}
            name={`${run} ${index} ${wanted}`}
            wanted={wanted}
            classNames={classNames}
          />
        ) : (
          <p className="quiet">Loading the network …</p>
        )}
      </div>
      {picture && ready && (
        <Activations engine={ready.engine} picture={picture} name={`${run} ${index}`} query={query} />
      )}
      <Alike run={run} page={page} index={index} />
    </div>
  )
}

/** Why, by four methods beside each other. */
function Explained({
  engine,
  picture,
  name,
  wanted,
  classNames,
}: {
  readonly engine: Engine
  readonly picture: Picture
  readonly name: string
  readonly wanted: number | null
  readonly classNames: readonly string[]
}) {
  const { data, error } = useAnswer(() => engine.ask('explain', picture.bytes, wanted), name)
  if (error) return <Problem error={error} />
  const of = data ? classNames[data.class]! : '…'
  return (
    <section className="explained" aria-label={`What speaks for ${of}`}>
      <h3>
        What speaks for <strong>{of}</strong>
      </h3>
      <ul>
        <li>
          <Pixels picture={picture} label="The image" />
          <span>Image</span>
        </li>
        {mapsOf(data).map(({ title, map, isSigned, note }) => (
          <li key={title}>
            {map === null ? (
              <span className="explained-none quiet">{data ? note : ''}</span>
            ) : isSigned ? (
              <MapView map={map} most={mostOf([map])} label={`${title} for ${of}`} />
            ) : (
              <span className="explained-over">
                <Pixels picture={picture} />
                <Heat map={map} label={`${title} for ${of}`} />
              </span>
            )}
            <span>{title}</span>
            <span className="quiet">{map === null ? '' : note}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

interface Shown {
  readonly title: string
  readonly note: string
  readonly map: PixelMap | null
  /** Orange speaks for the class, blue against it. */
  readonly isSigned: boolean
}

function mapsOf(data: ImageExplanation | null): readonly Shown[] {
  const cam = data?.gradCam ?? null
  return [
    {
      title: 'Grad-CAM',
      note: !cam ? 'no layer keeps places' : mostOf([cam.map]) > 0 ? cam.layer : `${cam.layer}: nothing`,
      map: cam?.onImage ?? null,
      isSigned: false,
    },
    { title: 'Saliency', note: 'where the logit moves', map: data?.saliency ?? null, isSigned: false },
    {
      title: 'Integrated gradients',
      note: 'for and against',
      map: data?.integratedGradients ?? null,
      isSigned: true,
    },
    { title: 'Occlusion', note: 'lost where hidden', map: data?.occlusion ?? null, isSigned: true },
  ]
}

function Activations({
  engine,
  picture,
  name,
  query,
}: {
  readonly engine: Engine
  readonly picture: Picture
  readonly name: string
  readonly query: URLSearchParams
}) {
  const { data, error } = useAnswer(() => engine.ask('maps', picture.bytes), name)
  if (error) return <Problem error={error} />
  const layers = data ?? []
  const shown = layers.find(({ layer }) => layer === query.get('layer')) ?? layers[0]
  return (
    <section className="evaluate-block" aria-label="Activation maps">
      <div className="strip">
        <h3>Activations</h3>
        <label>
          Layer{' '}
          <select value={shown?.layer ?? ''} onChange={event => setQuery({ layer: event.target.value })}>
            {layers.map(({ layer, className }) => (
              <option key={layer} value={layer}>
                {layer} ({className})
              </option>
            ))}
          </select>
        </label>
      </div>
      {shown && <LayerMaps made={shown} />}
    </section>
  )
}

/** The training images that the network finds most like it. */
function Alike({
  run,
  page,
  index,
}: {
  readonly run: string
  readonly page: DataPage
  readonly index: number
}) {
  const { data, error, reload } = useGet<Neighbours>(`/runs/${run}/neighbours?split=test&index=${index}`)
  const indices = useMemo(() => data?.images.map(image => image.index) ?? [], [data])
  const images = useImages(page.name, { split: 'train', indices, shape: page.imageShape })
  return (
    <section className="evaluate-block" aria-label="Nearest neighbours">
      <h3>Nearest neighbours</h3>
      {error && <Problem error={error} onRetry={reload} />}
      <p className="quiet">
        {data
          ? `Training images that ${data.layer === 'input' ? 'have the most similar pixels' : `the layer ${data.layer} finds most alike`}, of ${data.searched.toLocaleString('en')}.`
          : 'Searching …'}
      </p>
      <ImageWall
        label="Nearest neighbours"
        shape={page.imageShape}
        chosen={null}
        images={(data?.images ?? []).map(image => ({
          index: image.index,
          picture: images.data?.get(image.index) ?? null,
          label: `train ${image.index}: ${image.label}, at ${image.distance.toPrecision(3)}`,
          caption: image.label,
        }))}
        onChoose={other => go(`/data/${encodeURIComponent(page.name)}?index=${other}`)}
      />
    </section>
  )
}
