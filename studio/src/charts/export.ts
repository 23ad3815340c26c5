import { CustomChart } from 'echarts/charts'
import { LegendPlainComponent, TitleComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { withLook } from './chart.tsx'
import { csvOf } from './csv.ts'
import type { Drawing } from './figure-options.ts'
import type { Palette } from './palette.ts'

use([CustomChart, LegendPlainComponent, SVGRenderer, TitleComponent])

export type ExportKind = 'copy' | 'png' | 'svg' | 'csv'

/** A chart as it leaves the page: with its title and the names of its lines, which the page has beside it. */
export interface Exported extends Drawing {
  readonly title: string
  readonly palette: Palette
}

/** Of 96 dots per inch: 288 in print. */
const PIXEL_RATIO = 3
const TITLE = 34
const LEGEND = 30

interface Named {
  readonly name?: string
  readonly type?: string
}

function dressed({ title, option, palette }: Exported, isNamed: boolean): EChartsCoreOption {
  const { grid, parallel } = option as {
    grid?: { top?: number; bottom?: number }
    parallel?: { top?: number }
  }
  return withLook({
    ...option,
    backgroundColor: palette.surface,
    title: {
      text: title,
      left: 12,
      top: 8,
      textStyle: { color: palette.text, fontSize: 14, fontWeight: 600 },
    },
    ...(grid && {
      grid: { ...grid, top: (grid.top ?? 0) + TITLE, bottom: (grid.bottom ?? 0) + (isNamed ? LEGEND : 0) },
    }),
    ...(parallel && { parallel: { ...parallel, top: (parallel.top ?? 0) + TITLE } }),
    ...(isNamed && {
      legend: {
        bottom: 6,
        icon: 'roundRect',
        itemWidth: 12,
        itemHeight: 8,
        textStyle: { color: palette.text, fontSize: 11 },
      },
    }),
  })
}

const isNamed = ({ option }: Exported): boolean => {
  const lines = ((option.series ?? []) as readonly Named[]).filter(
    ({ name, type }) => name && type === 'line',
  )
  return lines.length > 0 && lines.length <= 12
}

function drawn(exported: Exported, renderer: 'canvas' | 'svg') {
  const named = isNamed(exported)
  const height = exported.height + TITLE + (named ? LEGEND : 0)
  const place = document.createElement('div')
  const chart = init(place, null, { renderer, width: exported.width, height })
  chart.setOption(dressed(exported, named))
  return chart
}

function pngOf(exported: Exported): Promise<Blob> {
  const chart = drawn(exported, 'canvas')
  const canvas = chart.renderToCanvas({ pixelRatio: PIXEL_RATIO, backgroundColor: exported.palette.surface })
  chart.dispose()
  return new Promise((resolve, reject) =>
    canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error('This browser cannot write PNG.')))),
  )
}

function svgOf(exported: Exported): Blob {
  const chart = drawn(exported, 'svg')
  const text = chart.renderToSVGString()
  chart.dispose()
  return new Blob([text], { type: 'image/svg+xml' })
}

/** Ways to take a chart away, by name. */
export const exports: Readonly<Record<ExportKind, (exported: Exported) => Promise<void>>> = {
  copy: exported => navigator.clipboard.write([new ClipboardItem({ 'image/png': pngOf(exported) })]),
  png: async exported => save(await pngOf(exported), exported, 'png'),
  svg: async exported => save(svgOf(exported), exported, 'svg'),
  csv: async exported => save(new Blob([csvOf(exported.option)], { type: 'text/csv' }), exported, 'csv'),
}

function save(blob: Blob, { title }: Exported, extension: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = `${
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '') || 'chart'
  }.${extension}`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
