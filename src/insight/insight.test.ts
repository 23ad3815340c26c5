import { describe, expect, test } from 'vitest'
import { normalized } from '../protocol/confusion.ts'
import { classificationReport } from './evaluate/classification-report.ts'
import { accuracyOf, confusionMatrix, oneVsRest, predictedClasses } from './evaluate/confusion.ts'
import { deadOutputsLoss, diagnoseOutputs, doubleSoftmaxFloor } from './evaluate/outputs.ts'
import { pythonFixed } from './evaluate/python-number.ts'
import { compareAccuracy, wilsonInterval } from './statistics/noise.ts'

describe('confusion matrix', () => {
  test('rows are labels, columns predictions', () => {
    const labels = Int32Array.of(0, 0, 1, 2, 2, 2)
    const predictions = Int32Array.of(0, 1, 1, 2, 2, 0)
    const matrix = confusionMatrix(labels, predictions, 3)
    expect(matrix).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 2],
    ])
    expect(accuracyOf(matrix)).toBeCloseTo(4 / 6, 12)
  })

  test('a prediction of equals is the first', () => {
    expect(predictedClasses(Float32Array.of(1, 1, 0, 0, 0, 0), 3)).toEqual(Int32Array.of(0, 0))
  })

  test('lists of different length, and numbers that are no class', () => {
    expect(() => confusionMatrix(Int32Array.of(0), Int32Array.of(), 2)).toThrow(
      'There are 1 labels, but 0 predictions.',
    )
    expect(() => confusionMatrix(Int32Array.of(0, 1), Int32Array.of(0, 2), 2)).toThrow(
      'Example 1 has the label 1 and the prediction 2, but there are 2 classes (0 to 1).',
    )
  })

  test('a class without examples or predictions has shares of 0, not NaN', () => {
    const matrix = [
      [2, 0],
      [0, 0],
    ]
    for (const by of ['all', 'row', 'column'] as const) {
      expect(normalized(matrix, by)).toEqual([
        [1, 0],
        [0, 0],
      ])
    }
  })

  test('one against the rest flatters a class that is never predicted', () => {
    const [, rare] = oneVsRest([
      [90, 0],
      [10, 0],
    ])
    expect(rare).toMatchObject({ accuracy: 0.9, recall: 0, falseNegatives: 10, trueNegatives: 90 })
  })

  test('for three classes, overall accuracy is 1 − Σ(1 − one-vs-rest) / 2', () => {
    const matrix = [
      [50, 2, 1],
      [3, 40, 2],
      [0, 4, 11],
    ]
    const implied = 1 - oneVsRest(matrix).reduce((sum, { accuracy }) => sum + (1 - accuracy), 0) / 2
    expect(implied).toBeCloseTo(accuracyOf(matrix), 12)
  })
})

test('the report as data', () => {
  const report = classificationReport(
    [
      [3, 1],
      [0, 4],
    ],
    ['cat', 'dog'],
  )
  expect(report.classes[1]).toEqual({ name: 'dog', precision: 0.8, recall: 1, f1Score: 8 / 9, support: 4 })
  expect(report.weightedAverage.recall).toBeCloseTo(report.accuracy, 12)
})

test('numbers are rounded as Python does: exact ties to the even digit', () => {
  expect([0.125, 0.375, 0.625, 0.875].map(value => pythonFixed(value, 2))).toEqual([
    '0.12',
    '0.38',
    '0.62',
    '0.88',
  ])
  expect([0.5, 1.5, 2.5].map(value => pythonFixed(value, 0))).toEqual(['0', '2', '2'])
  // No tie in binary: 0.285 is a little less, 0.545 a little more.
  expect([0.285, 0.545].map(value => pythonFixed(value, 2))).toEqual(['0.28', '0.55'])
})

describe('noise', () => {
  test('Wilson’s interval: the values of his formula, and never outside of 0 to 1', () => {
    const [low, high] = wilsonInterval(0.9, 10_000)
    expect(low).toBeCloseTo(0.893966, 6)
    expect(high).toBeCloseTo(0.905727, 6)
    expect(wilsonInterval(1, 20)[1]).toBe(1)
    expect(wilsonInterval(1, 20)[0]).toBeCloseTo(0.838875, 5)
    expect(wilsonInterval(0, 20)[0]).toBe(0)
  })

  test('the gap of report 002 is noise; eight points are not', () => {
    const basic = { accuracy: 0.903, count: 10_000 }
    expect(compareAccuracy(basic, { accuracy: 0.9069, count: 10_000, seeds: 1, std: 0 }).verdict).toBe(
      'within',
    )
    expect(compareAccuracy(basic, { accuracy: 0.82, count: 10_000, seeds: 3, std: 0.002 }).verdict).toBe(
      'worse',
    )
    expect(compareAccuracy(basic, { accuracy: 0.92, count: 10_000, seeds: 3, std: 0.001 }).verdict).toBe(
      'better',
    )
  })

  test('the spread of the seeds counts', () => {
    const reported = { accuracy: 0.9, count: 10_000 }
    expect(compareAccuracy(reported, { accuracy: 0.91, count: 10_000, seeds: 3, std: 0 }).verdict).toBe(
      'better',
    )
    const spread = compareAccuracy(reported, { accuracy: 0.91, count: 10_000, seeds: 3, std: 0.01 })
    expect(spread.verdict).toBe('within')
    expect(spread.error).toBeCloseTo(Math.hypot(0.003, Math.sqrt((0.91 * 0.09) / 1e4), 0.01155), 4)
  })
})

describe('outputs that are not probabilities', () => {
  test('floors of report 003 and of 001’s model 5', () => {
    expect(doubleSoftmaxFloor(3)).toBeCloseTo(0.551445, 6)
    expect([2, 3, 4, 5].map(dead => deadOutputsLoss(dead, 10).toFixed(2))).toEqual([
      '4.89',
      '6.20',
      '7.52',
      '8.86',
    ])
  })

  test('dead outputs, clipped labels and sums below zero are counted', () => {
    const outputs = Float32Array.of(0.9, -0.2, 0.1, -1, 0.5, -0.5)
    expect(diagnoseOutputs(outputs, Int32Array.of(1, 0), 3)).toEqual({
      deadOutputs: 0,
      clipped: 0.5,
      negativeSums: 0.5,
      allZero: 0,
    })
    expect(diagnoseOutputs(Float32Array.of(0, 1, 0, 2), Int32Array.of(0, 1), 2).deadOutputs).toBe(1)
    expect(diagnoseOutputs(Float32Array.of(0, 0, 1, -1), Int32Array.of(0, 1), 2).allZero).toBe(0.5)
  })
})
