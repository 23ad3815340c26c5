import type { EChartsCoreOption } from 'echarts/core'
import { type ComponentProps, type ReactNode, useRef, useState } from 'react'
import { Menu } from '../design/menu.tsx'
import { Chart } from './chart.tsx'
import type { ExportKind } from './export.ts'
import type { Drawing } from './figure-options.ts'
import { type Palette, usePalette } from './palette.ts'

const names: Readonly<Record<ExportKind, string>> = {
  copy: 'Copy as a picture',
  png: 'Save as PNG',
  svg: 'Save as SVG',
  csv: 'Save the numbers as CSV',
}

/** A chart with its title, what is chosen about it, and a menu that takes it to other programs. */
export function ChartCard({
  title,
  aside,
  note,
  className = '',
  chartClass = 'chart',
  isShown = true,
  whole,
  ...chart
}: Omit<ComponentProps<typeof Chart>, 'className' | 'option'> & {
  readonly title: string
  readonly option: EChartsCoreOption | null
  readonly aside?: ReactNode
  /** Below the chart. */
  readonly note?: ReactNode
  readonly className?: string
  readonly chartClass?: string
  readonly isShown?: boolean
  /** Makes the option with all its points, where the one that is drawn has fewer. */
  readonly whole?: () => EChartsCoreOption
}) {
  const place = useRef<HTMLElement>(null)
  const { option } = chart
  return (
    <figure className={`panel ${className}`.trim()} ref={place}>
      <figcaption>
        <span className="panel-title">{title}</span>
        {aside}
        {option && (
          <Take
            title={title}
            drawing={() => ({ option: whole?.() ?? option, ...sizeOf(place.current!, '.chart') })}
          />
        )}
      </figcaption>
      {option && isShown ? (
        <Chart {...chart} option={option} className={chartClass} />
      ) : (
        <div className={chartClass} />
      )}
      {note && <p className="quiet chart-note">{note}</p>}
    </figure>
  )
}

/** The size of the first element like that. */
export function sizeOf(place: HTMLElement, selector: string): Pick<Drawing, 'width' | 'height'> {
  const { width, height } = place.querySelector(selector)!.getBoundingClientRect()
  return { width, height }
}

/** Copies a chart, or saves it as a picture or as numbers. */
export function Take({
  title,
  drawing,
}: {
  readonly title: string
  readonly drawing: (palette: Palette) => Drawing
}) {
  const palette = usePalette()
  const [said, setSaid] = useState('')
  const take = async (kind: ExportKind): Promise<void> => {
    try {
      const { exports } = await import('./export.ts')
      await exports[kind]({ title, ...drawing(palette), palette })
      setSaid(kind === 'copy' ? 'copied' : 'saved')
    } catch (error) {
      setSaid(`could not be ${kind === 'copy' ? 'copied' : 'saved'}: ${(error as Error).message}`)
    }
  }
  return (
    <>
      <span className="quiet chart-said" role="status">
        {said}
      </span>
      <Menu icon="download" label={`Copy or save the chart ${title}`} isPlain>
        {(Object.keys(names) as ExportKind[]).map(kind => (
          <button key={kind} type="button" onClick={() => void take(kind)}>
            {names[kind]}
          </button>
        ))}
      </Menu>
    </>
  )
}
