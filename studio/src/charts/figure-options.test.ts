import { expect, test } from 'vitest'
import { tableOf } from '../../../src/protocol/table.ts'
import { matrixTable } from '../../../src/show/evaluation-section.ts'
import { csvOf } from './csv.ts'
import { binsDrawing, type CustomApi, drawingOf, hasDrawing, rowsDrawing } from './figure-options.ts'
import type { Palette } from './palette.ts'

const palette: Palette = {
  ...{ text: 'text', quiet: 'quiet', line: 'line', surface: 'surface', overlay: 'overlay', accent: 'accent' },
  ...{ measure: 'measure', best: 'best', worst: 'worst', bad: 'bad', series: [] },
}

interface Series {
  readonly data: readonly { readonly value: readonly number[] }[]
  readonly renderItem: (params: { readonly dataIndex: number }, api: CustomApi) => unknown
}

/** What is drawn for a row, on an axis where a unit is a pixel. */
const drawn = (option: object, dataIndex: number): string => {
  const { data, renderItem } = (option as { series: readonly [Series] }).series[0]
  const point = data[dataIndex]!
  const values = 'value' in point ? point.value : (point as readonly number[])
  const api: CustomApi = {
    value: dimension => values[dimension] ?? Number.NaN,
    coord: ([x, y]) => [x, 100 * y],
    size: () => [10, 10],
  }
  return JSON.stringify(renderItem({ dataIndex }, api))
}

test('differences with their intervals are a figure, with the numbers that it draws', () => {
  const table = tableOf(
    [{ model: 'b', from: 'a', value: 0.02, low: -0.01, high: 0.05 }],
    [
      ['model', 'Model', ({ model }) => model],
      ['against', 'against', ({ from }) => from],
      ['points', 'Points', ({ value }) => value],
      [
        'interval',
        '95 % interval',
        ({ low, value, high }) => ({ value: '', span: { low, value, high, reach: 0.05 } }),
      ],
    ],
  )
  expect(hasDrawing(table)).toBe(true)
  const { option } = drawingOf(table, palette)
  expect(csvOf({ ...option, xAxis: {}, yAxis: {} })).toBe(
    'series,value,low,high\nb against a,0.02,-0.01,0.05\n',
  )
  expect(option.yAxis).toMatchObject({ data: ['b against a'] })
  expect(drawn(option, 0)).toContain('"cx":0.02')
})

test('a confusion matrix is a figure whose cells have the text of the page', () => {
  const table = matrixTable(
    [
      [3, 1],
      [0, 4],
    ],
    ['cat', 'dog'],
    'counts',
  )
  expect(hasDrawing(table)).toBe(true)
  const { option } = drawingOf(table, palette)
  expect(csvOf({ ...option, xAxis: {}, yAxis: {} })).toBe(
    'series,prediction,label,value\n,cat,cat,3\n,dog,cat,1\n,cat,dog,0\n,dog,dog,4\n',
  )
  expect(drawn(option, 1)).toContain('"text":"1"')
  expect(drawn(option, 1)).toContain('"fill":"bad"')
  expect(hasDrawing(tableOf([{ n: 1 }], [['n', 'N', ({ n }) => n]]))).toBe(false)
})

test('bars begin at zero, and have whiskers only where an interval is known', () => {
  const rows = [
    { name: 'rate', value: 0.5, low: 0.25, high: 0.75 },
    { name: 'units', value: 0.25 },
  ]
  const { option, height } = rowsDrawing(rows, { title: 'Importance', tick: String, palette })
  expect(height).toBeGreaterThan(26 * rows.length)
  expect(drawn(option, 0)).toContain('"width":0.5')
  expect(drawn(option, 0).match(/"line"/g)).toHaveLength(3)
  expect(drawn(option, 1)).not.toContain('"line"')
  const bins = binsDrawing([1, 3], { min: -1, max: 1, title: 'kernel', palette })
  expect(csvOf({ ...bins.option, xAxis: {}, yAxis: {} })).toBe('series,from,to,count\n,-1,0,1\n,0,1,3\n')
})
