import { describe, expect, test } from 'vitest'
import { RandomStream } from '../base/random.ts'
import { sizeOf } from '../base/shape.ts'
import { lossKinds, lossOfExample } from '../ops/loss.ts'
import { layerCases } from '../testing/cases.ts'
import { gradientCheck } from '../testing/gradient-check.ts'
import { randomStep } from '../testing/step.ts'

// Two forward passes for each number: the first three cases of each kind that have few of them.
const kindOf = (name: string): string => name.replace(/ \d+$/, '')
const small = layerCases({ count: 60, seed: 4 }).filter(
  ({ model, batch }) => model.parameterCount + batch * sizeOf(model.inputShape) < 700,
)
const cases = small.filter(
  (one, i) => small.slice(0, i).filter(({ name }) => kindOf(name) === kindOf(one.name)).length < 3,
)

describe('gradients of the reference agree with finite differences in float64', () => {
  test('every kind has cases that are small enough', () => {
    const kinds = new Set(layerCases({ count: 1, seed: 4 }).map(({ name }) => kindOf(name)))
    expect(new Set(cases.map(({ name }) => kindOf(name)))).toEqual(kinds)
  })

  test.each(cases)('$name', async ({ name, model, batch }) => {
    const noise = { key: new RandomStream(1).split(name).key, step: 7 }
    const differences = await gradientCheck({ ...randomStep(model, { batch, seed: 11 }), noise })
    for (const [array, difference] of differences) expect(difference, array).toBeLessThan(1e-6)
  })
})

describe.each(lossKinds)('the gradient of %s agrees with finite differences', kind => {
  test.each([
    ['one-hot', [0, 1, 0, 0]],
    ['soft', [0.1, 0.2, 0.3, 0.4]],
  ])('%s target', (_, row) => {
    const outputs = Float64Array.of(0.3, 0.15, 0.9, 0.4)
    const target = Float64Array.from(row)
    const at = (values: Float64Array, gradient: Float64Array): number =>
      lossOfExample(kind, { outputs: values, target, gradient, weight: 0.7 })
    const gradient = new Float64Array(4)
    at(outputs, gradient)
    const h = 1e-6
    outputs.forEach((_value, k) => {
      const moved = (by: number): number =>
        at(
          outputs.map((y, i) => (i === k ? y + by : y)),
          new Float64Array(4),
        )
      expect(gradient[k]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 7)
    })
  })
})
