import { describe, expect, test } from 'vitest'
import { backendContract } from '../../testing/backend-contract.ts'
import type { Backend } from '../backend.ts'
import { nativeBackend } from './native/native.ts'
import { referenceBackend } from './reference.ts'

const backends: readonly (readonly [string, () => Backend])[] = [
  ['reference, float32', () => referenceBackend()],
  ['native, the best instructions', () => nativeBackend({ threads: 2 })],
  ['native, avx2', () => nativeBackend({ threads: 1, isa: 'avx2' })],
  ['native, baseline', () => nativeBackend({ threads: 3, isa: 'baseline' })],
]

describe.each(backends)('%s', (_, create) => {
  test('agrees with the plain loops within 1e-5 on every layer', async () => {
    const findings = await backendContract(create())
    const bad = findings.filter(({ difference }) => !(difference < 1e-5))
    expect(bad).toEqual([])
    expect(findings.length).toBeGreaterThan(100)
  }, 60_000)
})
