import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cohensKappa, matthewsCorrelation } from '../../src/insight/evaluate/agreement.ts'
import { calibrationOf } from '../../src/insight/evaluate/calibration.ts'
import { accuracyOf, confusionMatrix, predictedClasses } from '../../src/insight/evaluate/confusion.ts'
import { classCurves, topKAccuracy } from '../../src/insight/evaluate/ranking.ts'
import { differenceOf, hitsOf, intervalOf } from '../../src/insight/statistics/difference.ts'
import { wilsonInterval } from '../../src/insight/statistics/noise.ts'
import { exactMcNemar, holm } from '../../src/insight/statistics/significance.ts'
import { halfWidth, studentQuantile } from '../../src/insight/statistics/uncertainty.ts'
import { fitTemperature } from '../../src/network/temperature.ts'

interface EvaluationCase {
  readonly name: string
  readonly labels: readonly number[]
  readonly classes: number
  readonly of1024: readonly number[]
  readonly accuracy: number
  readonly interval: readonly number[]
  readonly topK: Readonly<Record<string, number>>
  readonly kappa: number
  readonly matthews: number
  readonly brierScore: number
  readonly logLoss: number
  readonly binCounts: readonly number[]
  readonly binAccuracies: readonly number[]
  readonly binConfidences: readonly number[]
  readonly expectedError: number
  readonly maximumError: number
  readonly temperature: number
  readonly curves: readonly {
    readonly rocArea: number
    readonly averagePrecision: number
    readonly points: Readonly<
      Record<'falsePositiveRate' | 'truePositiveRate' | 'precision' | 'recall', readonly number[]>
    > | null
  }[]
}

const golden = JSON.parse(readFileSync(new URL('golden/statistics.json', import.meta.url), 'utf8')) as {
  readonly evaluations: readonly EvaluationCase[]
  readonly wilson: readonly { hits: number; count: number; interval: readonly number[] }[]
  readonly mcNemar: readonly { onlyFirst: number; onlySecond: number; pValue: number }[]
  readonly holm: readonly { pValues: readonly number[]; corrected: readonly number[] }[]
  readonly student: readonly { degrees: number; quantile: number }[]
  readonly bootstraps: readonly {
    name: string
    first: string
    second: string
    difference: number
    interval: readonly [number, number]
    standardError: number
  }[]
}

/** To 1e-9 of the number, or of 1 where it is smaller. */
function same(actual: number, expected: number): void {
  expect(
    Math.abs(actual - expected) / Math.max(1, Math.abs(expected)),
    `${actual}, not ${expected}`,
  ).toBeLessThan(1e-9)
}

function allSame(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length)
  for (const [i, value] of actual.entries()) same(value, expected[i]!)
}

describe('metrics are scikit-learn’s', () => {
  describe.each(golden.evaluations)('$name', ({ labels, classes, of1024, ...expected }) => {
    const predictions = {
      probabilities: Float32Array.from(of1024, value => value / 1024),
      labels: Int32Array.from(labels),
      classNames: Array.from({ length: classes }, (_, k) => `class ${k}`),
    }
    const matrix = confusionMatrix(
      predictions.labels,
      predictedClasses(predictions.probabilities, classes),
      classes,
    )

    test('accuracy and agreement', () => {
      same(accuracyOf(matrix), expected.accuracy)
      allSame(wilsonInterval(accuracyOf(matrix), labels.length), expected.interval)
      same(cohensKappa(matrix), expected.kappa)
      same(matthewsCorrelation(matrix), expected.matthews)
      for (const [k, share] of Object.entries(expected.topK)) {
        same(topKAccuracy(predictions, Number(k)), share)
      }
    })

    test('curves and their areas', () => {
      for (const [k, { roc, precisionRecall }] of classCurves(predictions).entries()) {
        const { rocArea, averagePrecision, points } = expected.curves[k]!
        same(roc!.area, rocArea)
        same(precisionRecall!.area, averagePrecision)
        if (!points) continue
        allSame(roc!.x, points.falsePositiveRate)
        allSame(roc!.y, points.truePositiveRate)
        // scikit-learn stops at the first cut with full recall.
        const full = precisionRecall!.x.indexOf(1) + 1
        allSame(precisionRecall!.x.slice(0, full), points.recall.slice(0, full))
        allSame(precisionRecall!.y.slice(0, full), points.precision.slice(0, full))
      }
    })

    test('calibration', () => {
      const { bins, ...measured } = calibrationOf(predictions)
      expect(bins.map(({ count }) => count)).toEqual(expected.binCounts)
      const filled = bins.filter(({ count }) => count > 0)
      allSame(
        filled.map(bin => bin.accuracy!),
        expected.binAccuracies,
      )
      allSame(
        filled.map(bin => bin.confidence!),
        expected.binConfidences,
      )
      same(measured.expectedError, expected.expectedError)
      same(measured.maximumError, expected.maximumError)
      same(measured.brierScore, expected.brierScore)
      same(measured.logLoss, expected.logLoss)
      same(fitTemperature(predictions), expected.temperature)
    })
  })
})

