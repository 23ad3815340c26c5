import { expect, test } from 'vitest'
import type { Backend } from '../engine/backend.ts'
import { nativeBackend, nativeIsas } from '../engine/backends/native/native.ts'
import { referenceBackend } from '../engine/backends/reference.ts'
import { loadWasm } from '../engine/backends/wasm/load.ts'
import { wasmBackend } from '../engine/backends/wasm/wasm.ts'
import { environmentIn, environmentOf } from './environment.ts'

const wasm = wasmBackend(loadWasm())
const about = { version: '0', code: null }
const recorded = (backend: Backend) => environmentOf(backend, about)

test('two backends can give the same bits where engine and instruction set are the same, whatever their threads', () => {
  for (const isa of nativeIsas()) {
    const [one, two] = [nativeBackend({ isa, threads: 1 }), nativeBackend({ isa, threads: 2 })]
    expect(one.description).not.toBe(two.description)
    expect(one.arithmetic).toBe(two.arithmetic)
  }
  const arithmetics = [
    ...nativeIsas().map(isa => nativeBackend({ isa }).arithmetic),
    wasm.arithmetic,
    referenceBackend().arithmetic,
    referenceBackend({ precision: 'float64' }).arithmetic,
  ]
  expect(new Set(arithmetics).size).toBe(arithmetics.length)
})

test('a run from before the arithmetic was recorded has it in the text of its backend: that of the first revision', () => {
  const before = (backend: string) => environmentIn({ ...recorded(wasm), backend, arithmetic: undefined })
  expect(before('native (avx512, 16 threads)').arithmetic).toBe('native (avx512)')
  expect(before('wasm (simd128, 1 thread)').arithmetic).toBe('wasm (simd128)')
  for (const backend of [wasm, referenceBackend(), ...nativeIsas().map(isa => nativeBackend({ isa }))])
    expect(environmentIn(recorded(backend))).toEqual(recorded(backend))
})

test('a recorded arithmetic counts, and not what the text says', () => {
  const environment = { ...recorded(referenceBackend()), arithmetic: 'native (avx2)' }
  expect(environmentIn(environment).arithmetic).toBe('native (avx2)')
})
