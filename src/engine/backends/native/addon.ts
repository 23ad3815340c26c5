import { HeddleError } from '../../../base/errors.ts'
import { enginePackages, missingEngine, thisMachine } from './engine-package.ts'

/** What native/binding.cc exports. */
export interface Addon {
  /** The name of the instruction set that would run; throws if this machine cannot run the one asked for. */
  isa(wanted: string): string
  /** The speed of that many threads without any memory access, in GFLOPS: native/lab/lab.h. */
  fmaPeak(isa: string, threads: number): number
  NativeProgram: new (words: Int32Array, threads: number, isa: string) => NativeProgram
}

/** The result of a run in native/. */
export interface NativeResult {
  readonly steps: number
  readonly losses: Float64Array
  readonly correct: Int32Array
  readonly topCorrect: Int32Array
  /** −1: the loss itself. */
  readonly failedOp?: number
  /** The loss was finite, what the update made of the op's weights is not. */
  readonly failedWeights?: boolean
  /** `[ops, 3]`: forward, backward, update. */
  readonly opSeconds?: Float64Array
}

export interface NativeProgram {
  /** A small run (one image) is computed at once: its result is then no promise. */
  run(request: {
    readonly mode: number
    readonly images: Uint8Array | Float32Array
    readonly scale: number
    readonly targets: Int32Array | Float32Array | null
    readonly order: Int32Array
    readonly coefficients: Float64Array | null
    readonly noise: Uint32Array | null
    readonly augmentation: Float64Array | null
    /** `[order.length, MIX_NUMBERS]`. */
    readonly mixing: Float64Array | null
    /** Where the outputs go: `[order.length, outputs]`. */
    readonly outputs: Float32Array | null
    readonly classWeights: Float64Array | null
    /** 0: not counted. */
    readonly topK: number
    readonly profile: boolean
  }): NativeResult | Promise<NativeResult>
  read(name: string): Float32Array
  write(name: string, values: Float32Array): void
}

/** A module in a bundle for workers has no address. */
const buildFolder =
  import.meta.url && new URL(/* @vite-ignore */ '../../../../build/native/', import.meta.url)
/** Where "heddle build-engine" puts it if the command line is a package of its own. */
const BUILT_BY_COMMAND = '@heddle/cli/build/native/heddle.node'

/**
 * Loads the compiled engine: that of HEDDLE_NATIVE, else the one that was built in this folder, else the package for this machine.
 * Throws a `HeddleError` that says why it is not there and what to do.
 */
export function loadAddon(): Addon {
  // Not imported: browsers load this file too.
  const { createRequire } = process.getBuiltinModule('node:module')
  const { fileURLToPath } = process.getBuiltinModule('node:url')
  const require = createRequire(import.meta.url || `${process.cwd()}/`)
  const own = buildFolder ? [fileURLToPath(new URL('heddle.node', buildFolder))] : []
  const places = process.env.HEDDLE_NATIVE
    ? [process.env.HEDDLE_NATIVE]
    : [...own, BUILT_BY_COMMAND, ...enginePackages()]
  let broken: unknown
  for (const place of places) {
    try {
      return require(place) as Addon
    } catch (error) {
      // An engine that is there but cannot be loaded has a reason that you need; for absent ones the advice is enough.
      if (process.env.HEDDLE_NATIVE || !isAbsent(error)) broken ??= error
    }
  }
  const reason = broken
    ? `${firstLine(broken)}. Build it with "npx heddle build-engine" (it needs a C++17 compiler).`
    : whyAbsent(require)
  throw new HeddleError(`The native engine is not available: ${reason}`, { cause: broken ?? reason })
}

/** Why the build made no native engine on this machine (there is no compiler); `null` where there must be one. */
export function nativeUnavailable(): string | null {
  if (process.env.HEDDLE_NATIVE) return null
  try {
    const { readFileSync } = process.getBuiltinModule('node:fs')
    return readFileSync(new URL('unavailable.txt', buildFolder), 'utf8').trim()
  } catch {
    return null
  }
}

function whyAbsent(require: NodeJS.Require): string {
  const note = nativeUnavailable()
  if (note) return `${note}. Install a C++17 compiler, then run "npx heddle build-engine".`
  const { optionalDependencies = {} } = require('heddle/package.json') as {
    optionalDependencies?: Record<string, string>
  }
  return missingEngine(thisMachine(), optionalDependencies)
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND'
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!
}
