import { expect, test } from 'vitest'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { systemMetrics } from './chart-metric.ts'
import { csvOf } from './csv.ts'
import { type CurveLine, linesOf } from './curve-lines.ts'
import { usualRange } from './curve-range.ts'
import { meanOf, nearest, type Point, secondsAfter, thinned } from './curves.ts'
import { placesOf } from './family-colors.ts'

const loss = { name: 'loss', label: 'loss', better: 'less', unit: 'number' } as const
const line = (name: string, values: readonly number[]): CurveLine => ({
  ...{ family: name, name, side: 'training', band: [] },
  points: values.map((y, x): Point => [x, y]),
})
const falling = (from: number): number[] => Array.from({ length: 50 }, (_, i) => from / (1 + i))

test('the mean of seeds has a band of one standard deviation, and none where only one of them is', () => {
  const { mean, band } = meanOf([
    [
      [0, 1],
      [2, 3],
      [4, 5],
    ],
    [
      [0, 3],
      [2, 5],
    ],
  ])
  expect(mean).toEqual([
    [0, 2],
    [2, 4],
    [4, 5],
  ])
  expect(band.map(([x]) => x)).toEqual([0, 2])
  expect(band[0]![2] - band[0]![1]).toBeCloseTo(2 * Math.SQRT2, 10)
})

test('a line is drawn with fewer points, which have its ends, its lowest and its highest place', () => {
  const { points } = line(
    'long',
    Array.from({ length: 10_000 }, (_, i) => (i === 5003 ? 90 : i === 5004 ? -90 : Math.sin(i / 500))),
  )
  const few = thinned(points, 400)
  expect(few.length).toBeGreaterThan(300)
  expect(few.length).toBeLessThanOrEqual(401)
  expect(few).toEqual([...few].sort(([a], [b]) => a - b))
  expect([few[0], few.at(-1)]).toEqual([points[0], points.at(-1)])
  for (const peak of [5003, 5004]) expect(few).toContain(points[peak])
  expect(thinned(points, 10_000)).toBe(points)
  const flat = line('flat', Array(1000).fill(1)).points
  expect(thinned(flat, 100).at(-1)).toBe(flat.at(-1))
})

test('a seed that was measured at other places counts between its points', () => {
  const { mean } = meanOf([
    [
      [0, 0],
      [1, 0],
      [2, 0],
    ],
    [
      [0, 4],
      [2, 8],
    ],
  ])
  expect(mean[1]).toEqual([1, 3])
})

test('a training that diverges does not flatten the others, and is named', () => {
  const good = [line('a', falling(2.3)), line('b', falling(2.2))]
  const range = usualRange([...good, line('bad', [2.3, 80, 5e12, 4.9e30])], loss)
  expect(range.max).toBeLessThan(3)
  expect(range.outside).toEqual(['bad'])
  expect(usualRange([...good, line('bad', [2.3, Number.NaN])], loss).outside).toEqual(['bad'])
  expect(usualRange(good, loss).outside).toEqual([])
})

test('a validation loss that rises by overfitting stays in sight', () => {
  const overfits = line('v', [2.3, 1, 0.8, 1.5, 3.1])
  const range = usualRange([line('a', falling(2.3)), overfits], loss)
  expect(range.outside).toEqual([])
  expect(range.max).toBeGreaterThanOrEqual(3.1)
})

test('the nearest point is found, and none beyond the reach', () => {
  const points: Point[] = [
    [0, 5],
    [10, 6],
  ]
  expect(nearest(points, 4, 5)).toEqual([0, 5])
  expect(nearest(points, 7, 5)).toEqual([10, 6])
  expect(nearest(points, 20, 5)).toBe(null)
  expect(nearest([], 0, 5)).toBe(null)
})

test('seconds follow the time of each epoch, and of the last one after it', () => {
  const epochs = [1000, 3000].map((durationMs, epoch) => ({
    epoch,
    metrics: { loss: 1 },
    trainMs: durationMs,
    durationMs,
  }))
  const seconds = secondsAfter(
    { steps: [], epochs, usage: [], happenings: [] } as never,
    { stepsPerEpoch: 10 } as RunRow,
  )!
  expect([0, 5, 10, 15, 20, 30].map(seconds)).toEqual([0, 0.5, 1, 2.5, 4, 7])
  expect(secondsAfter({ steps: [], epochs: [], usage: [], happenings: [] }, {} as RunRow)).toBe(null)
})

test('a configuration keeps its colour when others come and go, and no two that are drawn have the same', () => {
  expect([...placesOf(['a', 'b', 'c']).values()]).toEqual([0, 1, 2])
  expect(placesOf(['c', 'd']).get('c')).toBe(2)
  expect(new Set(placesOf(['a', 'b', 'c', 'd', 'e']).values()).size).toBe(5)
  expect(placesOf(['b']).get('b')).toBe(1)
})

test('the numbers of a chart as CSV: a row for each point, with the names of its axes', () => {
  const option = {
    xAxis: { name: 'step' },
    yAxis: { name: 'loss' },
    series: [
      { name: 'a, "b"', type: 'line', data: [[1, 0.5], { name: 'own', value: [2, 0.25] }] },
      { name: 'none', data: [] },
    ],
  }
  expect(csvOf(option)).toBe('series,step,loss\n"a, ""b""",1,0.5\nown,2,0.25\n')
})

test('parallel coordinates have a column for each axis, empty where a trial has no value', () => {
  const option = {
    parallelAxis: [{ name: 'rate' }, { name: 'units' }],
    series: [{ type: 'parallel', data: [{ name: '3', value: [0.1, Number.NaN] }] }],
  }
  expect(csvOf(option)).toBe('series,rate,units\n3,0.1,\n')
})

test('what a training used is drawn over its steps; old runs have images per second by their epochs', () => {
  const row = { id: 'a', model: 'm', seed: 1, stepsPerEpoch: 10, batchSize: 32 } as RunRow
  const family = { key: 'a', name: 'a', detail: '', rows: [row] }
  const settings = { x: 'step', smoothing: 0, show: 'both', lines: 'runs' } as never
  const usage = [{ step: 4, processors: 1.5, memoryBytes: 2e8, imagesPerSecond: 640 }]
  const epochs = [{ epoch: 0, metrics: {}, trainMs: 1000, durationMs: 1000 }]
  const curve = (used: readonly object[]) =>
    new Map([['a', { steps: [], epochs, usage: used, happenings: [] }]]) as never
  const drawn = (used: readonly object[]) =>
    systemMetrics.map(metric => linesOf(family, curve(used), metric, settings).map(({ points }) => points))
  expect(drawn(usage)).toEqual([[[[5, 640]]], [[[5, 1.5]]], [[[5, 200]]]])
  expect(drawn([])).toEqual([[[[10, 320]]], [], []])
})

test('a file of weights names the numbers of each bin', () => {
  const series = [{ type: 'custom', name: 'kernel', dimensions: ['epoch', 'from'], data: [[1, 0.5]] }]
  expect(csvOf({ xAxis: {}, yAxis: {}, series })).toBe('series,epoch,from\nkernel,1,0.5\n')
})
