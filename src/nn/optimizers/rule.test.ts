import { describe, expect, test } from 'vitest'
import { slotStartOf, slotsOf, update } from '../../ops/update.ts'
import { cosineDecay } from '../schedules/schedule.ts'
import {
  adadelta,
  adagrad,
  adam,
  adamw,
  coefficientsAt,
  coefficientsOf,
  muon,
  nadam,
  type OptimizerSpec,
  optimizers,
  rmsprop,
  sgd,
  updateRuleOf,
} from './index.ts'

/** One weight that starts at 1, after a step with each of the gradients. */
function weightAfter(optimizer: OptimizerSpec, steps: readonly number[], Floats = Float64Array): number {
  const rule = updateRuleOf(optimizer)
  const weights = Floats.of(1)
  const slots = Array.from({ length: slotsOf(rule) }, () => Floats.of(slotStartOf(rule)))
  steps.forEach((gradient, step) => {
    const coefficients = coefficientsAt(optimizer, step)
    update(rule, { weights, gradients: Floats.of(gradient), slots, coefficients })
  })
  return weights[0]!
}

describe('coefficientsAt', () => {
  test.each([
    // 0.001 · √(1 − 0.999^t) / (1 − 0.9^t) at t = 1, 2, 1000
    [0, 3.16227766e-4],
    [1, 2.35316725e-4],
    [999, 7.95175814e-4],
  ])('adam, step %i: %d', (step, size) => {
    expect(coefficientsAt(adam(), step)[0]).toBeCloseTo(size, 12)
  })

  test('adam approaches its learning rate', () => {
    expect(coefficientsAt(adam({ learningRate: 0.5 }), 100_000)[0]).toBeCloseTo(0.5, 9)
  })

  test.each([sgd, rmsprop, adagrad, adadelta])('%o has its learning rate from the first step', optimizer => {
    expect(coefficientsAt(optimizer({ learningRate: 0.2 }), 0)).toEqual([0.2, 0, 0, 0, 0])
    expect(coefficientsAt(optimizer({ learningRate: 0.2 }), 7)).toEqual([0.2, 0, 0, 0, 0])
  })

  test('adamw is adam with a decay of the learning rate, not of the corrected one', () => {
    const [size] = coefficientsAt(adam({ learningRate: 0.5 }), 3)
    expect(coefficientsAt(adamw({ learningRate: 0.5, weightDecay: 0.1 }), 3)).toEqual([size, 0.05, 0, 0, 0])
  })

  test('nadam has the running product of its momentum', () => {
    // μ₁ = 0.9 · 0.52 = 0.468, μ₂ = 0.9 · 0.5392 = 0.48528, μ₃ = 0.9 · 0.557632 = 0.5018688
    const [past, present, correction] = coefficientsAt(nadam({ learningRate: 2 }), 0)
    expect(past).toBeCloseTo((2 * 0.48528) / (1 - 0.468 * 0.48528), 12)
    expect(present).toBeCloseTo(2, 12)
    expect(correction).toBeCloseTo(1000, 9)
    const second = coefficientsAt(nadam({ learningRate: 2 }), 1)
    expect(second[0]).toBeCloseTo((2 * 0.5018688) / (1 - 0.468 * 0.48528 * 0.5018688), 12)
    expect(second[1]).toBeCloseTo((2 * (1 - 0.48528)) / (1 - 0.468 * 0.48528), 12)
    expect(second[2]).toBeCloseTo(1 / (1 - 0.998001), 9)
  })

  test('the product of nadam stays that of every step after a thousand steps', () => {
    const beta1 = 0.9999
    let product = 1
    for (let t = 1; t <= 3000; t++) product *= beta1 * (1 - 0.5 * 0.96 ** t)
    const [past] = coefficientsAt(nadam({ learningRate: 1, beta1 }), 2999)
    expect(past).toBeCloseTo(beta1 / (1 - product * beta1), 12)
  })

  test('a schedule is read at the same step', () => {
    const learningRate = cosineDecay({ initialLearningRate: 0.4, decaySteps: 10 })
    expect(coefficientsAt(sgd({ learningRate }), 5)[0]).toBeCloseTo(0.2, 12)
    expect(coefficientsAt(adam({ learningRate, beta1: 0, beta2: 0 }), 5)[0]).toBeCloseTo(0.2, 12)
    expect(coefficientsAt(adamw({ learningRate, weightDecay: 0.1 }), 5)[1]).toBeCloseTo(0.02, 12)
    expect(coefficientsAt(nadam({ learningRate, beta1: 0, beta2: 0 }), 5)[1]).toBeCloseTo(0.2, 12)
  })

  test('several steps lie one after the other', () => {
    const optimizer = nadam()
    expect(coefficientsOf(optimizer, 4, 2)).toEqual(
      Float64Array.of(...coefficientsAt(optimizer, 4), ...coefficientsAt(optimizer, 5)),
    )
  })
})

