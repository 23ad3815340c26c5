import type { ImageMap } from '../../../src/protocol/explanations.ts'
import type { Grouping } from './map-groups.ts'

interface MapLook extends Grouping {
  /** The keys of groups that are left out. */
  readonly hidden: ReadonlySet<string>
  readonly classNames: readonly string[]
}

const AXIS = { type: 'value', scale: true, show: false } as const

/** A map as a chart, to be taken to other programs: each group is a series, and a point has its image, label and prediction with it. */
export function mapOption(map: ImageMap, { entries, of, hidden, classNames }: MapLook) {
  const nameOf = (k: number): string => classNames[k] ?? `Output ${k}`
  return {
    grid: { left: 12, right: 12, top: 12, bottom: 12 },
    xAxis: AXIS,
    yAxis: AXIS,
    series: entries
      .filter(({ key }) => !hidden.has(key))
      .map(({ key, name, color }) => ({
        type: 'scatter',
        name,
        color,
        symbolSize: map.points.length > 2000 ? 3 : 5,
        dimensions: ['x', 'y', 'image', 'label', 'prediction', 'confidence'],
        data: map.points.flatMap(([x, y], i) =>
          of[i] === key
            ? [
                [
                  ...[x, y, map.indices[i]!],
                  ...[nameOf(map.labels[i]!), nameOf(map.predicted[i]!), map.confidence[i]!],
                ],
              ]
            : [],
        ),
      })),
  }
}
