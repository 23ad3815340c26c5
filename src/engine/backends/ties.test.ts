import { describe, expect, test } from 'vitest'
import { compiled } from '../../../test/support/engines.ts'
import { sizeOf } from '../../base/shape.ts'
import { sequential } from '../../model/graph.ts'
import { buildModel } from '../../model/model.ts'
import { conv2d, layerNormalization, maxPooling2d } from '../../nn/layers/index.ts'
import { randomStep, runStep } from '../../testing/step.ts'
import { referenceBackend } from './reference.ts'

const backends = [['reference', referenceBackend()] as const, ...compiled]
const batch = 3

/** Visits every number of a `[batch, height, width, channels]` array with its position. */
function forEachOutput(
  [height, width, channels]: readonly [number, number, number],
  visit: (at: number, b: number, i: number, j: number, c: number) => void,
): void {
  for (let at = 0; at < batch * height * width * channels; at++) {
    const [c, pixel] = [at % channels, Math.floor(at / channels)]
    visit(at, Math.floor(pixel / width / height), Math.floor(pixel / width) % height, pixel % width, c)
  }
}

describe.each(backends)(
  'ties, %s: the first of equal values gets the gradient of a max pooling',
  (_, backend) => {
    // Zeros, as relu leaves them, with both signs; bytes; negative numbers.
    test.each([
      { value: 0, channels: 1, pool: 2, strides: 2, padding: 'valid' },
      { value: 0, channels: 5, pool: 3, strides: 2, padding: 'same' },
      { value: 255, channels: 8, pool: 2, strides: 1, padding: 'valid' },
      { value: 7, channels: 17, pool: 3, strides: 3, padding: 'same' },
      { value: -0.5, channels: 33, pool: 2, strides: 2, padding: 'same' },
    ] as const)(
      'alone: $value, $channels channels, $pool by $pool',
      async ({ value, channels, pool, strides, padding }) => {
        const size = 7
        const model = buildModel(sequential([maxPooling2d({ poolSize: pool, strides, padding })]), [
          size,
          size,
          channels,
        ])
        const step = randomStep(model, { batch, seed: 5 })
        const images = step.images.map((_number, i) => (value === 0 && i % 2 === 1 ? -0 : value))
        const { inputGradient } = await runStep(backend, { ...step, images })
        const out = model.outputShape as [number, number, number]
        // Keras' rule: of an odd padding, the smaller half is above and to the left.
        const before =
          padding === 'same' ? Math.floor(Math.max((out[0] - 1) * strides + pool - size, 0) / 2) : 0
        const expected = new Float32Array(images.length)
        forEachOutput(out, (at, b, i, j, c) => {
          const [y, x] = [Math.max(i * strides - before, 0), Math.max(j * strides - before, 0)]
          expected[((b * size + y) * size + x) * channels + c]! += step.outputGradient[at]!
        })
        inputGradient.forEach((g, i) => {
          expect(g).toBeCloseTo(expected[i]!, 5)
        })
      },
    )

    // A kernel of zeros and a bias of 1: all outputs are equal, and the kernel's gradient says which of them was taken.
    test.each([
      { channels: 1, kernel: 3, filters: 8, activation: 'relu', inputGradient: false },
      { channels: 1, kernel: 5, filters: 3, activation: 'tanh', inputGradient: true },
      { channels: 3, kernel: 3, filters: 17, activation: 'relu', inputGradient: true },
      { channels: 16, kernel: 3, filters: 32, activation: 'relu', inputGradient: true },
      { channels: 8, kernel: 1, filters: 5, activation: 'linear', inputGradient: true },
    ] as const)(
      'behind a convolution: $channels channels, kernel $kernel, $filters filters',
      async ({ channels, kernel, filters, activation, inputGradient }) => {
        const size = 8 + kernel - 1
        const model = buildModel(
          sequential([conv2d({ filters, kernelSize: kernel, activation }), maxPooling2d()]),
          [size, size, channels],
        )
        const step = randomStep(model, { batch, seed: 6 })
        const parameters = new Map(
          [...step.parameters].map(([name, values]) => [
            name,
            values.map(() => (name.endsWith('bias') ? 1 : 0)),
          ]),
        )
        const { gradients } = await runStep(backend, { ...step, parameters, inputGradient })
        const slope = activation === 'tanh' ? 1 - Math.tanh(1) ** 2 : 1
        const kernelSize = kernel * kernel * channels
        const expected = new Float64Array(filters * kernelSize) // [filters, kernel, kernel, channels]
        forEachOutput(model.outputShape as [number, number, number], (at, b, i, j, f) => {
          for (let k = 0; k < kernelSize; k++) {
            const [c, window] = [k % channels, Math.floor(k / channels)]
            const [y, x] = [2 * i + Math.floor(window / kernel), 2 * j + (window % kernel)]
            expected[f * kernelSize + k]! +=
              slope * step.outputGradient[at]! * step.images[((b * size + y) * size + x) * channels + c]!
          }
        })
        const actual = gradients.get('conv2d/kernel')!
        expect(actual.length).toBe(expected.length)
        expected.forEach((g, i) => {
          expect(actual[i]).toBeCloseTo(g, 3)
        })
      },
    )

    test('a layer normalization over a single channel passes no gradient on, exactly', async () => {
      const model = buildModel(sequential([layerNormalization()]), [5, 3, 1])
      const step = randomStep(model, { batch, seed: 7 })
      const { outputs, inputGradient, gradients } = await runStep(backend, step)
      // The deviation from the mean of one number is 0: the output is beta, and nothing depends on the input or gamma.
      const beta = Math.fround(step.parameters.get('layer_normalization/beta')![0]!)
      expect([...outputs]).toEqual(Array(batch * sizeOf(model.outputShape)).fill(beta))
      expect(inputGradient.every(g => g === 0)).toBe(true)
      expect(gradients.get('layer_normalization/gamma')![0]).toBe(0)
    })
  },
)