test('the rule holds what does not change from step to step', () => {
  const betas = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }
  expect(updateRuleOf(sgd({ momentum: 0.9, nesterov: true }))).toEqual({
    kind: 'sgd',
    momentum: 0.9,
    nesterov: true,
  })
  expect(updateRuleOf(adam({ learningRate: 1 }))).toEqual({ kind: 'adam', ...betas })
  expect(updateRuleOf(adamw())).toEqual({ kind: 'adam', ...betas })
  expect(updateRuleOf(nadam())).toEqual({ kind: 'nadam', ...betas })
  expect(updateRuleOf(rmsprop({ momentum: 0.5, centered: true }))).toEqual({
    kind: 'rmsprop',
    rho: 0.9,
    momentum: 0.5,
    epsilon: 1e-7,
    centered: true,
  })
  expect(updateRuleOf(adagrad())).toEqual({ kind: 'adagrad', initialAccumulatorValue: 0.1, epsilon: 1e-7 })
  expect(updateRuleOf(adadelta())).toEqual({ kind: 'adadelta', rho: 0.95, epsilon: 1e-7 })
  expect(updateRuleOf(adamw({ excludeFromWeightDecay: ['bias'] }))).toEqual({
    kind: 'adam',
    ...betas,
    exempt: ['bias'],
  })
  expect(updateRuleOf(adam({ globalClipNorm: 2, useEma: true }))).toEqual({
    kind: 'adam',
    ...betas,
    clip: { by: 'globalNorm', limit: 2 },
    averages: true,
  })
})

describe('two steps by hand, with gradients 2 and −1', () => {
  const learningRate = 0.1
  test.each<[OptimizerSpec, first: number, second: number]>([
    [sgd({ learningRate }), 0.8, 0.9],
    // v = −0.2, then 0.5 · −0.2 + 0.1 = 0
    [sgd({ learningRate, momentum: 0.5 }), 0.8, 0.8],
    // w + 0.5 · v − 0.2 = 0.7, then + 0.5 · 0 + 0.1
    [sgd({ learningRate, momentum: 0.5, nesterov: true }), 0.7, 0.8],
    // s = 0.5 · 4 = 2, then 1.5
    [
      rmsprop({ learningRate, rho: 0.5, epsilon: 0 }),
      1 - 0.2 / Math.sqrt(2),
      1 - 0.2 / Math.sqrt(2) + 0.1 / Math.sqrt(1.5),
    ],
    // ε stands under the root: s + ε = 4, then 3.5; v = 0.1, then 0.05 − 0.1 / √3.5
    [rmsprop({ learningRate, rho: 0.5, epsilon: 2, momentum: 0.5 }), 0.9, 0.85 + 0.1 / Math.sqrt(3.5)],
    // a = 1, then 0; s − a² = 1, then 1.5
    [rmsprop({ learningRate, rho: 0.5, epsilon: 0, centered: true }), 0.8, 0.8 + 0.1 / Math.sqrt(1.5)],
    // v = 0.2, then 0.1 − 0.1 / √1.5
    [
      rmsprop({ learningRate, rho: 0.5, epsilon: 0, centered: true, momentum: 0.5 }),
      0.8,
      0.7 + 0.1 / Math.sqrt(1.5),
    ],
    // s + ε = 5 + 4 + 7 = 16, then 17
    [adagrad({ learningRate, initialAccumulatorValue: 5, epsilon: 7 }), 0.95, 0.95 + 0.1 / Math.sqrt(17)],
    // d = 2 · √2 / √(2 + 2) = √2, u = 1; then s = 1.5, d = −√3 / √3.5
    [
      adadelta({ learningRate, rho: 0.5, epsilon: 2 }),
      1 - 0.1 * Math.SQRT2,
      1 - 0.1 * Math.SQRT2 + 0.1 * Math.sqrt(3 / 3.5),
    ],
    // m = 1, v = 2, size = 0.1 · √0.5 / 0.5; then m = 0, so that the weight rests
    [adam({ learningRate, beta1: 0.5, beta2: 0.5, epsilon: 0 }), 0.9, 0.9],
    // 1 − 0.05 first, then 0.85 − 0.05 · 0.85
    [adamw({ learningRate, beta1: 0.5, beta2: 0.5, epsilon: 0, weightDecay: 0.5 }), 0.85, 0.8075],
    // β₁ = 0: the gradient over √(v / (1 − β₂^t)): 2 / 2, then −1 / √(1.5 / 0.75), and ε beside the corrected root
    [nadam({ learningRate, beta1: 0, beta2: 0.5, epsilon: 0 }), 0.9, 0.9 + 0.1 / Math.SQRT2],
    // no matrix: half of Adam's step, and 0.1 · 0.5 of the weight
    [
      muon({
        learningRate,
        adamBeta1: 0.5,
        adamBeta2: 0.5,
        epsilon: 0,
        adamLrRatio: 0.5,
        adamWeightDecay: 0.5,
      }),
      0.9,
      0.855,
    ],
    [nadam({ learningRate, beta1: 0, beta2: 0.5, epsilon: 2 }), 0.95, 0.95 + 0.1 / (Math.SQRT2 + 2)],
  ])('%o', (optimizer, first, second) => {
    expect(weightAfter(optimizer, [2])).toBeCloseTo(first, 12)
    expect(weightAfter(optimizer, [2, -1])).toBeCloseTo(second, 12)
  })
})

