import { describe, expect, test } from 'vitest'
import { RandomStream } from '../../base/random.ts'
import { type Coordinate, gaussianRegression, negativeLogPosterior } from './gaussian-regression.ts'

const coordinates: readonly Coordinate[] = ['ordered', 'ordered', 'category']
const stream = new RandomStream(3)
const rows = Array.from({ length: 30 }, (_, i) =>
  Float64Array.of(
    stream.uniform(3 * i),
    stream.uniform(3 * i + 1),
    Math.floor(3 * stream.uniform(3 * i + 2)),
  ),
)
const truth = ([x = 0, , kind = 0]: Float64Array): number => Math.sin(5 * x) + (kind === 1 ? 1 : 0) - 0.6
const values = Float64Array.from(rows, truth)

test('the slope of the posterior is that of finite differences', () => {
  const squares = coordinates.map((coordinate, d) =>
    Float64Array.from(
      rows.flatMap((a, i) =>
        rows.slice(0, i).map(b => (coordinate === 'category' ? Number(a[d] !== b[d]) : (a[d]! - b[d]!) ** 2)),
      ),
    ),
  )
  const logs = Float64Array.of(0.3, -0.2, 0.5, 0.1, -3)
  const { gradient } = negativeLogPosterior(squares, values, logs)
  for (const i of logs.keys()) {
    const [more, less] = [1e-5, -1e-5].map(step =>
      negativeLogPosterior(squares, values, logs.with(i, logs[i]! + step)),
    )
    expect(gradient[i]).toBeCloseTo((more!.value - less!.value) / 2e-5, 5)
  }
})

describe('a regression', () => {
  const regression = gaussianRegression(coordinates, rows, values)

  test('predicts what it was given, and between it what is near', () => {
    for (const [i, row] of rows.entries()) expect(regression.predict(row).mean).toBeCloseTo(values[i]!, 1)
    for (const row of [Float64Array.of(0.4, 0.9, 1), Float64Array.of(0.7, 0.1, 0)]) {
      expect(Math.abs(regression.predict(row).mean - truth(row))).toBeLessThan(0.15)
    }
  })

  test('is less sure where it was given nothing', () => {
    const { deviation: near } = regression.predict(rows[0]!)
    const { deviation: far } = regression.predict(Float64Array.of(4, 4, 0))
    expect(far).toBeGreaterThan(5 * near)
  })

  test('that believes in further points predicts the same there, and is surer', () => {
    const row = Float64Array.of(1.6, 0.5, 2)
    const before = regression.predict(row)
    const after = regression.believing([row]).predict(row)
    expect(after.mean).toBeCloseTo(before.mean, 6)
    expect(after.deviation).toBeLessThan(0.5 * before.deviation)
  })
})
