import { describe, expect, test } from 'vitest'
import { metrics, metricsField, metricsOf, ofTest, requestFor } from './index.ts'
import { loss } from './loss.ts'
import type { Batch } from './metric.ts'

const batch = (numbers: Partial<Batch>): Batch => ({
  count: 4,
  loss: 1,
  correct: 1,
  topCorrect: 2,
  outputs: new Float32Array(0),
  labels: new Int32Array(0),
  ...numbers,
})

describe('every metric', () => {
  test.each(metrics.map(metric => [metric.name, metric] as const))(
    '%s has no value before the first batch, and goes on from its sums',
    (_, metric) => {
      const outputs = Float32Array.from([0.7, 0.2, 0.1, 0.1, 0.6, 0.3, 0.5, 0.3, 0.2, 0.1, 0.1, 0.8])
      const [first, second] = [
        batch({ outputs, labels: Int32Array.from([0, 2, 1, 2]) }),
        batch({ loss: 3, correct: 3, topCorrect: 4, outputs, labels: Int32Array.from([0, 1, 1, 2]) }),
      ]
      const whole = metric.init(3)
      expect(metric.value(whole)).toBeNaN()
      metric.add(whole, first)
      const stopped = JSON.parse(JSON.stringify(whole)) as number[]
      metric.add(whole, second)
      metric.add(stopped, second)
      expect(metric.value(stopped)).toBe(metric.value(whole))
      if (metric.unit === 'share') expect(metric.value(whole)).toBeGreaterThan(0)
      if (metric.unit === 'share') expect(metric.value(whole)).toBeLessThanOrEqual(1)
    },
  )
})

test('batches count by their examples', () => {
  const sums = loss.init(10)
  loss.add(sums, batch({ loss: 1, count: 32 }))
  loss.add(sums, batch({ loss: 4, count: 16 }))
  expect(loss.value(sums)).toBe(2)
})

describe('what a training measures', () => {
  const names = (options: Parameters<typeof metricsOf>[0]): string[] =>
    metricsOf(options).map(({ name }) => name)

  test('loss and accuracy always, the others where they are asked for', () => {
    expect(names({ metrics: [], topK: null })).toEqual(['loss', 'accuracy'])
    expect(names({ metrics: ['accuracy'], topK: 3 })).toEqual(['loss', 'accuracy', 'topKAccuracy'])
    expect(names({ metrics: ['topKAccuracy'], topK: 3 })).toEqual(['loss', 'accuracy', 'topKAccuracy'])
  })

  test('the top-k accuracy needs its k', () => {
    expect(() => names({ metrics: ['topKAccuracy'], topK: null })).toThrow(
      'metrics: "topKAccuracy" needs its k: give topK: 3 as well.',
    )
    expect(metrics.map(requestFor).slice(0, 3)).toEqual([null, null, 'topK: 3'])
  })

  test('names are checked', () => {
    expect(() => metricsField.parse(['acuracy'], 'train: metrics')).toThrow('Did you mean "accuracy"?')
    expect(() => metricsField.parse('accuracy', 'train: metrics')).toThrow('train: metrics must be a list')
  })
})

test('the test of a recorded run comes back under its own names', () => {
  expect(ofTest({ loss: 1, testLoss: 0.5, testAccuracy: 0.9, testTopKAccuracy: 1 })).toEqual({
    loss: 0.5,
    accuracy: 0.9,
    topKAccuracy: 1,
  })
  expect(ofTest({ loss: 1, valAccuracy: 0.5 })).toBeNull()
})
