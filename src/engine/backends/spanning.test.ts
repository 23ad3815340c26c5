import { expect, test } from 'vitest'
import { isas, nativeMissing } from '../../../test/support/engines.ts'
import { sequential } from '../../model/graph.ts'
import { buildModel } from '../../model/model.ts'
import { conv2d, type LayerSpec } from '../../nn/layers/index.ts'
import { worstDifference } from '../../testing/compare.ts'
import { randomStep, runInference, runStep } from '../../testing/step.ts'
import { nativeBackend } from './native/native.ts'
import { referenceBackend } from './reference.ts'

/** Kernels so large that all images of a batch go through each panel of them together (native/kernels/winograd_span.h). */
const network = (size: number, channels: number, filters: number): LayerSpec[] => [
  conv2d({ filters: channels, kernelSize: 1 }),
  conv2d({ filters, kernelSize: 3, padding: 'same', activation: size === 3 ? 'relu' : 'linear' }),
]

test.each([
  [2, 256, 272],
  [3, 176, 192],
])(
  '%i pixels a side, %i to %i channels, as plain loops, at any number of threads',
  async (size, channels, filters) => {
    const model = buildModel(sequential(network(size, channels, filters)), [size, size, 3])
    // Two shards, the second of one image.
    const step = randomStep(model, { batch: 9, seed: 5 })
    const expected = await runStep(referenceBackend({ precision: 'float64' }), step)
    for (const isa of isas) {
      const one = await runStep(nativeBackend({ isa, threads: 1 }), step)
      expect(worstDifference(one, expected).difference, isa).toBeLessThan(1e-5)
      expect(await runStep(nativeBackend({ isa, threads: 3 }), step), isa).toEqual(one)
      // A program that only goes forward has packed kernels: the bits are the same.
      expect(await runInference(nativeBackend({ isa, threads: 1 }), step, { fold: false }), isa).toEqual(
        one.outputs,
      )
    }
  },
  60_000,
)

if (nativeMissing) test.skip(`native: ${nativeMissing}`)
