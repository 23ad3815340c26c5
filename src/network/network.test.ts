import { describe, expect, test } from 'vitest'
import { HeddleError, UsageError } from '../base/errors.ts'
import { referenceBackend } from '../engine/backends/reference.ts'
import { sequential } from '../model/graph.ts'
import { conv2d, dense, flatten } from '../nn/layers/index.ts'
import { createNetwork } from './network.ts'

const model = sequential([
  conv2d({ filters: 4, kernelSize: 3, useBias: false }),
  flatten(),
  dense({ units: 3, biasInitializer: 'ones' }),
])
const create = (seed?: number) =>
  createNetwork(model, {
    inputShape: [5, 5, 2],
    backend: referenceBackend(),
    ...(seed !== undefined && { seed }),
  })

describe('weights', () => {
  test('are named by layer and parameter, in the sizes that the layers ask for', () => {
    expect([...create().weights].map(([name, values]) => [name, values.length])).toEqual([
      ['conv2d/kernel', 4 * 3 * 3 * 2],
      ['dense/kernel', 36 * 3],
      ['dense/bias', 3],
    ])
    expect(create().weights.get('dense/bias')).toEqual(Float32Array.of(1, 1, 1))
  })

  test('are a function of the seed, 0 when it is left out', () => {
    expect(create(7).weights).toEqual(create(7).weights)
    expect(create().weights).toEqual(create(0).weights)
    expect(create(7).weights.get('conv2d/kernel')).not.toEqual(create(8).weights.get('conv2d/kernel'))
  })

  test('of a parameter do not depend on the layers around it', () => {
    const longer = sequential([conv2d({ filters: 4, kernelSize: 3, useBias: false }), flatten()])
    const { weights } = createNetwork(longer, {
      inputShape: [5, 5, 2],
      seed: 7,
      backend: referenceBackend(),
    })
    expect(weights.get('conv2d/kernel')).toEqual(create(7).weights.get('conv2d/kernel'))
  })

  test('of layers alike differ: each parameter draws from a stream of its own', () => {
    const twins = sequential([dense({ units: 4 }), dense({ units: 4 })])
    const { weights } = createNetwork(twins, { inputShape: [4], backend: referenceBackend() })
    expect(weights.get('dense/kernel')).not.toEqual(weights.get('dense_1/kernel'))
  })

  test('of another model are refused, and the old ones kept', () => {
    const network = create()
    const before = network.weights
    const missing = new Map([...before].filter(([name]) => name !== 'dense/bias'))
    expect(() => {
      network.weights = missing
    }).toThrow(
      new HeddleError(
        'The weights "dense/bias" must be 3 numbers, received 0: they belong to another model.',
      ),
    )
    expect(() => {
      network.weights = new Map(before).set('conv2d/kernel', new Float32Array(71))
    }).toThrow('The weights "conv2d/kernel" must be 72 numbers, received 71')
    expect(network.weights).toBe(before)
  })
})

test.each([-1, 0.5, '1'])('the seed %j is refused', seed => {
  expect(() => create(seed as number)).toThrow(UsageError)
  expect(() => create(seed as number)).toThrow(
    'createNetwork: seed must be a whole number of at least 0, not ',
  )
})
