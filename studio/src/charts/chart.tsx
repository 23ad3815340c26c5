import { LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import { connect, type ECharts, type EChartsCoreOption, init, type Payload, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import { drawSoon } from './draw-soon.ts'
import type { Palette } from './palette.ts'
import { useZoom } from './use-zoom.ts'
import './charts.css'

use([LineChart, ScatterChart, GridComponent, TooltipComponent, CanvasRenderer])

/** What axes have in common; `formatter` writes their numbers. */
export function axisOf({ quiet, line }: Palette, formatter?: (value: number) => string): object {
  return {
    axisLine: { lineStyle: { color: line } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: line } },
    axisLabel: { color: quiet, fontSize: 11, hideOverlap: true, ...(formatter && { formatter }) },
    nameTextStyle: { color: quiet, fontSize: 11 },
  }
}

/** How what appears beside the pointer looks. */
export function tipOf({ overlay, line, text, quiet }: Palette): object {
  return {
    className: 'chart-tip',
    confine: true,
    backgroundColor: overlay,
    borderColor: line,
    extraCssText: 'box-shadow: var(--shadow-over)',
    textStyle: { color: text, fontSize: 12 },
    axisPointer: { lineStyle: { color: quiet } },
  }
}

/** A share on an axis, in percent with the digits that it needs. */
export const percentTick = (share: number): string => `${+(100 * share).toFixed(2)} %`

/** What a click or a brush of the mouse does, by the name of the event in echarts. */
export type ChartEvents = Readonly<Record<string, (event: never) => void>>

const NO_EVENTS: ChartEvents = {}
const NO_ACTIONS: readonly Payload[] = []

/** What all drawings of an option have: on the page, and as files. */
export function withLook(option: EChartsCoreOption): EChartsCoreOption {
  const { fontFamily } = getComputedStyle(document.body)
  return { animation: false, textStyle: { fontFamily }, ...option }
}

/**
 * A picture of numbers; `label` says in words what it shows. Its size is that of its class. `actions` are done after it was drawn:
 * what echarts takes as an action and not as an option, as the area of a brush. Where there is `onZoom`, dragging with the mouse
 * chooses a part of the x-axis, and a double click the whole of it (`null`). Charts of one `group` point at the same x.
 */
export function Chart({
  option,
  label,
  className = 'chart',
  on = NO_EVENTS,
  actions = NO_ACTIONS,
  group,
  onZoom,
}: {
  readonly option: EChartsCoreOption
  readonly label: string
  readonly className?: string
  readonly on?: ChartEvents
  readonly actions?: readonly Payload[]
  readonly group?: string
  readonly onZoom?: (range: readonly [number, number] | null) => void
}) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<ECharts>(null)
  useEffect(() => {
    const made = init(place.current!, null, { renderer: 'canvas' })
    chart.current = made
    if (group !== undefined) {
      made.group = group
      connect(group)
    }
    const observer = new ResizeObserver(() => made.resize())
    observer.observe(place.current!)
    return () => {
      observer.disconnect()
      made.dispose()
    }
  }, [group])
  useEffect(() => {
    const made = chart.current!
    return drawSoon(made, () => {
      made.setOption(withLook(option), { notMerge: true })
      for (const action of actions) made.dispatchAction(action, { silent: true, flush: true })
      // An action changes what is known of a brush; only drawing once more shows its area.
      if (actions.length > 0) made.setOption({})
      // Now, and not with all other charts in the next frame.
      made.getZr().flush()
    })
  }, [option, actions])
  useEffect(() => {
    const made = chart.current!
    for (const [event, handle] of Object.entries(on)) made.on(event, handle as (event: unknown) => void)
    return () => {
      for (const event of Object.keys(on)) made.off(event)
    }
  }, [on])
  useZoom(place, chart, onZoom)
  return <div ref={place} className={className} role="img" aria-label={label} />
}
