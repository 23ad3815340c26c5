import type { Backend } from '../../src/engine/backend.ts'
import { loadAddon, nativeUnavailable } from '../../src/engine/backends/native/addon.ts'
import { NativeExecutable } from '../../src/engine/backends/native/executable.ts'
import { nativeBackend, nativeIsas } from '../../src/engine/backends/native/native.ts'
import { referenceBackend } from '../../src/engine/backends/reference.ts'
import { loadWasm } from '../../src/engine/backends/wasm/load.ts'
import { WasmProgram } from '../../src/engine/backends/wasm/program.ts'
import { wasmBackend } from '../../src/engine/backends/wasm/wasm.ts'

/** Why no test runs on the native engine here (there is no compiler); `null` where it must. */
export const nativeMissing = nativeUnavailable()
export const isas = nativeMissing ? [] : nativeIsas()

type Named = readonly [name: string, backend: Backend]

/** Why no test runs on WebAssembly here (it was not built, as after `npm start`); `null` if one does. */
export const wasmMissing = reasonOf(loadWasm)
const webAssembly: readonly Named[] = wasmMissing ? [] : [['wasm', wasmBackend(loadWasm())]]
const native: readonly Named[] = nativeMissing ? [] : [['native', nativeBackend({ threads: 2 })]]

/** Every compilation of native/: each instruction set, with another number of threads, and WebAssembly. */
export const compiled: readonly Named[] = [
  ...isas.map((isa, i): Named => [`native, ${isa}`, nativeBackend({ isa, threads: i + 1 })]),
  ...webAssembly,
]

/** One of each kind, the fastest first. */
export const backends: readonly Named[] = [...native, ...webAssembly, ['reference', referenceBackend()]]

/** For tests that need WebAssembly itself; the next best backend where it is missing. */
export const wasm: Backend = (webAssembly[0] ?? backends[0]!)[1]

/** For tests that need any engine. */
export const engine: Backend = backends[0]![1]

/** The same engine as if it had been built for other programs: it refuses each of this Heddle. */
export function otherEngine(backend: Backend): Backend {
  const start = (words: Int32Array) =>
    backend.name === 'native'
      ? new (loadAddon().NativeProgram)(words, 1, '')
      : new WasmProgram(loadWasm(), words)
  return {
    ...backend,
    compile: (lowered, options) =>
      new NativeExecutable(lowered, options, words => start(words.with(0, words[0]! + 1))),
  }
}

function reasonOf(load: () => unknown): string | null {
  try {
    load()
    return null
  } catch (error) {
    return (error as Error).message
  }
}
