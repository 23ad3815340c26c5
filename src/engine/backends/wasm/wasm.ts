import { plural } from '../../../base/text.ts'
import type { Backend } from '../../backend.ts'
import { NativeExecutable } from '../native/executable.ts'
import { REVISION } from '../revision.ts'
import { WasmProgram } from './program.ts'
import type { WasmThreads } from './threads.ts'
import type { WasmModule } from './web-assembly.ts'

/**
 * The C++ kernels as WebAssembly with 128-bit vectors, on the calling thread and, with `threads`, on others: for browsers, and for
 * machines without a C++ compiler. `module` is build/heddle.wasm, compiled: by `loadWasm()` in Node, in a browser by
 * `await WebAssembly.compileStreaming(fetch(url))`. Between two steps other tasks get their turn. With `threads` it is build/threads.wasm, whose memory threads share: browsers
 * allow that in pages that are isolated (`crossOriginIsolated`). The bits do not depend on threads. It has no clock: `profile` is left unanswered.
 */
export function wasmBackend(module: WasmModule, threads: WasmThreads | null = null): Backend {
  const count = threads?.count ?? 1
  return {
    name: 'wasm',
    arithmetic: `wasm ${REVISION} (simd128)`,
    description: `wasm (simd128, ${plural(count, 'thread')})`,
    threads: count,
    compile: (lowered, options) =>
      new NativeExecutable(lowered, options, words => new WasmProgram(module, words, threads)),
  }
}