test('centered rmsprop survives gradients that fall and then never change', () => {
  const gradients = Array.from({ length: 300 }, (_, i) => 1 + i * 3.3)
  const weights = gradients.map(g =>
    weightAfter(
      rmsprop({ centered: true }),
      new Array(300).fill(g).fill(2 * g, 0, 20),
      Float32Array as never,
    ),
  )
  expect(weights.every(Number.isFinite)).toBe(true)
})

test('every optimizer walks down a parabola', () => {
  for (const name of ['sgd', 'rmsprop', 'adagrad', 'adadelta', 'adam', 'adamw', 'nadam', 'muon'] as const) {
    const optimizer = optimizers.field.parse({ kind: name, learningRate: 0.2 } as never, 'optimizer')
    let w = 1
    const gradients: number[] = []
    for (let step = 0; step < 100; step++) {
      gradients.push(w)
      w = weightAfter(optimizer, gradients)
    }
    expect(Math.abs(w), name).toBeLessThan(name === 'adadelta' ? 0.99 : 0.2)
  }
})

test('muon moves a matrix along its orthogonal part', () => {
  // Both singular values are 1/√2 behind the norm, and f(f(1/√2)) of the quintic follows.
  const f = (x: number): number => 3.4445 * x - 4.775 * x ** 3 + 2.0315 * x ** 5
  const weights = Float64Array.of(1, 1, 1, 1, 1, 1)
  const momentum = new Float64Array(6)
  const optimizer = muon({ learningRate: 0.1, momentum: 0.5, nsSteps: 2, weightDecay: 0.5 })
  const rule = updateRuleOf(optimizer)
  const gradients = Float64Array.of(0, 3, 0, -3, 0, 0)
  update(rule, {
    weights,
    rows: 2,
    gradients,
    slots: [momentum, new Float64Array(6)],
    coefficients: coefficientsAt(optimizer, 0),
  })
  const size = 0.1 * 0.2 * Math.sqrt(3) * f(f(Math.SQRT1_2))
  const expected = [0.95, 0.95 - size, 0.95, 0.95 + size, 0.95, 0.95]
  for (const [i, weight] of weights.entries()) expect(weight).toBeCloseTo(expected[i]!, 6)
  expect([...momentum]).toEqual([...gradients])
})
