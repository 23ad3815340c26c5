import { expect, test } from 'vitest'
import { createDataset } from './dataset.ts'
import { normalizationOf } from './normalization-of.ts'

test('normalizationOf measures each channel of the training images, scaled to [0, 1]', () => {
  const data = createDataset({
    name: 'dots',
    classNames: ['a', 'b'],
    imageShape: [1, 2, 2],
    // Channel 0: 0, 255, 255, 0; channel 1: 51 everywhere.
    train: { images: Uint8Array.of(0, 51, 255, 51, 255, 51, 0, 51), labels: Int32Array.of(0, 1) },
    test: { images: Uint8Array.of(9, 9, 9, 9), labels: Int32Array.of(0) },
  })
  expect(normalizationOf(data)).toEqual({ kind: 'normalization', mean: [0.5, 0.2], variance: [0.25, 0] })
})
