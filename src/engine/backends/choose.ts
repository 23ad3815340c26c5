import { availableCores } from '../../base/available-cores.ts'
import { HeddleError, UsageError } from '../../base/errors.ts'
import type { Backend } from '../backend.ts'
import { nativeBackend } from './native/native.ts'
import { referenceBackend } from './reference.ts'
import { loadWasm } from './wasm/load.ts'
import { nodeThreads } from './wasm/threads.ts'
import { wasmBackend } from './wasm/wasm.ts'

export const backendNames = ['auto', 'native', 'wasm', 'reference'] as const
export type BackendName = (typeof backendNames)[number]

/**
 * The backend of a name. `auto` takes the native one, or the WebAssembly one where it cannot be loaded, or the
 * reference loops if neither can be loaded; `onNotice` is then called.
 */
export function chooseBackend(
  name: BackendName,
  { threads, onNotice }: { readonly threads?: number; readonly onNotice?: (message: string) => void } = {},
): Backend {
  if (typeof process === 'undefined' && name !== 'reference') {
    throw new UsageError(
      'In a browser, give a backend: wasmBackend(await WebAssembly.compileStreaming(fetch(url))), the url that of heddle.wasm.',
    )
  }
  const native = (): Backend => nativeBackend(threads === undefined ? {} : { threads })
  const wasm = (): Backend => {
    const count = threads ?? availableCores()
    // A file that you name is the one for a single thread.
    if (count === 1 || process.env.HEDDLE_WASM) return wasmBackend(loadWasm())
    return wasmBackend(loadWasm('threads.wasm'), nodeThreads(count))
  }
  if (name === 'native') return native()
  if (name === 'wasm') return wasm()
  if (name === 'reference') return referenceBackend()
  return (
    attempt(native, 'Trying the WebAssembly engine, about four times slower.', onNotice) ??
    attempt(wasm, 'Using the reference engine, about a thousand times slower.', onNotice) ??
    referenceBackend()
  )
}

/** Nothing, and a notice, where a backend is missing on this machine; wrong options are errors. */
function attempt(
  create: () => Backend,
  instead: string,
  onNotice: ((message: string) => void) | undefined,
): Backend | undefined {
  try {
    return create()
  } catch (error) {
    if (!(error instanceof HeddleError) || !error.cause) throw error
    onNotice?.(`${error.message} ${instead}`)
    return undefined
  }
}
