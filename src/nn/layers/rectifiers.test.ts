import { expect, test } from 'vitest'
import { lower } from '../../engine/lower.ts'
import { sequential } from '../../model/graph.ts'
import { buildModel } from '../../model/model.ts'
import { activation, type LayerSpec, parseLayer, pReLU, reLU } from './index.ts'

const opOf = (layer: LayerSpec) => lower(buildModel(sequential([layer]), [2, 3, 4]), 'dot').ops[0]!

test('a rectifier with one of the plain forms runs as that function', () => {
  expect(opOf(reLU()).attributes).toEqual(opOf(activation({ activation: 'relu' })).attributes)
  expect(opOf(reLU({ negativeSlope: 0.2 })).attributes).toEqual(
    opOf(activation({ activation: 'leakyRelu' })).attributes,
  )
  expect(opOf(reLU({ maxValue: 6 })).attributes).toEqual(opOf(activation({ activation: 'relu6' })).attributes)
})

test.each([
  [null, [2, 3, 4]],
  [
    [1, 2],
    [1, 1, 4],
  ],
  [[3], [2, 3, 1]],
  [
    [1, 2, 3],
    [1, 1, 1],
  ],
])('pReLU sharing %j learns slopes of shape %j', (sharedAxes, shape) => {
  const [layer] = buildModel(sequential([pReLU({ sharedAxes })]), [2, 3, 4]).layers
  expect(layer!.name).toBe('p_re_lu')
  expect(layer!.parameters).toMatchObject([{ name: 'alpha', shape, initializer: 'zeros' }])
})

test('options that do not fit are refused by name', () => {
  expect(() => reLU({ maxValue: -1 })).toThrow('reLU: maxValue must be a number of at least 0, not -1.')
  expect(() => reLU({ threshold: -0.5 })).toThrow('threshold must be a number of at least 0')
  expect(() => pReLU({ sharedAxes: [0] })).toThrow('sharedAxes[0] must be a whole number of at least 1')
  expect(() => buildModel(sequential([pReLU({ sharedAxes: [2] })]), [5])).toThrow(
    'sharedAxes names axis 2, but its input (None, 5) has the axes 1 to 1. Leave that axis out.',
  )
  expect(() => parseLayer({ kind: 'PReLU' }, 'layer 1')).toThrow('Did you mean "pReLU"?')
})
