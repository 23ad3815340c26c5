import { describe, expect, test } from 'vitest'
import type { LayerSpec } from '../layers/index.ts'
import {
  averagePooling2d,
  conv1d,
  conv2d,
  dense,
  flatten,
  maxPooling2d,
  zeroPadding2d,
} from '../layers/index.ts'
import { sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { UsageError } from '../spec/errors.ts'
import { createNetwork } from '../train/network.ts'

describe('what the engine cannot take is refused before it is asked, with the layer', () => {
  test.each<[string, LayerSpec]>([
    ['strides', conv2d({ filters: 1, kernelSize: 3, strides: 1e9, padding: 'same' })],
    ['dilation', conv2d({ filters: 1, kernelSize: 1, dilationRate: 1e9 })],
    ['dilated window', conv2d({ filters: 1, kernelSize: 3, dilationRate: 600_000, padding: 'same' })],
    ['pool', maxPooling2d({ poolSize: 1e9, padding: 'same' })],
    ['pool strides', averagePooling2d({ strides: 2e9, padding: 'same' })],
  ])('%s', (_, layer) => {
    expect(() => buildModel(sequential([layer]), [8, 8, 1])).toThrow(
      /^Layer ".*" \(.*\) cannot take the input .*: its window, strides and dilation may be at most 1048576/,
    )
  })

  test('images and rows that are too large', () => {
    const expected = /^Layer "zero_padding2d" .* would give \(None, 200008, 200008, 1\)/
    expect(() => buildModel(sequential([zeroPadding2d({ padding: 1e5 })]), [8, 8, 1])).toThrow(expected)
    expect(() => buildModel(sequential([flatten(), dense({ units: 2 })]), [1200, 1200, 1])).toThrow(
      /^Layer "flatten" .* would give \(None, 1440000\)/,
    )
    expect(() =>
      buildModel(sequential([conv1d({ filters: 1, kernelSize: 1, strides: 1e9, padding: 'same' })]), [8, 1]),
    ).toThrow(UsageError)
  })

  test('a batch that needs too much memory, or holds too many images', () => {
    const network = createNetwork(
      sequential([conv2d({ filters: 64, kernelSize: 3, padding: 'same' }), flatten(), dense({ units: 2 })]),
      { inputShape: [64, 64, 1] },
    )
    for (const batchSize of [100_000, 3_000_000]) {
      expect(() => network.compileInference({ batchSize })).toThrow(
        /^A batch of \d+ images needs [\d.]+ GiB, .* Use a smaller batchSize; "conv2d" makes the most numbers of an image, 262144\.$/,
      )
    }
  })
})
