import { memo, useCallback, useMemo } from 'react'
import type { Curve } from '../stream/hub.ts'
import { useInTurn } from '../stream/in-turn.ts'
import { ChartCard } from './chart-card.tsx'
import { type ChartMetric, chartText } from './chart-metric.ts'
import { type Family, linesOf } from './curve-lines.ts'
import { curveOption } from './curve-option.ts'
import { AXES, type Settings, zoomTo } from './curve-settings.tsx'
import type { Hidden } from './legend.tsx'
import type { Palette } from './palette.ts'

interface CurvePanelProps {
  readonly metric: ChartMetric
  readonly title: string
  readonly families: readonly Family[]
  readonly curves: ReadonlyMap<string, Curve>
  readonly settings: Settings
  readonly palette: Palette
  readonly colorOf: (family: string) => string
  readonly hidden: Hidden
}

/** The chart of one metric. What runs have measured meanwhile it draws when its turn comes. */
export const CurvePanel = memo(function CurvePanel(props: CurvePanelProps) {
  const { metric, title, families, settings, palette, colorOf, hidden } = props
  const curves = useInTurn(props.curves)
  const lines = useMemo(
    () =>
      families
        .filter(({ key }) => !hidden.has(key))
        .flatMap(family => linesOf(family, curves, metric, settings)),
    [families, hidden, curves, metric, settings],
  )
  const { option, outside } = useMemo(
    () => curveOption(lines, { metric, settings, palette, colorOf }),
    [lines, metric, settings, palette, colorOf],
  )
  const whole = useCallback(
    () => curveOption(lines, { metric, settings, palette, colorOf, most: Infinity }).option,
    [lines, metric, settings, palette, colorOf],
  )
  const last = lines.map(
    ({ name, side, points }) => `${name} ${side} ${chartText(metric, points.at(-1)?.[1])}`,
  )
  return (
    <ChartCard
      title={title}
      option={option}
      whole={whole}
      group="curves"
      onZoom={zoomTo}
      label={`${title} over ${AXES[settings.x].toLowerCase()}. Last: ${last.join('; ') || 'nothing yet'}.`}
      note={
        outside.length > 0 &&
        `Not in this range: ${outside.slice(0, 3).join(', ')}${outside.length > 3 ? ` and ${outside.length - 3} more` : ''}`
      }
    />
  )
})
