import { readFileSync } from 'node:fs'
import { properName, type Standings } from '../bench/measured/comparisons.ts'
import type { ReportFile } from '../bench/measured/reproduction.ts'
import { axisOf, header, pageTheme, renderChart } from '../src/show/chart.ts'
import { inlinePicture } from '../src/show/picture.ts'

/** A chart of docs/measured.md. */
export interface MeasuredChart {
  readonly name: string
  /** The section that it illustrates. */
  readonly heading: string
  /** In the colours of the page, light or dark. */
  readonly svg: string
}

const WIDTH = 680

const read = <T>(file: string): T =>
  JSON.parse(readFileSync(new URL(`../bench/results/${file}`, import.meta.url), 'utf8'))

export function measuredCharts(): readonly MeasuredChart[] {
  const ratios = [
    {
      name: 'step',
      heading: 'One training step beside Keras and PyTorch',
      file: 'step.json',
      threads: 2,
      title: 'Time of a training step as a multiple of that of Heddle, 2 threads',
    },
    {
      name: 'inference',
      heading: 'Inference beside ONNX Runtime and PyTorch',
      file: 'inference.json',
      threads: 1,
      title: 'Time for one image as a multiple of that of Heddle, 1 thread',
    },
    {
      name: 'javascript',
      heading: 'Beside other libraries for JavaScript',
      file: 'javascript/step.json',
      threads: 1,
      title: 'Time of a training step as a multiple of that of Heddle, 1 thread',
    },
  ]
  return [reports(), ...ratios.map(ratioChart)]
}

/** A row for each model, a bar for each of the others; the line at 1 is Heddle. */
function ratioChart({
  name,
  heading,
  file,
  threads,
  title,
}: Omit<MeasuredChart, 'svg'> & { readonly file: string; readonly threads: number; readonly title: string }) {
  const { comparisons } = read<Standings>(file)
  const smallest = Math.min(...comparisons.map(({ batch }) => batch))
  const rows = comparisons.filter(one => one.threads === threads && one.batch === smallest)
  const others = [...new Set(rows.flatMap(({ standings }) => standings.map(({ contestant }) => contestant)))]
    .filter(contestant => contestant !== 'heddle')
    .sort()
  const theme = pageTheme(name)
  const { height, option } = header(title, others.map(properName), WIDTH, theme)
  const inside = rows.length * (others.length * 9 + 10)
  const series = others.map(contestant => ({
    type: 'bar',
    name: properName(contestant),
    barWidth: 8,
    barGap: '15%',
    data: rows.map(({ standings }) => standings.find(one => one.contestant === contestant)?.ratio ?? null),
    markLine: {
      symbol: 'none',
      silent: true,
      label: { show: false },
      lineStyle: { color: theme.text, type: 'solid', width: 1 },
      data: [{ xAxis: 1 }],
    },
  }))
  const picture = renderChart(
    {
      ...option,
      grid: { left: 190, right: 24, top: height + 4, height: inside },
      xAxis: { ...axisOf(theme), type: 'value', min: 0 },
      yAxis: {
        ...axisOf(theme),
        type: 'category',
        inverse: true,
        data: rows.map(({ model }) => model),
        axisTick: { show: false },
        axisLabel: { color: theme.text, fontSize: 11, interval: 0 },
      },
      series,
    },
    { width: WIDTH, height: height + inside + 36, theme },
  )
  const says = rows.map(({ model, standings }) => {
    const each = standings.filter(({ contestant }) => contestant !== 'heddle')
    return `${model}: ${each.map(one => `${properName(one.contestant)} ${one.ratio.toFixed(1)}`).join(', ')}`
  })
  return { name, heading, svg: String(inlinePicture(picture, `${title}. ${says.join('; ')}.`)) }
}

/** What the reports printed beside what was measured. */
function reports(): MeasuredChart {
  const rows = ['000', '001', '002', '003', '004']
    .flatMap(id => read<ReportFile>(`reproduction/${id}.json`).results)
    .flatMap(({ model, reportedAccuracy, accuracy }) =>
      reportedAccuracy === null || accuracy === null ? [] : [{ model, reportedAccuracy, accuracy }],
    )
  const theme = pageTheme('reports')
  const title = 'Test accuracy: what the reports printed, and what Heddle measured'
  const names = ['printed', 'measured']
  const { height, option } = header(title, names, WIDTH, theme)
  const inside = rows.length * 20
  const picture = renderChart(
    {
      ...option,
      grid: { left: 190, right: 24, top: height + 4, height: inside },
      xAxis: {
        ...axisOf(theme),
        type: 'value',
        scale: true,
        axisLabel: { color: theme.text, formatter: '{value} %' },
      },
      yAxis: {
        ...axisOf(theme),
        type: 'category',
        inverse: true,
        data: rows.map(({ model }) => model),
        axisLabel: { color: theme.text, fontSize: 11, interval: 0 },
        splitLine: { show: true, lineStyle: { color: theme.grid } },
      },
      series: names.map((name, i) => ({
        type: 'scatter',
        name,
        symbol: i === 0 ? 'diamond' : 'circle',
        symbolSize: i === 0 ? 11 : 8,
        data: rows.map(({ reportedAccuracy, accuracy }, row) => [
          100 * (i === 0 ? reportedAccuracy : accuracy),
          row,
        ]),
      })),
    },
    { width: WIDTH, height: height + inside + 36, theme },
  )
  const says = rows.map(
    ({ model, reportedAccuracy, accuracy }) =>
      `${model}: ${(100 * reportedAccuracy).toFixed(2)} and ${(100 * accuracy).toFixed(2)} %`,
  )
  return {
    name: 'reports',
    heading: 'The models of the five reports',
    svg: String(inlinePicture(picture, `${title}. ${says.join('; ')}.`)),
  }
}
