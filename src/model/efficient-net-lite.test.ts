import { expect, test } from 'vitest'
import { efficientNetLite } from './efficient-net-lite.ts'
import { buildModel } from './model.ts'

// As the reference implementation counts them (efficientnet_lite_pytorch 0.1.0): learned, and with moving statistics.
test.each([
  [0, 224, 4_652_008, 4_694_024],
  [1, 240, 5_416_680, 5_470_344],
  [2, 260, 6_092_072, 6_150_168],
  [3, 280, 8_197_096, 8_273_768],
  [4, 300, 13_006_568, 13_118_936],
])('variant %i has the parameters of the original', (variant, size, learned, all) => {
  const model = buildModel(efficientNetLite({ variant }))
  expect(model.inputShape).toEqual([size, size, 3])
  expect(model.outputShape).toEqual([1000])
  expect([model.trainableCount, model.parameterCount]).toEqual([learned, all])
})

test('a block adds its input where it has its shape, and only there', () => {
  const { layers } = buildModel(efficientNetLite({ classes: 7, imageSize: 64 }))
  const added = layers.filter(({ className }) => className === 'Add')
  expect(added.map(({ name }) => name)).toEqual(
    ['2b', '3b', '4b', '4c', '5b', '5c', '6b', '6c', '6d'].map(name => `block${name}_add`),
  )
  expect(added[0]!.inputs).toEqual(['block2b_project_bn', 'block2a_project_bn'])
  expect(layers.find(({ name }) => name === 'avg_pool')!.inputShapes).toEqual([[2, 2, 1280]])
  expect(layers.at(-1)!.outputShape).toEqual([7])
})

test('a variant that there is not is refused', () => {
  expect(() => efficientNetLite({ variant: 5 })).toThrow('efficientNetLite: variant must be')
})
