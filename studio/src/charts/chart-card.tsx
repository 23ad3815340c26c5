import type { EChartsCoreOption } from 'echarts/core'
import { type ComponentProps, type ReactNode, useRef, useState } from 'react'
import { Menu } from '../design/menu.tsx'
import { Chart } from './chart.tsx'
import type { ExportKind } from './export.ts'
import { usePalette } from './palette.ts'

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
}) {
  const place = useRef<HTMLElement>(null)
  const { option } = chart
  return (
    <figure className={`panel ${className}`.trim()} ref={place}>
      <figcaption>
        <span className="panel-title">{title}</span>
        {aside}
        <Take title={title} option={option} place={place} />
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

/** Copies a chart, or saves it as a picture or as numbers. */
function Take({
  title,
  option,
  place,
}: {
  readonly title: string
  readonly option: EChartsCoreOption | null
  readonly place: { readonly current: HTMLElement | null }
}) {
  const palette = usePalette()
  const [said, setSaid] = useState('')
  const take = async (kind: ExportKind): Promise<void> => {
    const { width, height } = place.current!.querySelector('.chart')!.getBoundingClientRect()
    try {
      const { exports } = await import('./export.ts')
      await exports[kind]({ title, option: option!, width, height, palette })
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
      {option && (
        <Menu icon="download" label={`Copy or save the chart ${title}`} isPlain>
          {(Object.keys(names) as ExportKind[]).map(kind => (
            <button key={kind} type="button" onClick={() => void take(kind)}>
              {names[kind]}
            </button>
          ))}
        </Menu>
      )}
    </>
  )
}
