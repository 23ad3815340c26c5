import { describe, expect, test } from 'vitest'
import { RandomStream } from '../../base/random.ts'
import { choice, intRange, logUniform, uniform, when } from '../distributions/index.ts'
import type { Space } from '../space.ts'
import { axesOf, type Positions, positionsOf } from './axes.ts'
import { parzenEstimator } from './parzen.ts'

const space: Space = {
  depth: choice([1, 2, 3]),
  rate: logUniform(1e-4, 1e-1),
  units: intRange(1, 64, { log: true }),
  drop: when({ depth: 2 }, uniform(0, 0.6)),
}
const axes = axesOf(space)
const trials = [
  { depth: 2, rate: 1e-3, units: 16, drop: 0.2 },
  { depth: 3, rate: 1e-2, units: 1 },
  { depth: 2, rate: 2e-2, units: 64, drop: 0.5 },
].map(parameters => positionsOf(axes, parameters)!)

function draws(seed: number): () => number {
  const stream = new RandomStream(seed)
  let at = 0
  return () => stream.uniform(at++)
}

/** The sum of the density over all values of one axis, the others absent: a line in small pieces. */
function total(rows: readonly Positions[], weights: readonly number[], axis: number): number {
  const estimator = parzenEstimator(axes, rows, weights)
  const { cells, kind } = axes[axis]!
  const pieces = 4000
  const places =
    kind === 'line'
      ? Array.from({ length: pieces }, (_, i) => (i + 0.5) / pieces)
      : Array.from({ length: cells }, (_, cell) => cell)
  const densities = places.map(place => {
    const positions = new Float64Array(axes.length).fill(-1)
    positions[axis] = place
    return Math.exp(estimator.logDensity(positions))
  })
  return densities.reduce((a, b) => a + b) / (kind === 'line' ? pieces : 1)
}

describe('a density', () => {
  test.each([0, 1, 2, 3])('adds up to 1 on axis %i', axis => {
    expect(total([], [], axis)).toBeCloseTo(1, 6)
    expect(total(trials, [1, 1, 1], axis)).toBeCloseTo(1, 5)
    expect(total(trials, [0.1, 0.5, 1], axis)).toBeCloseTo(1, 5)
  })

  test('without trials is that of the space', () => {
    const prior = parzenEstimator(axes, [], [])
    const at = (parameters: object): number => prior.logDensity(positionsOf(axes, parameters as never)!)
    expect(at({ depth: 1 })).toBeCloseTo(Math.log(1 / 3), 12)
    // The prior of a line is a normal distribution around its middle, as wide as the line, cut off at its ends.
    expect(Math.exp(at({ drop: 0.3 }))).toBeCloseTo(1.0418, 3)
  })

  test('is high where trials are', () => {
    const estimator = parzenEstimator(axes, trials, [1, 1, 1])
    const near = estimator.logDensity(positionsOf(axes, { depth: 2, rate: 1.1e-3, units: 15, drop: 0.21 })!)
    const far = estimator.logDensity(positionsOf(axes, { depth: 1, rate: 1e-4, units: 4 })!)
    expect(near).toBeGreaterThan(far)
  })

  test('is that of Optuna 5.0.0 (`_ParzenEstimator.log_pdf` of the same trials and weights)', () => {
    const same = axesOf({
      drop: uniform(0, 0.6),
      rate: logUniform(1e-4, 1e-1),
      units: intRange(8, 64, { step: 8 }),
      kind: choice(['x', 'y', 'z']),
    })
    const row = (drop: number, rate: number, units: number, kind: string): Positions =>
      positionsOf(same, { drop, rate, units, kind })!
    const estimator = parzenEstimator(
      same,
      [row(0.1, 1e-3, 8, 'x'), row(0.5, 2e-2, 64, 'z'), row(0.25, 5e-4, 32, 'z')],
      [0.2, 0.5, 1],
    )
    const asked = [row(0.12, 2e-3, 16, 'x'), row(0.6, 1e-4, 56, 'y'), row(0.3, 3e-2, 40, 'z')]
    // Optuna's densities are over the values of `drop` and the logarithms of `rate`.
    const logScale = Math.log(0.6) + Math.log(Math.log(1000))
    const densities = asked.map(positions => estimator.logDensity(positions) - logScale)
    for (const [i, expected] of [-4.26389491, -5.43290267, -4.47450021].entries()) {
      expect(densities[i]).toBeCloseTo(expected, 8)
    }
  })

  test('is what its samples have: shares of a category and of steps', () => {
    const estimator = parzenEstimator(axes, trials, [1, 1, 1])
    const draw = draws(7)
    const samples = Array.from({ length: 20_000 }, () => estimator.sample(draw))
    for (const axis of [0, 2]) {
      for (let cell = 0; cell < Math.min(8, axes[axis]!.cells); cell++) {
        const positions = new Float64Array(axes.length).fill(-1)
        positions[axis] = cell
        const share = samples.filter(sample => sample[axis] === cell).length / samples.length
        expect(Math.abs(share - Math.exp(estimator.logDensity(positions)))).toBeLessThan(0.015)
      }
    }
  })
})
