import { availableCores } from '../../../base/available-cores.ts'
import { UsageError } from '../../../base/errors.ts'
import { plural } from '../../../base/text.ts'
import type { Backend } from '../../backend.ts'
import { REVISION } from '../revision.ts'
import { type Addon, loadAddon } from './addon.ts'
import { NativeExecutable } from './executable.ts'

export interface NativeOptions {
  /** Left out: the cores this process may use. */
  readonly threads?: number
  /** `avx512`, `avx2` or `baseline`; left out: HEDDLE_ISA, or the best that the processor has. */
  readonly isa?: string
}

/**
 * C++ kernels with SIMD and threads. Results depend on the instruction set and the batch size, never on the number
 * of threads. Throws a `HeddleError` if the compiled engine is missing.
 */
export function nativeBackend({ threads = availableCores(), isa }: NativeOptions = {}): Backend {
  if (!Number.isSafeInteger(threads) || threads < 1 || threads > 1024) {
    throw new UsageError(`threads must be a whole number from 1 to 1024, not ${threads}.`)
  }
  const addon = loadAddon()
  const chosen = chooseIsa(addon, isa ?? process.env.HEDDLE_ISA ?? '')
  return {
    name: 'native',
    arithmetic: `native ${REVISION} (${chosen})`,
    description: `native (${chosen}, ${plural(threads, 'thread')})`,
    threads,
    compile: (lowered, options) =>
      new NativeExecutable(lowered, options, words => new addon.NativeProgram(words, threads, chosen)),
  }
}

/** The instruction sets that this machine can run, the best first. */
export function nativeIsas(): readonly string[] {
  const addon = loadAddon()
  return ['avx512', 'avx2', 'baseline'].filter(isa => {
    try {
      return addon.isa(isa) === isa
    } catch {
      return false
    }
  })
}

/**
 * The speed of multiply-adds that never leave the registers, in GFLOPS: what no program on this machine can exceed.
 * Measured anew with every call, for a hundredth of a second.
 */
export function nativePeak({ threads = availableCores(), isa }: NativeOptions = {}): number {
  const addon = loadAddon()
  return addon.fmaPeak(chooseIsa(addon, isa ?? process.env.HEDDLE_ISA ?? ''), threads)
}

function chooseIsa(addon: Addon, wanted: string): string {
  try {
    return addon.isa(wanted)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
