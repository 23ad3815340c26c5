import { expect, test } from 'vitest'
import { backends } from '../../../test/support/engines.ts'
import { fashionMnistMini, loadDataset } from '../../data/source.ts'
import { classificationReport } from '../../insight/evaluate/classification-report.ts'
import { confusionMatrix, predictedClasses } from '../../insight/evaluate/confusion.ts'
import { sequential } from '../../model/graph.ts'
import { evaluate } from '../../network/evaluate.ts'
import { createNetwork } from '../../network/network.ts'
import { outputsOf } from '../../network/predict.ts'
import { fit } from '../../train/fit.ts'
import { dense, flatten } from '../layers/index.ts'
import { f1Score } from './f1-score.ts'
import { precision } from './precision.ts'
import { recall } from './recall.ts'

const batch = (labels: readonly number[], taken: readonly number[], classes: number) => ({
  ...{ count: labels.length, loss: 0, correct: 0, topCorrect: 0 },
  labels: Int32Array.from(labels),
  outputs: Float32Array.from(taken.flatMap(k => Array.from({ length: classes }, (_, c) => +(c === k)))),
})

test('each class counts the same, whatever its images', () => {
  const sums = f1Score.init(3)
  f1Score.add(sums, batch([0, 0, 0, 1], [0, 0, 1, 1], 3))
  f1Score.add(sums, batch([2, 2], [2, 0], 3))
  // By hand: precision 2/3 and recall 2/3, 1/2 and 1, 1 and 1/2.
  expect(f1Score.value(sums)).toBeCloseTo(2 / 3, 12)
})

test('a class that is never found counts as 0, one without images and answers not at all', () => {
  const sums = f1Score.init(3)
  f1Score.add(sums, batch([0, 0, 1], [0, 0, 0], 3))
  expect(f1Score.value(sums)).toBeCloseTo((4 / 5 + 0) / 2, 12)
})

test('precision and recall, by hand and where a class lacks answers or images', () => {
  const value = (
    metric: typeof precision | typeof recall,
    ...batches: Parameters<typeof metric.add>[1][]
  ) => {
    const sums = metric.init(3)
    for (const one of batches) metric.add(sums, one)
    return metric.value(sums)
  }
  const two = [batch([0, 0, 0, 1], [0, 0, 1, 1], 3), batch([2, 2], [2, 0], 3)]
  expect(value(precision, ...two)).toBeCloseTo((2 / 3 + 1 / 2 + 1) / 3, 12)
  expect(value(recall, ...two)).toBeCloseTo((2 / 3 + 1 + 1 / 2) / 3, 12)
  // Class 1 is never predicted, class 2 has no image.
  const odd = batch([0, 0, 1], [0, 2, 0], 3)
  expect(value(precision, odd)).toBeCloseTo((1 / 2 + 0 + 0) / 3, 12)
  expect(value(recall, odd)).toBeCloseTo((1 / 2 + 0 + 0) / 3, 12)
})

test('outputs that are not finite are no answer', () => {
  const sums = f1Score.init(2)
  f1Score.add(sums, { ...batch([0, 1], [0, 1], 2), outputs: Float32Array.of(1, 0, Number.NaN, 1) })
  expect(f1Score.value(sums)).toBeCloseTo(0.5, 12)
})

test.each(backends)(
  'on every side of a training, and as in the classification report (%s)',
  async (_, backend) => {
    const data = await loadDataset(fashionMnistMini())
    const model = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
    const network = createNetwork(model, { inputShape: data.imageShape, backend })
    const asked = {
      loss: 'sparseCategoricalCrossentropy',
      batchSize: 64,
      metrics: ['f1Score', 'precision', 'recall'],
    } as const
    const history = await fit(network, data, {
      ...asked,
      optimizer: 'adam',
      epochs: 2,
      validationSplit: 0.2,
      evaluateTraining: true,
    })
    for (const side of ['f1Score', 'valF1Score', 'trainF1Score']) {
      expect(history[side]).toHaveLength(2)
      expect(history[side]![1]).toBeGreaterThan(history[side]![0]!)
    }
    const { f1Score: measured, ...others } = await evaluate(network, data.test, asked)
    const taken = predictedClasses(await outputsOf(network, data.test.images), 10)
    const report = classificationReport(confusionMatrix(data.test.labels, taken, 10), data.classNames)
    expect(measured).toBeCloseTo(report.macroAverage.f1Score, 12)
    expect(others.precision).toBeCloseTo(report.macroAverage.precision, 12)
    expect(others.recall).toBeCloseTo(report.macroAverage.recall, 12)
  },
)
