import { describe, expect, test } from 'vitest'
import { RandomStream } from '../base/random.ts'
import { sizeOf } from '../base/shape.ts'
import { lossKinds, lossOfExample } from '../ops/loss.ts'
import { layerCases } from '../testing/cases.ts'
import type { LayerCase } from '../testing/dice.ts'
import { gradientCheck } from '../testing/gradient-check.ts'
import { randomStep } from '../testing/step.ts'

// Two forward passes for each number, so the time grows with its square: of each kind three cases with few numbers, or the smallest one.
const FEW = 350
const kindOf = (name: string): string => name.replace(/ \d+$/, '')
const numbersOf = ({ model, batch }: LayerCase): number =>
  model.parameterCount + batch * sizeOf(model.inputShape)
const all = layerCases({ count: 60, seed: 4 })
const kinds = new Set(all.map(({ name }) => kindOf(name)))
const cases = [...kinds].flatMap(kind => {
  const own = all.filter(({ name }) => kindOf(name) === kind)
  const few = own.filter(one => numbersOf(one) < FEW).slice(0, 3)
  return few.length > 0 ? few : own.toSorted((a, b) => numbersOf(a) - numbersOf(b)).slice(0, 1)
})

describe('gradients of the reference agree with finite differences in float64', () => {
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
