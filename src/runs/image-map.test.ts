import { expect, test } from 'vitest'
import { sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { conv2d, dense, flatten, globalAveragePooling2d } from '../nn/layers/index.ts'
import { sparseCategoricalCrossentropy } from '../nn/losses/loss.ts'
import { answersIn, mostImages } from './image-map.ts'

test('logits become probabilities, other outputs stay as they are', () => {
  const logits = sparseCategoricalCrossentropy({ fromLogits: true })
  const { predicted, confidence } = answersIn(Float32Array.of(0, Math.log(3), 13.4, 13.4), 2, logits)
  expect(predicted).toEqual([1, 0])
  expect(confidence).toEqual([0.75, 0.5])
  const shares = answersIn(Float32Array.of(0.25, 0.75), 2, sparseCategoricalCrossentropy())
  expect(shares).toEqual({ predicted: [1], confidence: [0.75] })
})

test.each([Number.NaN, Infinity])('outputs that are not finite are refused: %d', value => {
  expect(() => answersIn(Float32Array.of(0.5, 0.5, value, 0), 2, null)).toThrow('the training has diverged')
})

test('a map holds fewer images where they are large, or a layer makes many numbers of each', () => {
  const model = (size: number) =>
    buildModel(
      sequential([
        conv2d({ filters: 2, kernelSize: 1 }),
        globalAveragePooling2d(),
        dense({ units: 2, activation: 'softmax' }),
      ]),
      [size, size, 3],
    )
  expect(mostImages(model(28), 'global_average_pooling2d')).toBe(10_000)
  // 480 million bytes of images.
  expect(mostImages(model(400), 'global_average_pooling2d')).toBe(1000)
  expect(mostImages(model(400), 'conv2d')).toBe(375)
  expect(mostImages(buildModel(sequential([flatten()]), [400, 400, 3]), 'input')).toBe(250)
})
