import { describe, expect, test } from 'vitest'
import type { Predictions } from '../../network/predictions.ts'
import { applyTemperature, fitTemperature } from '../../network/temperature.ts'
import { calibrationOf } from './calibration.ts'
import { evaluationOf, flatteredClasses } from './evaluation.ts'
import { classCurves, precisionRecallCurve, rocCurve } from './ranking.ts'

const predictions = (
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  classNames: readonly string[] = ['cat', 'dog'],
): Predictions => ({
  probabilities: Float32Array.from(rows.flat()),
  labels: Int32Array.from(labels),
  classNames,
})

const four = predictions(
  [
    [0.9, 0.1],
    [0.2, 0.8],
    [0.75, 0.25],
    [0.625, 0.375],
  ],
  [0, 1, 1, 0],
)

describe('evaluation', () => {
  const evaluation = evaluationOf(four, { topK: [1, 2] })

  test('a top-k of more than all classes is refused', () => {
    expect(() => evaluationOf(four, { topK: [2, 3] })).toThrow(
      'top-k 3: there are 2 classes, so that the first 3 hold every one. Name fewer.',
    )
  })

  test('accuracy with its interval, top-k, agreement', () => {
    expect(evaluation).toMatchObject({ images: 4, accuracy: 0.75, topK: { 1: 0.75, 2: 1 }, kappa: 0.5 })
    expect(evaluation.interval[0]).toBeLessThan(0.75)
    expect(evaluation.interval[1]).toBeGreaterThan(0.75)
  })

  test('the hardest image is the surest mistake; pairs are counted by direction', () => {
    expect(evaluation.hardest).toEqual([
      { index: 2, label: 1, predicted: 0, ofLabel: 0.25, ofPredicted: 0.75 },
    ])
    expect(evaluation.mostConfused).toEqual([{ label: 'dog', predicted: 'cat', count: 1 }])
  })

  test('outputs that are not probabilities are ranked, but not calibrated', () => {
    const { calibration, accuracy, classes } = evaluationOf(
      predictions(
        [
          [4, -1],
          [2, 3],
        ],
        [0, 1],
      ),
    )
    expect(accuracy).toBe(1)
    expect(classes[0]!.rocArea).toBe(1)
    expect(calibration).toEqual({
      refused:
        'The outputs for example 0 are not probabilities: they add up to 3, and some are negative. Calibration needs a ' +
        'softmax at the end of the network.',
    })
  })

  // scikit-learn 1.9: classification_report(labels=[0, 1, 2], zero_division=0), roc_auc_score of each class.
  test('a class without images costs one line: zeros in the report, no area, a warning; the others as usual', () => {
    const three = {
      probabilities: Float32Array.of(0.7, 0.2, 0.1, 0.6, 0.3, 0.1, 0.1, 0.3, 0.6, 0.2, 0.7, 0.1),
      labels: Int32Array.of(0, 0, 1, 1),
      classNames: ['a', 'b', 'c'],
    }
    const { accuracy, report, classes, warnings, confusion } = evaluationOf(three)
    expect(accuracy).toBe(0.75)
    expect(confusion).toEqual([
      [2, 0, 0],
      [0, 1, 1],
      [0, 0, 0],
    ])
    expect(report.classes[2]).toEqual({ name: 'c', precision: 0, recall: 0, f1Score: 0, support: 0 })
    expect(report.macroAverage.recall).toBeCloseTo(0.5, 12)
    expect(report.weightedAverage.recall).toBeCloseTo(0.75, 12)
    expect(classes.map(({ recall }) => recall)).toEqual([1, 0.5, null])
    expect(classes.map(({ rocArea }) => rocArea)).toEqual([1, 0.875, null])
    expect(classes[2]!.averagePrecision).toBe(null)
    expect(warnings).toContainEqual(
      expect.stringContaining('No test image is labelled c: nothing is known about this class.'),
    )
    expect(warnings.join()).not.toContain('Never predicted')
  })

  test('one class: a perfect accuracy that means nothing', () => {
    const one = { probabilities: Float32Array.of(1, 1), labels: Int32Array.of(0, 0), classNames: ['only'] }
    const { accuracy, kappa, classes, warnings } = evaluationOf(one)
    expect([accuracy, kappa, classes[0]!.rocArea, classes[0]!.averagePrecision]).toEqual([1, null, null, 1])
    expect(warnings[0]).toMatch(/^There is one class only, "only": every network is right about every image/)
  })

  test('a warning names ten classes and counts the others', () => {
    const classNames = Array.from({ length: 500 }, (_, i) => `c${i}`)
    const labels = Int32Array.from({ length: 450 }, (_, i) => i)
    const probabilities = new Float32Array(450 * 500)
    for (let i = 0; i < 450; i++) probabilities[i * 500] = 1
    const { warnings } = evaluationOf({ probabilities, labels, classNames })
    expect(warnings.length).toBeLessThan(20)
    expect(warnings.join('\n')).toContain('c458, c459 and 40 more')
    expect(warnings.at(-1)).toBe('The same holds for 439 more classes.')
    expect(Math.max(...warnings.map(({ length }) => length))).toBeLessThan(500)
  })

  test('10,000 images of ten classes take a fraction of ten seconds', () => {
    const labels = Array.from({ length: 10_000 }, (_, i) => i % 10)
    const rows = labels.map((label, i) =>
      Array.from({ length: 10 }, (_, k) => (k === (label + (i % 7 === 0 ? 1 : 0)) % 10 ? 0.55 : 0.05)),
    )
    const names = Array.from({ length: 10 }, (_, k) => String(k))
    expect(evaluationOf(predictions(rows, labels, names)).images).toBe(10_000)
  })
})

