import { expect, test } from 'vitest'
import { UsageError } from '../base/errors.ts'
import { sequential } from '../model/graph.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { evaluate } from './evaluate.ts'
import { createNetwork } from './network.ts'
import { createPredictor, outputsOf, predict } from './predict.ts'

const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), {
  inputShape: [2, 2, 1],
})

test.each([
  [Int8Array.of(1, 2, 3, 4), 'an Int8Array'],
  [Uint16Array.of(1, 2, 3, 4), 'a Uint16Array'],
  [Uint8ClampedArray.of(1, 2, 3, 4), 'a Uint8ClampedArray'],
  [Float32Array.of(1, 2, 3, 4), 'a Float32Array'],
  [[1, 2, 3, 4], 'an Array'],
  [new ArrayBuffer(4), 'an ArrayBuffer'],
  [null, 'null'],
  [undefined, 'undefined'],
  ['abcd', 'a string'],
])('images that are %j are refused', async (images, received) => {
  const error = new UsageError(
    `Images must be a Uint8Array: bytes [count, height, width, channels] from 0 to 255. Received ${received}.`,
  )
  const bytes = images as unknown as Uint8Array
  await expect(predict(network, bytes)).rejects.toThrow(error)
  await expect(createPredictor(network).predict(bytes)).rejects.toThrow(error)
  const examples = { images: bytes, labels: Int32Array.of(0) }
  await expect(evaluate(network, examples, { loss: 'sparseCategoricalCrossentropy' })).rejects.toThrow(error)
})

test('a Buffer is a Uint8Array', async () => {
  expect(await outputsOf(network, Buffer.from([1, 2, 3, 4]))).toHaveLength(3)
})

test('images whose buffer was transferred before are refused', async () => {
  const images = Uint8Array.of(1, 2, 3, 4)
  structuredClone(images.buffer, { transfer: [images.buffer] })
  await expect(predict(network, images)).rejects.toThrow(
    new UsageError(
      'The images are gone: their buffer was transferred, to a worker for instance. Transfer a copy (images.slice().buffer).',
    ),
  )
})

test('labels of another kind are refused', async () => {
  const examples = { images: Uint8Array.of(1, 2, 3, 4), labels: [0] as unknown as Int32Array }
  await expect(evaluate(network, examples, { loss: 'sparseCategoricalCrossentropy' })).rejects.toThrow(
    new UsageError('Labels must be an Int32Array, one for each image.'),
  )
})
