import { expect, test } from 'vitest'
import { compiled, nativeMissing, wasmMissing } from '../../../test/support/engines.ts'
import { augmentationContract } from '../../testing/augmentation-contract.ts'
import { backendContract } from '../../testing/backend-contract.ts'
import { referenceBackend } from './reference.ts'

const backends = [['reference, float32', referenceBackend()] as const, ...compiled]

test.each(backends)(
  '%s agrees with the plain loops within 1e-5 on every layer',
  async (_, backend) => {
    const findings = await backendContract(backend)
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

if (nativeMissing) test.skip(`native: ${nativeMissing}`)
if (wasmMissing) test.skip(`wasm: ${wasmMissing}`)
