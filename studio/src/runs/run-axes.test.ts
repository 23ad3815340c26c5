import { expect, test } from 'vitest'
import type { MetricFacts } from '../../../src/protocol/metric.ts'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { runAxes } from './run-axes.ts'

const accuracy: MetricFacts = { name: 'accuracy', label: 'accuracy', better: 'more', unit: 'share' }
const run = (configuration: string, seed: number, valAccuracy: number): RunRow =>
  ({
    ...{ configuration, seed, model: 'basic', experiment: 'a', dataset: 'mini', params: 100, seconds: 3 },
    metrics: { valAccuracy },
  }) as unknown as RunRow
const rows = [run('x', 1, 0.8), run('x', 2, 0.82), run('y', 1, 0.9), run('z', 1, Number.NaN)]
const parameters = {
  names: ['learningRate', 'optimizer', 'nodes.conv2d.filters'],
  configurations: {
    x: { learningRate: 0.001, optimizer: 'adam', 'nodes.conv2d.filters': 32 },
    y: { learningRate: 0.1, optimizer: 'sgd' },
    z: { learningRate: 0.01, optimizer: 'sgd' },
  },
}

test('an axis for each option that differs among the runs, and for what they measured', () => {
  const axes = runAxes(rows, parameters, [accuracy])
  // One run has filters, and all have one model.
  expect(axes.parameters.map(({ id }) => id)).toEqual(['learningRate', 'optimizer', 'seed'])
  expect(axes.measures.map(({ id }) => id)).toEqual(['valAccuracy', 'seconds', 'params'])
  const [rate, optimizer] = axes.parameters
  expect([rate!.scale, rate!.low, rate!.high, optimizer!.choices]).toEqual([
    'log',
    0.001,
    0.1,
    ['adam', 'sgd'],
  ])
  expect(rows.map(rate!.at)).toEqual([0.001, 0.001, 0.1, 0.01])
  expect(rows.map(optimizer!.at)).toEqual([0, 0, 1, 1])
})

test('a measure has a better end, and what is not finite has no place', () => {
  const [measured] = runAxes(rows, parameters, [accuracy]).measures
  expect(rows.map(measured!.at)).toEqual([0.8, 0.82, 0.9, null])
  expect([measured!.better, measured!.text(0.8), measured!.tick(0.8)]).toEqual(['higher', '80.00 %', '80 %'])
})

test('runs whose options are not known are drawn by what they measured', () => {
  const axes = runAxes(rows.slice(0, 1), { names: [], configurations: {} }, [accuracy])
  expect(axes.parameters).toEqual([])
  expect(axes.measures).toHaveLength(3)
})
