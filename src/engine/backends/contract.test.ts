import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { compiled, isas, nativeMissing, wasmMissing } from '../../../test/support/engines.ts'
import type { Backend } from '../../engine/backend.ts'
import { augmentationContract } from '../../testing/augmentation-contract.ts'
import { backendContract, ContractOracle } from '../../testing/backend-contract.ts'
import { layerCases } from '../../testing/cases.ts'
import { randomStep, runStep } from '../../testing/step.ts'
import { tiledCases } from '../../testing/tiled-cases.ts'
import { nativeBackend } from './native/native.ts'
import { referenceBackend } from './reference.ts'
import { loadWasm } from './wasm/load.ts'
import { nodeThreads } from './wasm/threads.ts'
import { wasmBackend } from './wasm/wasm.ts'

const backends = [['reference, float32', referenceBackend()] as const, ...compiled]

const oracle = new ContractOracle()

test.each(backends)(
  '%s agrees with the plain loops within 1e-5 on every layer',
  async (_, backend) => {
    const findings = await backendContract(backend, { oracle })
    const bad = findings.filter(({ difference }) => !(difference < 1e-5))
    expect(bad).toEqual([])
    expect(findings.length).toBeGreaterThan(100)
  },
  60_000,
)

test.each(backends)('%s augments images as the plain loops do, within 1e-5', async (_, backend) => {
  const findings = await augmentationContract(backend)
  const bad = findings.filter(({ difference }) => !(difference < 1e-5))
  expect(bad).toEqual([])
})

/** Networks around every layer, and a hash of what each makes of a step whose batch is cut into three parts. */
async function hashesOf(backend: Backend): Promise<readonly (readonly [name: string, hash: string])[]> {
  const cases = [...layerCases({ count: 1, seed: 2 }), ...tiledCases({ count: 3, seed: 2 })]
  return Promise.all(
    cases.map(async ({ name, model }) => {
      const step = randomStep(model, { batch: 20, seed: 3 })
      const made = await runStep(backend, { ...step, noise: { key: [1, 2], step: 3 } })
      const hash = createHash('sha256')
      for (const values of [made.outputs, made.inputGradient, ...made.gradients.values()]) hash.update(values)
      return [name, hash.digest('hex')] as const
    }),
  )
}

test.each(isas)('native, %s: a step of every layer has the same bits at any number of threads', async isa => {
  const one = await hashesOf(nativeBackend({ isa, threads: 1 }))
  for (const threads of [2, 3, 8])
    expect(await hashesOf(nativeBackend({ isa, threads })), `${threads}`).toEqual(one)
})

test.skipIf(wasmMissing)(
  'wasm: a step of every layer has the same bits at any number of threads',
  async () => {
    const one = await hashesOf(wasmBackend(loadWasm()))
    const module = loadWasm('threads.wasm')
    for (const threads of [2, 3])
      expect(await hashesOf(wasmBackend(module, nodeThreads(threads))), `${threads}`).toEqual(one)
  },
)

if (nativeMissing) test.skip(`native: ${nativeMissing}`)
if (wasmMissing) test.skip(`wasm: ${wasmMissing}`)
