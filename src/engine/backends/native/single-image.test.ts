import { expect, test } from 'vitest'
import { isas, nativeMissing } from '../../../../test/support/engines.ts'
import { sizeOf } from '../../../base/shape.ts'
import { graph, type ModelSpec, sequential } from '../../../model/graph.ts'
import { createNetwork } from '../../../network/network.ts'
import {
  activation,
  add,
  conv2d,
  dense,
  depthwiseConv2d,
  flatten,
  globalAveragePooling2d,
  layerNormalization,
  maxPooling2d,
} from '../../../nn/layers/index.ts'
import type { Backend, Executable, RunRequest } from '../../backend.ts'
import { referenceBackend } from '../reference.ts'
import { nativeBackend } from './native.ts'

const inputShape = [45, 46, 3] as const
const conv = (filters: number, kernelSize: number, strides = 1) =>
  conv2d({ filters, kernelSize, strides, padding: 'same', activation: 'relu' })

/** Enough work for several threads; its ops are divided by rows, by filters, by units or by numbers, and some not at all. */
const divided: ModelSpec = graph(
  {
    stem: [conv(40, 3, 2), 'input'],
    depthwise: [depthwiseConv2d({ kernelSize: 5, padding: 'same' }), 'stem'],
    six: [activation({ activation: 'relu6' }), 'depthwise'],
    narrow: [conv(72, 1), 'six'],
    tiles: [conv(72, 3), 'narrow'],
    sum: [add(), 'tiles', 'narrow'],
    normal: [layerNormalization(), 'sum'],
    gelu: [conv2d({ filters: 128, kernelSize: 3, padding: 'same', activation: 'gelu' }), 'normal'],
    pooled: [maxPooling2d(), 'gelu'],
    stride: [conv(128, 3, 2), 'pooled'],
    large: [conv(264, 3), 'stride'],
    groups: [conv2d({ filters: 132, kernelSize: 3, groups: 4 }), 'large'],
    global: [globalAveragePooling2d(), 'groups'],
    dense: [dense({ units: 70, activation: 'tanh' }), 'global'],
    last: [dense({ units: 5, activation: 'softmax' }), 'dense'],
  },
  { inputShape },
)
const images = Uint8Array.from({ length: 5 * sizeOf(inputShape) }, (_, i) => (i * 2654435761) >>> 24)

function requestOf({ program }: Executable, count: number): RunRequest & { outputs: Float32Array } {
  const outputs = new Float32Array(count * sizeOf(program.output.shape))
  const order = Int32Array.from({ length: count }, (_, i) => i % 5)
  return { mode: 'predict', images, scale: 1 / 255, targets: null, order, outputs }
}

async function outputsOf(backend: Backend, count: number, batchSize: number): Promise<Float32Array> {
  const executable = createNetwork(divided, { inputShape, seed: 1, backend }).compileInference({ batchSize })
  const request = requestOf(executable, count)
  await executable.run(request)
  return request.outputs
}

test.each(isas)('native, %s: a single image has the same bits at any number of threads', async isa => {
  const reference = await outputsOf(referenceBackend(), 1, 1)
  for (const [count, batchSize] of [
    [1, 1],
    [5, 8],
  ] as const) {
    const one = await outputsOf(nativeBackend({ isa, threads: 1 }), count, batchSize)
    for (const threads of [2, 3, 8])
      expect(await outputsOf(nativeBackend({ isa, threads }), count, batchSize), `${threads}`).toEqual(one)
    for (const [i, value] of reference.entries()) expect(one[i]).toBeCloseTo(value, 5)
  }
})

test.each(isas)('native, %s: an image has the same bits in any batch', async isa => {
  const backend = nativeBackend({ isa, threads: 2 })
  const five = await outputsOf(backend, 5, 8)
  // Shards of 8 and 16 images, which go through the layers in other portions.
  for (const [count, batchSize] of [
    [5, 256],
    [20, 17],
    [40, 256],
  ] as const)
    expect((await outputsOf(backend, count, batchSize)).subarray(0, five.length), `${batchSize}`).toEqual(
      five,
    )
})

test.each(isas)('native, %s: numbers below 1.2e-38 are 0 for one image as for several', async isa => {
  const sums = sequential([flatten(), dense({ units: 2, kernelInitializer: 'ones' })], { inputShape })
  const network = createNetwork(sums, { inputShape, seed: 1, backend: nativeBackend({ isa, threads: 1 }) })
  const executable = network.compileInference({ batchSize: 1 })
  for (const count of [1, 5]) {
    const request = { ...requestOf(executable, count), scale: 1e-41 }
    await executable.run(request)
    expect(request.outputs[0]).toBe(0)
  }
})

test.runIf(isas.length > 0)(
  'a small network is computed while the caller waits, a large one is not',
  async () => {
    const small = sequential([flatten(), dense({ units: 5 })], { inputShape })
    for (const [spec, waits] of [
      [small, true],
      [divided, false],
    ] as const) {
      const network = createNetwork(spec, { inputShape, seed: 1, backend: nativeBackend({ threads: 2 }) })
      const executable = network.compileInference({ batchSize: 1 })
      const running = executable.run(requestOf(executable, 1))
      // Its numbers can be read as soon as the program is done.
      const read = () => executable.read('parameters')
      if (waits) expect(read()).not.toHaveLength(0)
      else expect(read).toThrow('wait for its promise')
      await running
    }
  },
)

if (nativeMissing) test.skip(`native: ${nativeMissing}`)
