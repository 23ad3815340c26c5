import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metrics } from '../../src/nn/metrics/index.ts'

interface MetricCase {
  readonly name: string
  readonly labels: readonly number[]
  readonly classes: number
  readonly of1024: readonly number[]
  readonly exactAuc: number
  readonly auc: number
  readonly f1Score: number
  readonly precision: number
  readonly recall: number
}

const { cases } = JSON.parse(readFileSync(new URL('golden/metrics.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly MetricCase[]
}

const BATCH = 32

test.each(cases)(
  'metrics are Keras’ and scikit-learn’s: $name',
  ({ labels, classes, of1024, exactAuc, ...expected }) => {
    const value = (wanted: string): number => {
      const { init, add, value } = metrics.find(({ name }) => name === wanted)!
      const sums = init(classes)
      for (let from = 0; from < labels.length; from += BATCH) {
        const part = labels.slice(from, from + BATCH)
        const outputs = Float32Array.from(
          of1024.slice(from * classes, (from + part.length) * classes),
          numerator => numerator / 1024,
        )
        const counts = { count: part.length, loss: 0, correct: 0, topCorrect: 0 }
        add(sums, { ...counts, outputs, labels: Int32Array.from(part) })
      }
      return value(sums)
    }
    // Keras computes in float32.
    for (const name of ['auc', 'f1Score'] as const)
      expect(Math.abs(value(name) - expected[name])).toBeLessThan(1e-6)
    for (const name of ['precision', 'recall'] as const) expect(value(name)).toBeCloseTo(expected[name], 12)
    expect(Math.abs(value('auc') - exactAuc)).toBeLessThan(2e-3)
  },
)
