import { HeddleError, UsageError } from '../../../base/errors.ts'
import { formatShape, MAX_AXIS, MAX_NUMBERS, sizeOf } from '../../../base/shape.ts'
import { plural } from '../../../base/text.ts'
import { slotsOf } from '../../../ops/update.ts'
import type { CompileOptions, Executable, RunMode, RunRequest, RunResult, StateName } from '../../backend.ts'
import { blocksOf } from '../../blocks.ts'
import { fuseEpilogues, fuseForInference } from '../../fuse.ts'
import type { Lowered } from '../../lower.ts'
import { type Program, plan } from '../../plan.ts'
import { readsOfKernels } from '../../reads.ts'
import { checkRequest } from '../../request.ts'
import type { NativeProgram } from './addon.ts'
import { encode } from './encode.ts'
import { encodeAugment, encodeMixing } from './encode-augment.ts'

/**
 * Examples in a shard: enough shards to share among threads, few enough that adding up their gradients stays cheap.
 * It depends on the batch alone, so that the number of threads changes no result.
 */
function shardSizeOf(batchSize: number): number {
  return Math.min(batchSize, Math.max(8, Math.ceil(batchSize / 16)))
}

/** Most numbers of images in one call: the engine copies them, because a caller may transfer or change its own. */
const CALL_IMAGE_NUMBERS = 32e6

const modes: Readonly<Record<RunMode, number>> = { train: 0, gradients: 1, evaluate: 2, predict: 3 }

/**
 * The program of a batch. Throws a `UsageError` if the batch or its memory is more than the engine takes.
 */
export function planNative(
  lowered: Lowered,
  options: { readonly batchSize: number; readonly inputGradient?: boolean; readonly backward: boolean },
): Program {
  const { batchSize, inputGradient = false, backward } = options
  // Within a layer, as between the two convolutions of a separable one; between layers buildModel has looked.
  const wide = lowered.ops.find(({ output }) => Math.max(...output.shape) > MAX_AXIS)
  if (wide) {
    throw new UsageError(
      `Layer "${wide.layer}" would compute ${formatShape(wide.output.shape)} on its way; the engine takes at most ${MAX_AXIS} along an axis. Make its options smaller.`,
    )
  }
  const shardSize = shardSizeOf(batchSize)
  const groups = (backward ? fuseEpilogues : fuseForInference)(lowered.ops)
  const program = plan(lowered, groups, {
    batchSize,
    shardSize,
    inputGradient,
    backward,
    reads: readsOfKernels,
    ...(!backward && { blocks: blocksOf(groups, lowered.parameters, shardSize) }),
  })
  const floats = program.arenaFloats * Math.ceil(batchSize / shardSize)
  if (batchSize <= MAX_AXIS && floats <= MAX_NUMBERS && program.parameterFloats < MAX_NUMBERS) return program
  const largest = program.groups.toSorted((a, b) => b.output.value.size - a.output.value.size)[0]
  throw new UsageError(
    `A batch of ${batchSize} images needs ${(floats / 2 ** 28).toFixed(1)} GiB, and the engine takes at most 8 GiB and ${MAX_AXIS} images. ` +
      `Use a smaller batchSize${largest ? `; "${largest.ops[0].layer}" makes the most numbers of an image, ${largest.output.value.size}` : ''}.`,
  )
}

/** The engine was built from other sources than this Heddle: it reads its programs in another way. */
export class OtherEngine extends HeddleError {
  override name = 'OtherEngine'
}

/** A program is sound when it is made, so an engine that refuses it is another one. Out of memory is no refusal. */
function started(start: () => NativeProgram, batchSize: number): NativeProgram {
  try {
    return start()
  } catch (error) {
    const { message } = error as Error
    if (message.includes('bad_alloc')) {
      throw new UsageError(
        `The engine does not get enough memory for this network with batches of ${plural(batchSize, 'image')}. ` +
          'Use a smaller batchSize or network, or close other programs.',
        { cause: error },
      )
    }
    if (!message.includes('refused a program')) throw error
    throw new OtherEngine(
      `The engine was built from other sources than this Heddle has. Build it again with "npx heddle build-engine"; in a checkout, ` +
        `also with "node scripts/setup.mjs --wasm". (${message})`,
      { cause: error },
    )
  }
}

