import { expect, test } from 'vitest'
import { fashionMnistMini, loadDataset } from '../../data/source.ts'
import { sequential } from '../../model/graph.ts'
import { evaluate } from '../../network/evaluate.ts'
import { createNetwork } from '../../network/network.ts'
import { metricContract } from '../../testing/own-contract.ts'
import { experiment } from '../../train/experiment.ts'
import { fit } from '../../train/fit.ts'
import { dense, flatten } from '../layers/index.ts'
import { defineMetric } from './define-metric.ts'
import { metrics, metricsOf } from './index.ts'

const facts = {
  label: 'share of the first class',
  better: 'more',
  unit: 'share',
  readsOutputs: true,
} as const
const first = defineMetric({
  ...facts,
  name: 'firstClass',
  init: () => [0, 0],
  add(sums, { labels, count }) {
    sums[0]! += labels.filter(label => label === 0).length
    sums[1]! += count
  },
  value: ([hits, count]) => hits! / count!,
})

test.each([...metrics, first].map(metric => [metric.name, metric] as const))(
  'keeps the contract of metrics: %s',
  (_, metric) => {
    for (const { check, difference } of metricContract(metric, { classes: 3 })) {
      expect(difference, check).toBeLessThan(1e-9)
    }
  },
)

test('the contract finds a metric that is a mean of batches', () => {
  const bad = defineMetric({
    ...facts,
    name: 'bad',
    init: () => [0],
    add(sums, { labels }) {
      sums[0] = Math.max(sums[0]!, labels.filter(label => label === 0).length / labels.length)
    },
    value: ([share]) => share!,
  })
  const wrong = metricContract(bad, { classes: 3 }).filter(({ difference }) => difference > 0.1)
  expect(wrong.map(({ check }) => check)).toEqual([
    'no value before the first batch',
    'batches of 5',
    'batches of 1',
    'sums in a checkpoint',
  ])
})

test('on every side of a training and of a test', async () => {
  const data = await loadDataset(fashionMnistMini())
  const network = createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), {
    inputShape: data.imageShape,
  })
  const asked = { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy', first] } as const
  const history = await fit(network, data, {
    ...asked,
    optimizer: 'adam',
    validationSplit: 0.2,
    evaluateTraining: true,
  })
  for (const name of ['firstClass', 'valFirstClass', 'trainFirstClass'])
    expect(history[name]![0]).toBeCloseTo(0.1, 1)
  expect((await evaluate(network, data.test, asked)).firstClass).toBeCloseTo(0.1, 2)
})

test('names are checked', () => {
  const named = (name: string) => () => defineMetric({ ...first, name })
  for (const name of ['', 'First', '1st', 'a b'])
    expect(named(name)).toThrow('The name of a metric must start with a small letter')
  for (const name of ['accuracy', 'valLoss', 'learningRate', 'auc']) {
    expect(named(name)).toThrow(`There is a metric "${name}" already: choose another name.`)
  }
  // Both would add to the same sums.
  expect(() => metricsOf({ metrics: [first, 'accuracy', named('firstClass')()], topK: null })).toThrow(
    'two metrics of your own have the name "firstClass"',
  )
})

test('files hold no code', () => {
  const train = { optimizer: 'adam', loss: 'meanSquaredError', metrics: ['accuracy', first] } as const
  const models = { mine: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) }
  expect(() => experiment({ name: 'x', data: fashionMnistMini(), models, train })).toThrow(
    'experiment: model "mine" has the metric "firstClass", which this program has defined for itself.',
  )
  expect(() =>
    experiment({ name: 'x', data: fashionMnistMini(), models, train: JSON.parse(JSON.stringify(train)) }),
  ).toThrow(
    'train: metrics[1]: an object is a metric only where defineMetric made it in this program; files hold no code.',
  )
})
