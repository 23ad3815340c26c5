import { LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import { type ECharts, type EChartsCoreOption, init, type Payload, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import type { Palette } from './palette.ts'
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

/** A share on an axis, in percent with the digits that it needs. */
export const percentTick = (share: number): string => `${+(100 * share).toFixed(2)} %`

/** What a click or a brush of the mouse does, by the name of the event in echarts. */
export type ChartEvents = Readonly<Record<string, (event: never) => void>>

const NO_EVENTS: ChartEvents = {}
const NO_ACTIONS: readonly Payload[] = []

/**
 * A picture of numbers; `label` says in words what it shows. Its size is that of its class. `actions` are done after it was drawn:
 * what echarts takes as an action and not as an option, as the area of a brush.
 */
export function Chart({
  option,
  label,
  className = 'chart',
  on = NO_EVENTS,
  actions = NO_ACTIONS,
}: {
  readonly option: EChartsCoreOption
  readonly label: string
  readonly className?: string
  readonly on?: ChartEvents
  readonly actions?: readonly Payload[]
}) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<ECharts>(null)
  useEffect(() => {
    const made = init(place.current!, null, { renderer: 'canvas' })
    chart.current = made
    const observer = new ResizeObserver(() => made.resize())
    observer.observe(place.current!)
    return () => {
      observer.disconnect()
      made.dispose()
    }
  }, [])
  useEffect(() => {
    const made = chart.current!
    made.setOption(
      { animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily }, ...option },
      { notMerge: true, lazyUpdate: actions.length === 0 },
    )
    for (const action of actions) made.dispatchAction(action, { silent: true, flush: true })
    // An action changes what is known of a brush; only drawing once more shows its area.
    if (actions.length > 0) made.setOption({})
  }, [option, actions])
  useEffect(() => {
    const made = chart.current!
    for (const [event, handle] of Object.entries(on)) made.on(event, handle as (event: unknown) => void)
    return () => {
      for (const event of Object.keys(on)) made.off(event)
    }
  }, [on])
  return <div ref={place} className={className} role="img" aria-label={label} />
}
