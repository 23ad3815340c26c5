import { expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import { sequential } from '../../model/graph.ts'
import { buildModel } from '../../model/model.ts'
import { type LayerSpec, parseLayer, zeroPadding1d, zeroPadding2d } from './index.ts'

const outputOf = (layer: LayerSpec, inputShape: readonly number[]): readonly number[] =>
  buildModel(sequential([layer]), inputShape).outputShape

test.each([
  [undefined, [[1, 1], [1, 1]], [7, 8, 3]], // biome-ignore format: a table
  [2, [[2, 2], [2, 2]], [9, 10, 3]], // biome-ignore format: a table
  [[0, 3], [[0, 0], [3, 3]], [5, 12, 3]], // biome-ignore format: a table
  [[[1, 2], [3, 4]], [[1, 2], [3, 4]], [8, 13, 3]], // biome-ignore format: a table
  [[1, [0, 2]], [[1, 1], [0, 2]], [7, 8, 3]], // biome-ignore format: a table
] as const)('zeroPadding2d of %j is %j', (padding, sides, shape) => {
  const layer = zeroPadding2d({ padding })
  expect(layer.padding).toEqual(sides)
  expect(Object.isFrozen(layer.padding) && layer.padding.every(Object.isFrozen)).toBe(true)
  expect(outputOf(layer, [5, 6, 3])).toEqual(shape)
  expect(parseLayer(JSON.parse(JSON.stringify(layer)), 'layer')).toEqual(layer)
})

test.each([
  [undefined, [1, 1], [7, 3]],
  [2, [2, 2], [9, 3]],
  [
    [0, 4],
    [0, 4],
    [9, 3],
  ],
] as const)('zeroPadding1d of %j is %j', (padding, sides, shape) => {
  expect(zeroPadding1d({ padding }).padding).toEqual(sides)
  expect(outputOf(zeroPadding1d({ padding }), [5, 3])).toEqual(shape)
})

test('is seen by the receptive field as what it is: nothing', () => {
  expect(buildModel(sequential([zeroPadding2d()]), [5, 5, 1]).layers[0]!.receptiveField).toEqual([1, 1])
})

test.each([-1, 1.5, '1', null, [1], [1, 2, 3], [[1, 2, 3], 1], [[1, -1], 1]])(
  'zeroPadding2d refuses %j',
  padding => {
    const refused = () => zeroPadding2d({ padding: padding as number })
    expect(refused).toThrow(UsageError)
    expect(refused).toThrow(
      'zeroPadding2d: padding must be a whole number of at least 0, [vertical, horizontal] or ' +
        `[[top, bottom], [left, right]], not ${JSON.stringify(padding)}.`,
    )
  },
)

test.each([
  -1,
  0.5,
  [1],
  [
    [1, 1],
    [1, 1],
  ],
])('zeroPadding1d refuses %j', padding => {
  expect(() => zeroPadding1d({ padding: padding as number })).toThrow(
    `zeroPadding1d: padding must be a whole number of at least 0, or [before, after], not ${JSON.stringify(padding)}.`,
  )
})

test('what is no image, or no sequence, is refused', () => {
  expect(() => outputOf(zeroPadding2d(), [5, 3])).toThrow('expected images [height, width, channels]')
  expect(() => outputOf(zeroPadding1d(), [5, 3, 1])).toThrow('expected a sequence [steps, channels]')
})
