import { describe, expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import { conv1d, conv2d, dense } from '../layers/index.ts'
import { l1, l1l2, l2, penaltyOf, type RegularizerSpec } from './regularizer.ts'

test('has the defaults of Keras', () => {
  expect([l1(), l2(), l1l2()]).toEqual([
    { kind: 'l1', l1: 0.01 },
    { kind: 'l2', l2: 0.01 },
    { kind: 'l1l2', l1: 0, l2: 0 },
  ])
  expect(Object.isFrozen(l2())).toBe(true)
})

test.each<[RegularizerSpec, { l1: number; l2: number }]>([
  [l1({ l1: 0.5 }), { l1: 0.5, l2: 0 }],
  [l2({ l2: 0.25 }), { l1: 0, l2: 0.25 }],
  [l1l2({ l1: 0.5, l2: 0.25 }), { l1: 0.5, l2: 0.25 }],
])('the factors of %o', (spec, factors) => {
  expect(penaltyOf(spec)).toMatchObject(factors)
})

describe.each([
  ['conv1d', (options: object) => conv1d({ filters: 1, kernelSize: 1, ...options })],
  ['conv2d', (options: object) => conv2d({ filters: 1, kernelSize: 1, ...options })],
  ['dense', (options: object) => dense({ units: 1, ...options })],
] as const)('%s', (kind, layer) => {
  test('takes a name, a spec, its JSON, or null', () => {
    expect(layer({ kernelRegularizer: 'l2', biasRegularizer: l1({ l1: 1 }) })).toMatchObject({
      kernelRegularizer: l2(),
      biasRegularizer: { kind: 'l1', l1: 1 },
    })
    const parsed = JSON.parse(
      '{ "kernelRegularizer": { "kind": "l1l2", "l1": 0.1 }, "biasRegularizer": null }',
    )
    expect(layer(parsed)).toMatchObject({ kernelRegularizer: l1l2({ l1: 0.1 }), biasRegularizer: null })
  })

  test('refuses what is no regularizer', () => {
    expect(() => layer({ kernelRegularizer: 'l3' })).toThrow(
      new UsageError(
        `${kind}: kernelRegularizer: "l3" is not a regularizer. Did you mean "l1"? Regularizers are l1, l2, l1l2.`,
      ),
    )
    expect(() => layer({ biasRegularizer: 0.01 })).toThrow(
      new UsageError(`${kind}: biasRegularizer: 0.01 is not a regularizer. Regularizers are l1, l2, l1l2.`),
    )
  })
})

test.each<[() => RegularizerSpec, string]>([
  [() => l1({ l1: -0.1 }), 'l1: l1 must be a number of at least 0, not -0.1.'],
  [() => l2({ l2: Number.NaN }), 'l2: l2 must be a number of at least 0, not NaN.'],
  [() => l1l2({ l2: Number.POSITIVE_INFINITY }), 'l1l2: l2 must be a number of at least 0, not Infinity.'],
  [() => l1({ l2: 1 } as never), 'l1: unknown option "l2". Did you mean "l1"? Its options are l1.'],
])('%s is refused', (make, message) => {
  expect(make).toThrow(new UsageError(message))
})