/** A program of native/, however it was compiled: `start` makes it from its words. */
export class NativeExecutable implements Executable {
  readonly program: Program
  readonly #native: NativeProgram
  readonly #slots: number

  constructor(
    lowered: Lowered,
    { batchSize, update, inputGradient = false }: CompileOptions,
    start: (words: Int32Array) => NativeProgram,
  ) {
    this.program = planNative(lowered, { batchSize, inputGradient, backward: update !== undefined })
    this.#slots = update ? slotsOf(update) : 0
    this.#native = started(() => start(encode(this.program, update)), batchSize)
  }

  async run(request: RunRequest): Promise<RunResult> {
    const { mode, order, profile = false } = request
    const { batchSize, input, output } = this.program
    const most = Math.ceil(CALL_IMAGE_NUMBERS / sizeOf(input.shape) / batchSize) * batchSize
    const steps = mode === 'train' || mode === 'gradients'
    if (steps || profile || order.length <= most) return this.#call(request)
    checkRequest(this.program, request)
    const outputSize = sizeOf(output.shape)
    const all = request.outputs === true ? new Float32Array(order.length * outputSize) : request.outputs
    const results: RunResult[] = []
    for (let from = 0; from < order.length; from += most) {
      const part = order.subarray(from, from + most)
      const into = all?.subarray(from * outputSize, (from + part.length) * outputSize)
      results.push(await this.#call({ ...request, order: part, ...(into && { outputs: into }) }))
    }
    return {
      steps: results.reduce((sum, result) => sum + result.steps, 0),
      losses: Float64Array.from(results.flatMap(({ losses }) => [...losses])),
      correct: Int32Array.from(results.flatMap(({ correct }) => [...correct])),
      topCorrect: Int32Array.from(results.flatMap(({ topCorrect }) => [...topCorrect])),
      outputs: all ?? null,
      failure: null,
    }
  }

  async #call(request: RunRequest): Promise<RunResult> {
    checkRequest(this.program, request)
    const { mode, images, targets, scale, order, coefficients, noise, augment, outputs } = request
    const { classWeights, topK, profile = false } = request
    const into =
      outputs === true
        ? new Float32Array(order.length * sizeOf(this.program.output.shape))
        : (outputs ?? null)
    const result = await this.#native.run({
      mode: modes[mode],
      images: images instanceof Float64Array ? Float32Array.from(images) : images,
      scale,
      targets: targets instanceof Float64Array ? Float32Array.from(targets) : targets,
      order,
      coefficients: coefficients ?? null,
      noise: noise ? Uint32Array.of(...noise.key, noise.step) : null,
      augmentation: augment ? encodeAugment(augment) : null,
      mixing: augment
        ? encodeMixing(augment, { count: order.length, batchSize: this.program.batchSize })
        : null,
      outputs: into,
      classWeights: classWeights ? Float64Array.from(classWeights) : null,
      topK: topK ?? 0,
      profile,
    })
    const { steps, losses, correct, topCorrect, failedOp, failedWeights } = result
    return {
      steps,
      losses,
      correct,
      topCorrect,
      outputs: into,
      ...(result.opSeconds && { opSeconds: result.opSeconds }),
      failure:
        failedOp === undefined
          ? null
          : { step: steps, layer: this.#layerOf(failedOp), of: failedWeights ? 'weights' : 'loss' },
    }
  }

  read(name: StateName): Float32Array {
    return this.#native.read(name)
  }

  write(name: 'parameters' | 'optimizer', values: ArrayLike<number>): void {
    const { parameterFloats, learnedFloats } = this.program
    const length = name === 'parameters' ? parameterFloats : learnedFloats * this.#slots
    if (values.length !== length) {
      throw new RangeError(`${name} holds ${length} numbers, received ${values.length}.`)
    }
    this.#native.write(name, values instanceof Float32Array ? values : Float32Array.from(values))
  }

  #layerOf(group: number): string | null {
    return this.program.groups[group]?.ops[0].layer ?? null
  }
}
