import type { Backend } from '../../backend.ts'
import { NativeExecutable } from '../native/executable.ts'
import { REVISION } from '../revision.ts'
import { type WasmModule, WasmProgram } from './program.ts'

/**
 * The C++ kernels as WebAssembly with 128-bit vectors, on the calling thread: for browsers, and for machines without
 * a C++ compiler. `module` is build/heddle.wasm, compiled: by `loadWasm()` in Node, in a browser by
 * `await WebAssembly.compileStreaming(fetch(url))`. Between two steps other tasks get their turn. It has no clock: `profile` is left unanswered.
 */
export function wasmBackend(module: WasmModule): Backend {
  return {
    name: 'wasm',
    arithmetic: `wasm ${REVISION} (simd128)`,
    description: 'wasm (simd128, 1 thread)',
    threads: 1,
    compile: (lowered, options) =>
      new NativeExecutable(lowered, options, words => new WasmProgram(module, words)),
  }
}