describe('warnings', () => {
  const ten = Array.from({ length: 10 }, (_, k) => String(k))
  const labels = Array.from({ length: 1000 }, (_, i) => i % 10)
  const always = (answer: (label: number, i: number) => number) =>
    predictions(
      labels.map((label, i) => ten.map((_, k) => (k === answer(label, i) ? 1 : 0))),
      labels,
      ten,
    )

  test('report 001: 5.6 % is below chance', () => {
    const { accuracy, warnings } = evaluationOf(
      always((label, i) => (i % 18 === 0 ? label : (label + 1) % 10)),
    )
    expect(accuracy).toBe(0.056)
    expect(warnings[0]).toBe(
      'The accuracy of 5.6 % is below chance, which is 10.0 % with 10 classes: the network has learned something and says the ' +
        'opposite. Look at its head and its loss: heddle doctor.',
    )
  })

  test('report 001: classes that are never predicted', () => {
    const { warnings } = evaluationOf(always(label => Math.min(label, 7)))
    expect(warnings).toContain(
      'Never predicted: 8 and 9. A class that no image is taken for is not learned at all.',
    )
  })

  test('at chance there is none of both', () => {
    const { warnings } = evaluationOf(always((_, i) => Math.floor(i / 10) % 10))
    expect(warnings.filter(warning => /below chance|Never/.test(warning))).toEqual([])
  })
})

test('one-vs-rest accuracy far above the recall is told, and only then', () => {
  expect(
    flatteredClasses([
      { name: 'Shirt', accuracy: 0.952, recall: 0.62 },
      { name: 'Bag', accuracy: 0.99, recall: 0.95 },
    ]),
  ).toEqual([
    'Shirt: 95.2 % accuracy against the rest, but only 62.0 % of its own images are recognised. The images of other ' +
      'classes make the first number; read the recall.',
  ])
})

describe('what cannot be measured is refused', () => {
  test('NaN', () => {
    expect(() => evaluationOf(predictions([[0.5, Number.NaN]], [0]))).toThrow(
      'The output for example 0, class "dog", is NaN: nothing can be said about such predictions. Find the step at ' +
        'which the weights stopped being finite.',
    )
  })

  test('no examples, other classes, labels that are none', () => {
    expect(() => evaluationOf(predictions([], []))).toThrow(
      'There are no predictions: the list of labels is empty.',
    )
    expect(() => evaluationOf(predictions([[0.2, 0.3, 0.5]], [0]))).toThrow(
      '3 outputs do not make 1 rows of 2 classes (2): predictions and labels are of different data, or of other classes.',
    )
    expect(() => evaluationOf(predictions([[0.2, 0.8]], [2]))).toThrow(
      'Example 0 has the label 2, but there are 2 classes (0 to 1).',
    )
  })

  test('curves of one side', () => {
    expect(() => rocCurve([0.1, 0.2], [true, true])).toThrow(
      'A ROC curve needs examples of the class and others; there are no others.',
    )
    expect(() => precisionRecallCurve([0.1], [false])).toThrow(
      'A precision-recall curve needs examples of the class; there are none.',
    )
    expect(classCurves(predictions([[0.2, 0.8]], [1]))).toMatchObject([
      { name: 'cat', roc: null, precisionRecall: null },
      { name: 'dog', roc: null, precisionRecall: { area: 1 } },
    ])
  })
})

describe('temperature', () => {
  const tooSure = predictions(
    Array.from({ length: 20 }, () => [0.99, 0.01]),
    Array.from({ length: 20 }, (_, i) => (i < 14 ? 0 : 1)),
  )

  test('a network that is right in 70 of 100 cases and says 99 gets to say 70', () => {
    const temperature = fitTemperature(tooSure)
    expect(temperature).toBeCloseTo(Math.log(99) / Math.log(0.7 / 0.3), 5)
    const probabilities = applyTemperature(tooSure.probabilities, 2, temperature)
    expect(probabilities[0]).toBeCloseTo(0.7, 6)
    expect(calibrationOf({ ...tooSure, probabilities }).expectedError).toBeLessThan(1e-6)
    expect(calibrationOf(tooSure).expectedError).toBeCloseTo(0.29, 6)
  })

  test('no temperature suits predictions that are all right, or all wrong', () => {
    expect(() => fitTemperature({ ...tooSure, labels: new Int32Array(20) })).toThrow(
      'No temperature from 1/64 to 64 fits these 20 predictions best: they are all right. Fit it on more validation examples.',
    )
    expect(() => fitTemperature({ ...tooSure, labels: new Int32Array(20).fill(1) })).toThrow(
      'they are no better than chance',
    )
  })

  test('a probability of zero stays small and finite', () => {
    const [one, other] = applyTemperature(Float32Array.of(1, 0), 2, 2)
    expect(one).toBe(1)
    expect(other).toBeGreaterThan(0)
  })
})
