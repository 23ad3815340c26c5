import type { Backend } from '../engine/backend.ts'
import { nativeUnavailable } from '../engine/backends/native/addon.ts'
import { nativeBackend, nativeIsas } from '../engine/backends/native/native.ts'
import { referenceBackend } from '../engine/backends/reference.ts'
import { loadWasm } from '../engine/backends/wasm/load.ts'
import { wasmBackend } from '../engine/backends/wasm/wasm.ts'

/** Why no test runs on the native engine here (there is no compiler); `null` where it must. */
export const nativeMissing = nativeUnavailable()
export const isas = nativeMissing ? [] : nativeIsas()

type Named = readonly [name: string, backend: Backend]

export const wasm = wasmBackend(loadWasm())
const native: readonly Named[] = nativeMissing ? [] : [['native', nativeBackend({ threads: 2 })]]

/** Every compilation of native/: each instruction set, with another number of threads, and WebAssembly. */
export const compiled: readonly Named[] = [
  ...isas.map((isa, i): Named => [`native, ${isa}`, nativeBackend({ isa, threads: i + 1 })]),
  ['wasm', wasm],
]

/** One of each kind, the fastest first. */
export const backends: readonly Named[] = [...native, ['wasm', wasm], ['reference', referenceBackend()]]

/** For tests that any engine would do for. */
export const engine: Backend = backends[0]![1]
