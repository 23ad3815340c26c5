import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { isas, nativeMissing } from '../../../test/support/engines.ts'
import { sequential } from '../../model/graph.ts'
import { buildModel } from '../../model/model.ts'
import { conv2d, dense, flatten, type LayerSpec } from '../../nn/layers/index.ts'
import { type StepValues, worstDifference } from '../../testing/compare.ts'
import { randomStep, runInference, runStep } from '../../testing/step.ts'
import { nativeBackend } from './native/native.ts'
import { referenceBackend } from './reference.ts'

/** Kernels so large that all images of a batch go through each panel of them together (native/kernels/winograd_span.h). */
const convolutions = (channels: number, filters: number, activation: 'linear' | 'relu'): LayerSpec[] => [
  conv2d({ filters: channels, kernelSize: 1 }),
  conv2d({ filters, kernelSize: 3, padding: 'same', activation }),
]
/** Dense layers of so many weights that all threads compute them for the whole batch (dense_span.h), some with more features than are summed at a time. */
const denseLayers = [1031, 67, 990].map((units, i) =>
  dense({ units, activation: i === 1 ? 'relu' : 'linear' }),
)

/** Comparing half a million numbers one by one takes seconds. */
const bitsOf = ({ outputs, inputGradient, gradients }: StepValues): string => {
  const hash = createHash('sha256')
  for (const values of [outputs, inputGradient, ...gradients.values()]) hash.update(values)
  return hash.digest('hex')
}

test.each<[string, LayerSpec[], number]>([
  ['convolutions of 256 to 272 channels', convolutions(256, 272, 'linear'), 2],
  ['convolutions of 176 to 192 channels', convolutions(176, 192, 'relu'), 3],
  ['dense layers', [flatten(), ...denseLayers], 5],
])(
  '%s, as plain loops, at any number of threads',
  async (_, layers, size) => {
    const model = buildModel(sequential(layers), [size, size, 3])
    const few = randomStep(model, { batch: 2, seed: 5 })
    const expected = await runStep(referenceBackend({ precision: 'float64' }), few)
    // Two shards, the second of one image.
    const step = randomStep(model, { batch: 9, seed: 5 })
    for (const isa of isas) {
      const made = await runStep(nativeBackend({ isa, threads: 2 }), few)
      expect(worstDifference(made, expected).difference, isa).toBeLessThan(1e-5)
      const one = await runStep(nativeBackend({ isa, threads: 1 }), step)
      expect(bitsOf(await runStep(nativeBackend({ isa, threads: 3 }), step)), isa).toBe(bitsOf(one))
      // A program that only goes forward has packed kernels: the bits are the same.
      expect(await runInference(nativeBackend({ isa, threads: 1 }), step, { fold: false }), isa).toEqual(
        one.outputs,
      )
    }
  },
  60_000,
)

if (nativeMissing) test.skip(`native: ${nativeMissing}`)
