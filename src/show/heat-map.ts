import { count } from '../base/text.ts'
import { axisOf, header, paper, renderChart } from './chart.ts'
import type { Picture } from './picture.ts'

export interface HeatMap {
  readonly title: string
  readonly classNames: readonly string[]
  /** `matrix[labelled][predicted]`: counts, or shares from 0 to 1. */
  readonly matrix: readonly (readonly number[])[]
  readonly kind: 'counts' | 'shares'
}

/**
 * A confusion matrix with its numbers in the cells, the label from top to bottom.
 *
 * @example
 * String(heatMap({ title: 'Two', classNames: ['cat', 'dog'], matrix: [[3, 1], [0, 4]], kind: 'counts' }).content).includes('Predicted') // true
 */
export function heatMap({ title, classNames, matrix, kind }: HeatMap, theme = paper): Picture {
  const axis = axisOf(theme)
  const cell = classNames.length > 5 ? 56 : 96
  const side = cell * classNames.length
  const left = 60 + Math.max(...classNames.map(name => name.length)) * 7
  const head = header(title, [], left + side, theme)
  const largest = Math.max(...matrix.flat(), Number.MIN_VALUE)
  const text = (value: number): string =>
    kind === 'counts' ? count(value) : value === 0 ? '0' : value.toFixed(classNames.length > 5 ? 3 : 4)
  return renderChart(
    {
      ...head.option,
      grid: { left, top: head.height + 4, width: side, height: side },
      xAxis: {
        ...axis,
        type: 'category',
        data: [...classNames],
        name: 'Predicted',
        nameGap: classNames.length > 5 ? 72 : 32,
        splitLine: { show: false },
        axisLabel: { ...axis.axisLabel, interval: 0, rotate: classNames.length > 5 ? 40 : 0 },
      },
      yAxis: {
        ...axis,
        type: 'category',
        inverse: true,
        data: [...classNames],
        name: 'Label',
        nameGap: left - 28,
        splitLine: { show: false },
        axisLabel: { ...axis.axisLabel, interval: 0 },
      },
      visualMap: {
        show: false,
        min: 0,
        max: largest,
        inRange: { color: ['#FFFFFF', '#CFE3F2', '#7DB4DA', '#2E7FB8', '#0B4F8A'] },
      },
      series: [
        {
          type: 'heatmap',
          itemStyle: { borderColor: theme.grid, borderWidth: 1 },
          label: {
            show: true,
            fontSize: classNames.length > 5 ? 11 : 14,
            formatter: ({ value }: { value: readonly [number, number, number] }) => text(value[2]),
          },
          data: matrix.flatMap((row, y) =>
            row.map((value, x) => ({
              value: [x, y, value],
              label: { color: value > 0.55 * largest ? '#FFFFFF' : '#222222' },
            })),
          ),
        },
      ],
    },
    { width: left + side + 34, height: head.height + side + (classNames.length > 5 ? 104 : 64), theme },
  )
}
