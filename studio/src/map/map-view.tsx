import { useMemo, useRef, useState } from 'react'
import { percent } from '../../../src/base/text.ts'
import type { ImageMap } from '../../../src/protocol/explanations.ts'
import { sizeOf, Take } from '../charts/chart-card.tsx'
import { Legend } from '../charts/legend.tsx'
import { usePalette } from '../charts/palette.ts'
import { type ImageShape, useImages } from '../data/images.ts'
import { Segmented } from '../design/segmented.tsx'
import { Pixels } from '../parts/pixels.tsx'
import { setQuery } from '../router.tsx'
import { ChosenImages } from './chosen-images.tsx'
import { MapCanvas, type Tool, tools } from './map-canvas.tsx'
import { type Coloring, colorings, groupsOf, shownAmong } from './map-groups.ts'
import { mapOption } from './map-option.ts'

interface MapViewProps {
  readonly run: string
  readonly map: ImageMap
  readonly classNames: readonly string[]
  readonly shape: ImageShape
  readonly query: URLSearchParams
}

/** A map, its legend, and the images that are chosen in it. */
export function MapView({ run, map, classNames, shape, query }: MapViewProps) {
  const palette = usePalette()
  const coloring = (query.get('color') ?? 'label') as Coloring
  const card = useRef<HTMLElement>(null)
  const [tool, setTool] = useState<Tool>('lasso')
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  const { entries, of } = useMemo(
    () => groupsOf(map, classNames, { coloring: coloring in colorings ? coloring : 'label', palette }),
    [map, classNames, coloring, palette],
  )
  const colors = useMemo(() => {
    const byKey = new Map(entries.map(({ key, color }) => [key, hidden.has(key) ? null : color]))
    return of.map(key => byKey.get(key) ?? null)
  }, [entries, of, hidden])
  // What is hidden cannot be seen to be labelled: it is left out until it is shown again.
  const inSight = useMemo(() => new Set(shownAmong(chosen, colors)), [chosen, colors])
  const choose = (points: readonly number[], adds: boolean): void =>
    setChosen(new Set(adds ? [...chosen, ...points] : points))
  const nameOf = (k: number): string => classNames[k] ?? `Output ${k}`
  return (
    <div className="columns map-columns">
      <section className="card" aria-label="Map" ref={card}>
        <header className="card-head">
          <Segmented label="What a drag does" of={tools} value={tool} onChange={setTool} />
          <Segmented
            label="Colour"
            of={colorings}
            value={coloring}
            onChange={one => {
              setHidden(new Set())
              setQuery({ color: one === 'label' ? undefined : one })
            }}
          />
          <Take
            title={`Map of the ${map.split} images`}
            drawing={() => ({
              option: mapOption(map, { entries, of, hidden, classNames }),
              ...sizeOf(card.current!, 'canvas'),
            })}
          />
        </header>
        <MapCanvas
          points={map.points}
          colors={colors}
          chosen={inSight}
          tool={tool}
          label={`A map of ${map.points.length} images.`}
          onChoose={choose}
          hint={point => {
            const [label, predicted] = [nameOf(map.labels[point]!), nameOf(map.predicted[point]!)]
            return (
              <PointHint run={run} map={map} shape={shape} index={map.indices[point]!}>
                <strong>{label}</strong>
                <span>
                  {label === predicted ? 'recognised' : `taken for ${predicted}`},{' '}
                  {percent(map.confidence[point]!, 0)}
                </span>
              </PointHint>
            )
          }}
        />
        <div className="map-legend">
          <Legend entries={entries} hidden={hidden} onHide={setHidden} />
        </div>
      </section>
      <ChosenImages
        run={run}
        map={map}
        classNames={classNames}
        chosen={inSight}
        colors={colors}
        query={query}
        onChoose={points => setChosen(new Set(points))}
      />
    </div>
  )
}

function PointHint({
  run,
  map,
  shape,
  index,
  children,
}: Pick<MapViewProps, 'run' | 'map' | 'shape'> & {
  readonly index: number
  readonly children: React.ReactNode
}) {
  const images = useImages(`run:${run}`, { split: map.split, indices: [index], shape })
  return (
    <>
      <Pixels picture={images.data?.get(index)} />
      <span className="map-hint-text">
        <span className="quiet">
          {map.split === 'test' ? 'Test' : 'Training'} image {index}
        </span>
        {children}
      </span>
    </>
  )
}
