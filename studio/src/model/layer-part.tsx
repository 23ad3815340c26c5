import { count } from '../../../src/base/text.ts'
import type { Inspected, InspectedLayer, Spread } from '../../../src/insight/explain/asked-model.ts'
import type { DataPage } from '../../../src/protocol/data.ts'
import { Take } from '../charts/chart-card.tsx'
import { binsDrawing } from '../charts/figure-options.ts'
import { useImages } from '../data/images.ts'
import { SplitChoice } from '../data/split-choice.tsx'
import { useRunData } from '../data/use-run-data.ts'
import type { Engine } from '../engine/engine.ts'
import { MapView, mostOf } from '../parts/map-view.tsx'
import { Problem } from '../parts/messages.tsx'
import { Pixels } from '../parts/pixels.tsx'
import { BlockView } from '../parts/section-view.tsx'
import { useLoaded } from '../parts/use-loaded.ts'
import { setQuery } from '../router.tsx'

/** The most channels of a layer that are shown. */
const SHOWN = 128

/** One layer: its options, its weights, and what it makes of an image. */
export function LayerPart({
  run,
  engine,
  inspected,
  layer,
  query,
}: {
  readonly run: string
  readonly engine: Engine
  readonly inspected: Inspected
  readonly layer: InspectedLayer
  readonly query: URLSearchParams
}) {
  const data = useRunData(run)
  const { filters } = inspected
  const isFirst = filters?.layer === layer.name
  return (
    <section className="card layer-part" aria-label={`The layer ${layer.name}`}>
      <h2>{layer.name}</h2>
      {layer.options.length > 0 && <BlockView block={{ kind: 'facts', facts: layer.options }} />}
      {layer.weights.length > 0 && (
        <div className="weights">
          {layer.weights.map(weights => (
            <Weights key={weights.name} layer={layer.name} {...weights} />
          ))}
        </div>
      )}
      {isFirst && filters && (
        <div className="stack tight">
          <h3>What it looks for</h3>
          <p className="quiet">
            Each filter's weights: orange above and blue below zero
            {filters.filters.length > SHOWN ? `; the first ${SHOWN} of ${filters.filters.length}` : ''}.
          </p>
          <ul className="channel-maps" data-small={filters.filters[0]![0]!.width < 12}>
            {filters.filters.slice(0, SHOWN).map((filter, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: filters have no other name.
              <li key={i}>
                {filter.map((map, c) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: channels have no other name.
                  <MapView key={c} map={map} most={mostOf(filters.filters.flat())} label={`Filter ${i}`} />
                ))}
              </li>
            ))}
          </ul>
        </div>
      )}
      {data.error ? (
        <Problem error={data.error} onRetry={data.reload} />
      ) : data.data ? (
        <Made page={data.data} engine={engine} layer={layer} query={query} />
      ) : (
        <p className="quiet">Reading the data …</p>
      )}
    </section>
  )
}

/** What a layer makes of an image of the run's data. */
function Made({
  page,
  engine,
  layer,
  query,
}: {
  readonly page: DataPage
  readonly engine: Engine
  readonly layer: InspectedLayer
  readonly query: URLSearchParams
}) {
  const split = query.get('split') === 'train' ? 'train' : 'test'
  const total = page.counts[split]
  const index = Math.min(total - 1, Math.max(0, Math.floor(Number(query.get('index') ?? 0)) || 0))
  const images = useImages(page.name, { split, indices: [index], shape: page.imageShape })
  const picture = images.data?.get(index)
  const made = useLoaded(picture ? `${split} ${index}` : null, () => engine.ask('maps', picture!.bytes))
  const own = made.data?.find(one => one.layer === layer.name)
  const shown = own?.maps.slice(0, SHOWN) ?? []
  const most = mostOf(own?.maps ?? [])
  return (
    <div className="stack tight">
      <h3>Its output for an image</h3>
      <div className="strip">
        <SplitChoice split={split} usual="test" />
        <label>
          Image{' '}
          <input
            type="number"
            min={0}
            max={total - 1}
            value={index}
            onChange={event => setQuery({ index: event.target.value })}
          />
        </label>
        {picture && <Pixels picture={picture} className="pixels made-of" label={`${split} ${index}`} />}
      </div>
      <Problem error={images.error ?? made.error} />
      {own && (
        <p className="quiet">
          {own.shape.join(' × ')},{' '}
          {own.maps.every(({ values }) => values.every(Number.isFinite))
            ? `the strongest is ${most.toPrecision(3)}`
            : 'some of them not finite'}
          {own.maps.length > SHOWN ? `; the first ${SHOWN} of ${own.maps.length} channels` : ''}.
        </p>
      )}
      <ul className="channel-maps" data-wide={shown[0] !== undefined && shown[0].height === 1}>
        {shown.map((map, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: channels have no other name.
          <li key={i}>
            <MapView map={map} most={most} label={`Channel ${i}`} />
          </li>
        ))}
      </ul>
    </div>
  )
}

/** The distribution of a layer's numbers of one name. */
function Weights({
  layer,
  name,
  shape,
  count: n,
  notFinite,
  min,
  max,
  mean,
  std,
  bins,
}: Spread & { readonly layer: string; readonly name: string; readonly shape: readonly number[] }) {
  const most = Math.max(...bins)
  const number = (value: number): string => value.toPrecision(3)
  return (
    <figure>
      <figcaption>
        <strong>{name}</strong>{' '}
        <span className="quiet">
          {shape.join(' × ')} · {count(n)}
          {notFinite > 0 && `, ${count(notFinite)} of them not finite`}
        </span>
        {bins.length > 0 && (
          <Take
            title={`Distribution of ${layer}/${name}`}
            drawing={palette => binsDrawing(bins, { min, max, title: name, palette })}
          />
        )}
      </figcaption>
      {bins.length > 0 && (
        <>
          <svg
            viewBox={`0 0 ${bins.length} 20`}
            preserveAspectRatio="none"
            role="img"
            aria-label={`Distribution of ${name}: mean ${number(mean)}, standard deviation ${number(std)}`}
          >
            {bins.map((bin, i) => (
              <rect
                // biome-ignore lint/suspicious/noArrayIndexKey: bins have no other name.
                key={i}
                x={i + 0.06}
                width={0.88}
                y={20 - (20 * bin) / most}
                height={(20 * bin) / most}
              />
            ))}
          </svg>
          <p className="quiet ends">
            <span>{number(min)}</span>
            <span>
              {number(mean)} ± {number(std)}
            </span>
            <span>{number(max)}</span>
          </p>
        </>
      )}
    </figure>
  )
}
