import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { everyLayer } from '../../../../test/support/every-layer.ts'
import { Network } from '../../../network/network.ts'
import { outputsOf } from '../../../network/predict.ts'
import { loadWasm } from './load.ts'
import { WebAssembly } from './program.ts'
import { wasmBackend } from './wasm.ts'

const whole = wasmBackend(loadWasm())
const bytes = readFileSync(new URL('../../../../build/predict.wasm', import.meta.url))
const lean = wasmBackend(new WebAssembly.Module(bytes))

describe('the engine of exported pages, which only predicts', () => {
  test.each(everyLayer({ count: 1, seed: 3 }, lean))(
    '$name: the bits of the whole engine',
    async ({ network }) => {
      const size = network.model.inputShape.reduce((product, axis) => product * axis, 1)
      const images = Uint8Array.from({ length: 3 * size }, (_, i) => (i * 37) % 256)
      const other = new Network(network.model, network.weights, whole, network.about)
      expect(await outputsOf(network, images)).toEqual(await outputsOf(other, images))
    },
  )

  test('it refuses to train', async () => {
    const { network } = everyLayer({ count: 1, seed: 3 }, lean)[0]!
    const update = { kind: 'sgd', momentum: 0, nesterov: false } as const
    const executable = network.compile('dot', { batchSize: 1, update })
    const { input, output } = executable.program
    const ones = (shape: readonly number[]): Float32Array =>
      new Float32Array(shape.reduce((product, axis) => product * axis, 1)).fill(1)
    await expect(
      executable.run({
        mode: 'gradients',
        images: ones(input.shape),
        scale: 1,
        targets: ones(output.shape),
        order: Int32Array.of(0),
      }),
    ).rejects.toThrow('The native engine refused a run: this engine only predicts.')
  })
})
