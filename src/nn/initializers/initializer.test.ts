import { describe, expect, test } from 'vitest'
import { RandomStream } from '../../base/random.ts'
import { type Initializer, initialize, initializer, initializerNames } from './initializer.ts'

const fans = { fanIn: 784, fanOut: 128 }
const draw = (name: Initializer, seed = 1, n = 20_000): Float32Array =>
  initialize(name, { shape: [n], fans, stream: new RandomStream(seed) })

const momentsOf = (values: Float32Array): { mean: number; variance: number; fourth: number } => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  const moment = (power: number): number =>
    values.reduce((sum, x) => sum + (x - mean) ** power, 0) / values.length
  return { mean, variance: moment(2), fourth: moment(4) }
}

const random = [
  ['glorotUniform', 2 / (784 + 128)],
  ['glorotNormal', 2 / (784 + 128)],
  ['heUniform', 2 / 784],
  ['heNormal', 2 / 784],
] as const

describe.each(random)('%s', (name, variance) => {
  test('has mean zero and the stated variance, within five standard errors', () => {
    const values = draw(name)
    const moments = momentsOf(values)
    expect(Math.abs(moments.mean)).toBeLessThan(5 * Math.sqrt(variance / values.length))
    const standardError = Math.sqrt((moments.fourth - moments.variance ** 2) / values.length)
    expect(Math.abs(moments.variance - variance)).toBeLessThan(5 * standardError)
  })

  test('the same stream gives the same numbers, another one others', () => {
    expect(draw(name, 1)).toEqual(draw(name, 1))
    const [first, second] = [draw(name, 1), draw(name, 2)]
    expect(first.filter((x, i) => x === second[i]).length).toBeLessThan(5)
  })

  test('fills any shape', () => {
    const values = initialize(name, { shape: [3, 2, 2], fans, stream: new RandomStream(1) })
    expect(values).toHaveLength(12)
    expect(new Set(values).size).toBe(12)
  })
})

test.each([
  // √(6 / 912) is Keras’ limit for Dense 784 to 128; He’s is √(6 / 784).
  ['glorotUniform', 0.08111],
  ['heUniform', 0.08748],
] as const)('%s stays within its limit %d and reaches for it', (name, limit) => {
  const largest = draw(name).reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  expect(largest).toBeLessThanOrEqual(limit + 1e-5)
  expect(largest).toBeGreaterThan(0.999 * limit)
})

test.each([
  ['glorotNormal', Math.sqrt(2 / 912)],
  ['heNormal', Math.sqrt(2 / 784)],
] as const)('%s is cut at two standard deviations of the normal it is drawn from', (name, deviation) => {
  // Cutting shrinks the deviation to 0.8796 of itself, so the normal is that much wider.
  const cut = (2 * deviation) / 0.8796256610342398
  const values = draw(name)
  const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  expect(largest).toBeLessThanOrEqual(cut * (1 + 1e-6))
  expect(largest).toBeGreaterThan(0.99 * cut)
  // 68.27 % of 95.45 % lie within one deviation of that normal, where a uniform one would have half.
  const within = values.filter(x => Math.abs(x) < cut / 2).length / values.length
  expect(within).toBeCloseTo(0.6827 / 0.9545, 1)
})

test('zeros and ones', () => {
  expect([...draw('zeros', 1, 3)]).toEqual([0, 0, 0])
  expect([...draw('ones', 1, 3)]).toEqual([1, 1, 1])
})

test('the option takes the six names', () => {
  const field = initializer('zeros')
  expect(field.fallback).toBe('zeros')
  for (const name of initializerNames) expect(field.parse(name, 'x')).toBe(name)
  expect(() => field.parse('heNromal', 'dense: kernelInitializer')).toThrow(
    "dense: kernelInitializer must be one of 'glorotUniform', 'glorotNormal', 'heUniform', 'heNormal', 'zeros', " +
      `'ones', not "heNromal". Did you mean "heNormal"?`,
  )
})
