import { expect, test } from 'vitest'
import { HeddleError } from '../../../base/errors.ts'
import { sequential } from '../../../model/graph.ts'
import { buildModel } from '../../../model/model.ts'
import { dense } from '../../../nn/layers/index.ts'
import type { Executable } from '../../backend.ts'
import { lower } from '../../lower.ts'
import { encode } from '../native/encode.ts'
import { loadWasm } from './load.ts'
import { WasmProgram } from './program.ts'
import { wasmBackend } from './wasm.ts'

const module = loadWasm()
const backend = wasmBackend(module)
const compile = (batchSize: number, inputs = 3): Executable =>
  backend.compile(lower(buildModel(sequential([dense({ units: 2 })]), [inputs]), 'dot'), {
    batchSize,
    update: { kind: 'sgd', momentum: 0, nesterov: false },
  })
const request = {
  mode: 'evaluate',
  images: Float32Array.of(1, 2, 3),
  scale: 1,
  targets: Int32Array.of(1),
  order: Int32Array.of(0),
} as const

test('a refusal leaves a program that runs: nothing is left on its stack', async () => {
  const update = { kind: 'sgd', momentum: 0, nesterov: false } as const
  const program = new WasmProgram(module, encode(compile(1).program, update))
  const run = (label: number) =>
    program.run({
      ...request,
      mode: 2,
      targets: Int32Array.of(label),
      coefficients: null,
      noise: null,
      augmentation: null,
      mixing: null,
      outputs: null,
      classWeights: null,
      topK: 0,
      profile: false,
    })
  // Each leaves more than 100 bytes behind, and the stack has 2^20.
  for (let i = 0; i < 10_000; i++) await expect(run(2)).rejects.toThrow('a label is not among the outputs')
  expect(await run(1)).toMatchObject({ steps: 1 })
})

test('a program that exceeds the memory of WebAssembly is refused', () => {
  const create = (): unknown => compile(2 ** 20, 1030)
  expect(create).toThrow(HeddleError)
  expect(create).toThrow('WebAssembly has no memory left: use a smaller batch.')
})

test('the event loop turns between two steps', async () => {
  const steps = 20
  let turns = 0
  const turn = (): void => {
    turns++
    next = setImmediate(turn)
  }
  let next = setImmediate(turn)
  await compile(1).run({ ...request, order: new Int32Array(steps) })
  clearImmediate(next)
  expect(turns).toBeGreaterThanOrEqual(steps - 1)
})

test('images may be bytes, floats or doubles', async () => {
  const outputs = await Promise.all(
    [Uint8Array, Float32Array, Float64Array].map(async Numbers => {
      const executable = compile(1)
      executable.write(
        'parameters',
        Float32Array.from({ length: executable.program.parameterFloats }, (_, i) => i / 7),
      )
      const images = Numbers.of(9, 9, 9, 1, 2, 3)
      const asked = { ...request, images, targets: Int32Array.of(0, 1), order: Int32Array.of(1) }
      return Array.from((await executable.run({ ...asked, outputs: true })).outputs!)
    }),
  )
  expect(outputs[0]).toHaveLength(2)
  expect(outputs[1]).toEqual(outputs[0])
  expect(outputs[2]).toEqual(outputs[0])
})
