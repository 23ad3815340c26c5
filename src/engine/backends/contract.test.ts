import { expect, test } from 'vitest'
import { augmentationContract } from '../../testing/augmentation-contract.ts'
import { backendContract } from '../../testing/backend-contract.ts'
import type { Backend } from '../backend.ts'
import { nativeUnavailable } from './native/addon.ts'
import { nativeBackend, nativeIsas } from './native/native.ts'
import { referenceBackend } from './reference.ts'
import { loadWasm } from './wasm/load.ts'
import { wasmBackend } from './wasm/wasm.ts'

const missing = nativeUnavailable()
const backends: readonly (readonly [string, () => Backend])[] = [
  ['reference, float32', () => referenceBackend()],
  ...(missing ? [] : nativeIsas()).map(
    (isa, i) => [`native, ${isa}`, () => nativeBackend({ threads: i + 1, isa })] as const,
  ),
  ['wasm', () => wasmBackend(loadWasm())],
]

test.each(backends)(
  '%s agrees with the plain loops within 1e-5 on every layer',
  async (_, create) => {
    const findings = await backendContract(create())
    const bad = findings.filter(({ difference }) => !(difference < 1e-5))
    expect(bad).toEqual([])
    expect(findings.length).toBeGreaterThan(100)
  },
  60_000,
)

test.each(backends)('%s augments images as the plain loops do, within 1e-5', async (_, create) => {
  const findings = await augmentationContract(create())
  const bad = findings.filter(({ difference }) => !(difference < 1e-5))
  expect(bad).toEqual([])
})

if (missing) test.skip(`native: ${missing}`)
