import { LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import { type ECharts, type EChartsCoreOption, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef, useSyncExternalStore } from 'react'

use([LineChart, ScatterChart, GridComponent, TooltipComponent, CanvasRenderer])

/** The page's colours, for what is drawn on a canvas. */
export interface Palette {
  readonly text: string
  readonly quiet: string
  readonly line: string
  readonly surface: string
  readonly accent: string
  /** For things of one kind, such as runs: the first ten differ most. */
  readonly series: readonly string[]
}

const dark = matchMedia('(prefers-color-scheme: dark)')

function readPalette(): Palette {
  // Only the colour of an element is one of the two that light and dark have.
  const probe = document.body.appendChild(document.createElement('i'))
  const of = (name: string): string => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const [text, quiet, line, surface, accent] = ['text', 'quiet', 'line', 'surface', 'accent'].map(of)
  const series = Array.from({ length: 10 }, (_, i) => of(`series-${i}`))
  probe.remove()
  return { text: text!, quiet: quiet!, line: line!, surface: surface!, accent: accent!, series }
}

let palette: Palette | null = null

function subscribe(listener: () => void): () => void {
  const onChange = (): void => {
    palette = null
    listener()
  }
  dark.addEventListener('change', onChange)
  return () => dark.removeEventListener('change', onChange)
}

/** Changes with the system's light and dark. */
export function usePalette(): Palette {
  return useSyncExternalStore(subscribe, () => {
    palette ??= readPalette()
    return palette
  })
}

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

/** A picture of numbers; `label` says in words what it shows. Its size is that of its class. */
export function Chart({
  option,
  label,
  className = 'chart',
}: {
  readonly option: EChartsCoreOption
  readonly label: string
  readonly className?: string
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
    chart.current!.setOption({ animation: false, ...option }, { notMerge: true, lazyUpdate: true })
  }, [option])
  return <div ref={place} className={className} role="img" aria-label={label} />
}
