import { count } from '../base/text.ts'
import { axisOf, header, paper, renderChart } from './chart.ts'
import type { Picture } from './picture.ts'

export interface Bars {
  readonly name: string
  /** One for each class. */
  readonly counts: readonly number[]
}

/**
 * How many examples each class has: a bar for each split.
 *
 * @example
 * String(histogram('Labels', ['cat', 'dog'], [{ name: 'training', counts: [3, 4] }]).content).includes('cat') // true
 */
export function histogram(
  title: string,
  classNames: readonly string[],
  bars: readonly Bars[],
  theme = paper,
): Picture {
  const axis = axisOf(theme)
  const width = Math.max(440, 120 + classNames.length * 84)
  const head = header(
    title,
    bars.map(({ name }) => name),
    width,
    theme,
  )
  return renderChart(
    {
      ...head.option,
      grid: { left: 84, right: 24, top: head.height + 14, bottom: 92 },
      xAxis: {
        ...axis,
        type: 'category',
        data: [...classNames],
        name: 'Class',
        nameGap: 68,
        splitLine: { show: false },
        axisLabel: { ...axis.axisLabel, interval: 0, rotate: classNames.length > 5 ? 35 : 0 },
      },
      yAxis: {
        ...axis,
        type: 'value',
        name: 'Images',
        nameGap: 58,
        axisLabel: { ...axis.axisLabel, formatter: (value: number) => count(value) },
      },
      series: bars.map(({ name, counts }, i) => ({
        type: 'bar',
        name,
        data: [...counts],
        itemStyle: { color: theme.lines[i] },
        label: {
          show: true,
          position: 'top',
          fontSize: 10,
          color: theme.text,
          formatter: ({ value }: { value: number }) => count(value),
        },
      })),
    },
    { width, height: 380, theme },
  )
}
