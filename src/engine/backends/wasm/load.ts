import { HeddleError } from '../../../base/errors.ts'
import { WebAssembly } from './program.ts'
import type { WasmModule } from './web-assembly.ts'

/** A module in a bundle for workers has no address. */
const built = import.meta.url && new URL(/* @vite-ignore */ '../../../../build/', import.meta.url)

/**
 * Compiles the WebAssembly engine, from HEDDLE_WASM or build/heddle.wasm; `threads.wasm` is the one for threads. Throws a `HeddleError` that says why it is
 * not there and what to do.
 */
export function loadWasm(name: 'heddle.wasm' | 'threads.wasm' = 'heddle.wasm'): WasmModule {
  try {
    // Not imported: browsers load this file too.
    const { readFileSync } = process.getBuiltinModule('node:fs')
    return new WebAssembly.Module(readFileSync(process.env.HEDDLE_WASM ?? new URL(name, built)))
  } catch (error) {
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new HeddleError(
      `The WebAssembly engine is not available: ${message}. The package contains it; in a checkout, "node scripts/build-wasm.mjs" builds it.`,
      { cause: error },
    )
  }
}