describe('tests and intervals are those of SciPy and statsmodels', () => {
  test.each(golden.wilson)('Wilson: $hits of $count', ({ hits, count, interval }) => {
    allSame(wilsonInterval(hits / count, count), interval)
  })

  test.each(golden.mcNemar)('McNemar: $onlyFirst against $onlySecond', ({ pValue, ...counts }) => {
    same(exactMcNemar(counts), pValue)
  })

  test.each(golden.holm)('Holm: $pValues', ({ pValues, corrected }) => {
    allSame(holm(pValues), corrected)
  })

  test.each(golden.student)('Student: $degrees degrees of freedom, of seeds', ({ degrees, quantile }) => {
    expect(Math.abs(studentQuantile(degrees) / quantile - 1)).toBeLessThan(1e-6)
  })

  // Hill's deviate is right to six digits from five degrees of freedom on: of six images.
  test.each(golden.student.filter(({ degrees }) => degrees >= 5))(
    'Student: $degrees degrees of freedom, of images',
    ({ degrees, quantile }) => {
      const half = halfWidth(0.05, { images: { variance: 1, degrees }, seeds: null })
      expect(Math.abs(half / quantile - 1)).toBeLessThan(1e-5)
    },
  )

  test.each(golden.mcNemar.filter(({ onlyFirst, onlySecond }) => onlyFirst !== onlySecond))(
    'two runs: near McNemar with half of what was seen (mid-p), $onlyFirst against $onlySecond',
    ({ onlyFirst, onlySecond, pValue }) => {
      const [n, smaller] = [onlyFirst + onlySecond, Math.min(onlyFirst, onlySecond)]
      let seen = 0.5 ** Math.min(n, 1000) * 0.5 ** Math.max(0, n - 1000)
      for (let i = 1; i <= smaller; i++) seen *= (n - i + 1) / i
      const run = (from: number, hits: number): Uint8Array =>
        Uint8Array.from({ length: 10_000 }, (_, i) => (i >= from && i < from + hits ? 1 : 0))
      const [first, second] = [run(0, onlyFirst), run(onlyFirst, onlySecond)].map(hits =>
        hitsOf({ name: 'run', runs: [hits] }),
      )
      // Of eight images the exact p-values are 0.03 apart: a smooth one lies between.
      const apart = Math.abs(differenceOf(first!, second!).pValue - (pValue - seen))
      expect(apart).toBeLessThan(n > 100 ? 0.002 : 0.012)
    },
  )

  test.each(golden.bootstraps)(
    'the interval is that of a paired bootstrap: $name',
    ({ first, second, ...expected }) => {
      const [one, other] = [first, second].map(digits =>
        hitsOf({ name: 'run', runs: [Uint8Array.from(digits, Number)] }),
      )
      const measured = differenceOf(one!, other!)
      same(measured.difference, expected.difference)
      // A quantile at 2.5 % of n resamples has an error of √(q (1 − q) / n) / φ(z): 0.019 standard errors of SciPy’s 20,000.
      const noise = 4 * 0.019 * expected.standardError + 0.5 / first.length
      const interval = intervalOf(measured)
      expect(Math.abs(interval[0] - expected.interval[0])).toBeLessThan(noise)
      expect(Math.abs(interval[1] - expected.interval[1])).toBeLessThan(noise)
      // A standard deviation of n numbers has a relative error of 1 / √(2 n): 0.005 of 20,000. Ours has one image more on which they differ.
      const differing = [...first].filter((hit, i) => hit !== second[i]).length
      const error = Math.sqrt(measured.uncertainty.images.variance)
      expect(Math.abs(error / expected.standardError - 1)).toBeLessThan(4 * 0.005 + 0.5 / differing)
    },
  )
})
