import { availableParallelism } from 'node:os'
import { slotsOf } from '../../../ops/update.ts'
import { UsageError } from '../../../spec/errors.ts'
import type {
  Backend,
  CompileOptions,
  Executable,
  RunMode,
  RunRequest,
  RunResult,
  StateName,
} from '../../backend.ts'
import { fuseEpilogues } from '../../fuse.ts'
import type { Lowered } from '../../lower.ts'
import { type Program, plan } from '../../plan.ts'
import { checkRequest } from '../../request.ts'
import { type Addon, loadAddon, type NativeProgram } from './addon.ts'
import { encode } from './encode.ts'
import { encodeAugment } from './encode-augment.ts'

export interface NativeOptions {
  /** Left out: the cores this process may use. */
  readonly threads?: number
  /** `avx512`, `avx2` or `baseline`; left out: HEDDLE_ISA, or the best that the processor has. */
  readonly isa?: string
}

/**
 * C++ kernels with SIMD and threads. Results depend on the instruction set and the batch size, never on the number
 * of threads. Throws a `HeddleError` where the compiled engine is missing.
 */
export function nativeBackend({ threads = availableParallelism(), isa }: NativeOptions = {}): Backend {
  if (!Number.isSafeInteger(threads) || threads < 1 || threads > 1024) {
    throw new UsageError(`threads must be a whole number from 1 to 1024, not ${threads}.`)
  }
  const addon = loadAddon()
  const chosen = chooseIsa(addon, isa ?? process.env.HEDDLE_ISA ?? '')
  return {
    name: 'native',
    description: `native (${chosen}, ${threads} ${threads === 1 ? 'thread' : 'threads'})`,
    threads,
    compile: (lowered, options) => new NativeExecutable(lowered, options, { addon, threads, isa: chosen }),
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
export function nativePeak({ threads = availableParallelism(), isa }: NativeOptions = {}): number {
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

/**
 * Examples in a shard: enough shards to share among threads, few enough that adding up their gradients stays cheap.
 * It depends on the batch alone, so that the number of threads changes no result.
 */
function shardSizeOf(batchSize: number): number {
  return Math.min(batchSize, Math.max(8, Math.ceil(batchSize / 16)))
}

const modes: Readonly<Record<RunMode, number>> = { train: 0, gradients: 1, evaluate: 2, predict: 3 }

class NativeExecutable implements Executable {
  readonly program: Program
  readonly #native: NativeProgram
  readonly #slots: number

  constructor(
    lowered: Lowered,
    { batchSize, update, inputGradient = false }: CompileOptions,
    { addon, threads, isa }: { addon: Addon; threads: number; isa: string },
  ) {
    const shardSize = shardSizeOf(batchSize)
    this.program = plan(lowered, fuseEpilogues(lowered.ops), { batchSize, shardSize, inputGradient })
    this.#slots = slotsOf(update)
    this.#native = new addon.NativeProgram(encode(this.program, update), threads, isa)
  }

  async run(request: RunRequest): Promise<RunResult> {
    checkRequest(this.program, request)
    const { mode, images, targets, scale, order, coefficients, noise, augment, outputs = false } = request
    const { classWeights, topK, profile = false } = request
    const result = await this.#native.run({
      mode: modes[mode],
      images: images instanceof Float64Array ? Float32Array.from(images) : images,
      scale,
      targets: targets instanceof Float64Array ? Float32Array.from(targets) : targets,
      order,
      coefficients: coefficients ?? null,
      noise: noise ? Uint32Array.of(...noise.key, noise.step) : null,
      augmentation: augment ? encodeAugment(augment) : null,
      outputs,
      classWeights: classWeights ? Float64Array.from(classWeights) : null,
      topK: topK ?? 0,
      profile,
    })
    const { steps, losses, correct, topCorrect, failedOp } = result
    return {
      steps,
      losses,
      correct,
      topCorrect,
      outputs: result.outputs ?? null,
      ...(result.opSeconds && { opSeconds: result.opSeconds }),
      failure: failedOp === undefined ? null : { step: steps, layer: this.#layerOf(failedOp) },
    }
  }

  read(name: StateName): Float32Array {
    return this.#native.read(name)
  }

  write(name: 'parameters' | 'optimizer', values: ArrayLike<number>): void {
    const length = this.program.parameterFloats * (name === 'parameters' ? 1 : this.#slots)
    if (values.length !== length) {
      throw new RangeError(`${name} holds ${length} numbers, received ${values.length}.`)
    }
    this.#native.write(name, values instanceof Float32Array ? values : Float32Array.from(values))
  }

  #layerOf(group: number): string | null {
    return this.program.groups[group]?.ops[0].layer ?? null
  }
}
