import { HeddleError } from '../../../base/errors.ts'
import { MIX_NUMBERS } from '../../../ops/mix.ts'
import { COEFFICIENTS } from '../../../ops/update.ts'
import { watch } from '../../request.ts'
import type { NativeProgram, NativeResult } from '../native/addon.ts'
import { pause } from '../pause.ts'
import type { WasmThreads } from './threads.ts'
import type { SharedMemory, WasmModule } from './web-assembly.ts'

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => WasmModule
  readonly Instance: new (
    module: WasmModule,
    imports: {
      readonly env?: { readonly memory: SharedMemory }
      readonly heddle: { refuse(text: number, length: number): never }
    },
  ) => { readonly exports: Exports }
  readonly Memory: new (size: {
    readonly initial: number
    readonly maximum: number
    readonly shared: true
  }) => SharedMemory
}

export const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }

type Pointer = number

/** What native/wasm.cc exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly __stack_pointer: { value: number }
  _initialize(): void
  allocate(bytes: number): Pointer
  create(words: Pointer, count: number, threads: number): void
  begin(maySleep: boolean): number
  end(): void
  fail(thread: number): void
  batchSize(): number
  inputSize(): number
  outputSize(): number
  augment(numbers: Pointer, count: number): void
  step(
    mode: number,
    count: number,
    bytes: Pointer,
    floats: Pointer,
    scale: number,
    labels: Pointer,
    rows: Pointer,
    order: Pointer,
    coefficients: Pointer,
    noise: boolean,
    key0: number,
    key1: number,
    number: number,
    outputs: Pointer,
    classWeights: Pointer,
    topK: number,
    mixing: Pointer,
  ): number
  loss(): number
  correct(): number
  topCorrect(): number
  failedOp(): number
  failedWeights(): number
  stateFloats(state: number): number
  read(state: number): Pointer
  room(count: number): Pointer
  write(state: number): void
}

const states = ['parameters', 'gradients', 'optimizer', 'inputGradient'] as const
const predict = 3
/** The word of an augmentation that holds the number of its first step. */
const STEP = 2

/** Pages of 64 KB: what scripts/build-wasm.mjs links `threads.wasm` for. */
const SHARED = { initial: 64, maximum: 65536, shared: true } as const
const STACK_BYTES = 2 ** 20

type Request = Parameters<NativeProgram['run']>[0]
type Numbers = Uint8Array | Int32Array | Float32Array

/**
 * A program in an instance of its own, with memory for one batch of examples beside it: a call copies what a step
 * reads, and never the whole set. Refusals are `HeddleError`s with the text of native/.
 */
export class WasmProgram implements NativeProgram {
  readonly #exports: Exports
  readonly #batchSize: number
  readonly #inputSize: number
  readonly #outputSize: number
  /** Images, targets, order, coefficients, outputs and mixtures of one batch; class weights. */
  readonly #at: Readonly<
    Record<'images' | 'targets' | 'order' | 'coefficients' | 'outputs' | 'mixing' | 'classWeights', Pointer>
  >
  readonly #callThreads: ((shift: number) => void) | null = null
  #busy = false

  /** `threads` need a module with shared memory (`threads.wasm`). */
  constructor(module: WasmModule, words: Int32Array, threads: WasmThreads | null = null) {
    const memory = threads && new WebAssembly.Memory(SHARED)
    const { exports } = new WebAssembly.Instance(module, {
      ...(memory && { env: { memory } }),
      heddle: {
        refuse: (text, length) => {
          // A copy: decoders refuse shared memory.
          throw new HeddleError(new TextDecoder().decode(this.#view(Uint8Array, text, length).slice()))
        },
      },
    })
    this.#exports = exports
    exports._initialize()
    const room = exports.allocate(4 * words.length)
    this.#view(Int32Array, room, words.length).set(words)
    exports.create(room, words.length, threads?.count ?? 1)
    this.#batchSize = exports.batchSize()
    this.#inputSize = exports.inputSize()
    this.#outputSize = exports.outputSize()
    this.#at = {
      images: exports.allocate(4 * this.#batchSize * this.#inputSize),
      targets: exports.allocate(4 * this.#batchSize * this.#outputSize),
      order: exports.allocate(4 * this.#batchSize),
      coefficients: exports.allocate(8 * COEFFICIENTS),
      outputs: exports.allocate(4 * this.#batchSize * this.#outputSize),
      mixing: exports.allocate(8 * this.#batchSize * MIX_NUMBERS),
      classWeights: exports.allocate(8 * this.#outputSize),
    }
    this.#view(Int32Array, this.#at.order, this.#batchSize).forEach((_, i, order) => {
      order[i] = i
    })
    if (!threads || !memory) return
    const stacks = Array.from(
      { length: threads.count - 1 },
      () => (exports.allocate(STACK_BYTES) + STACK_BYTES) & ~15,
    )
    this.#callThreads = threads.join(this, { module, memory, stacks })
  }

  async run(request: Request): Promise<NativeResult> {
    this.#requireIdle()
    this.#busy = true
    try {
      if (!this.#callThreads) return await this.#run(request)
      this.#callThreads(this.#exports.begin(!('document' in globalThis)))
      try {
        return await this.#run(request)
      } catch (error) {
        this.#exports.fail(0)
        throw error
      } finally {
        this.#exports.end()
      }
    } finally {
      this.#busy = false
    }
  }

  read(name: string): Float32Array {
    this.#requireIdle()
    const state = stateOf(name)
    const count = this.#safely(() => this.#exports.stateFloats(state))
    return this.#view(Float32Array, this.#exports.read(state), count).slice()
  }

  write(name: string, values: Float32Array): void {
    this.#requireIdle()
    const state = stateOf(name)
    const expected = this.#exports.stateFloats(state)
    if (values.length !== expected) {
      throw new HeddleError(`Expected ${expected} numbers, received ${values.length}.`)
    }
    this.#view(Float32Array, this.#exports.room(expected), expected).set(values)
    this.#exports.write(state)
  }

  async #run(request: Request) {
    const { mode, images, scale, targets, coefficients, noise, outputs } = request
    const order = request.order.slice()
    const checkArrays = watch({ images, targets, ...(outputs && { outputs }) })
    const { augmentation, mixing, classWeights, topK } = request
    const size = this.#batchSize
    const losses: number[] = []
    const correct: number[] = []
    const topCorrect: number[] = []
    const { images: image, targets: target, order: inTurn } = this.#at
    if (classWeights) this.#writeClassWeights(classWeights)
    if (mixing && mixing.length !== order.length * MIX_NUMBERS) {
      throw new HeddleError('There must be as many mixtures as images.')
    }
    let steps = 0
    for (; steps * size < order.length; steps++) {
      if (steps > 0) await pause()
      checkArrays()
      const batch = order.subarray(steps * size, (steps + 1) * size)
      this.#gather(images, batch, this.#inputSize, image)
      const labels = targets instanceof Int32Array
      if (targets) this.#gather(targets, batch, labels ? 1 : this.#outputSize, target)
      if (coefficients) {
        const numbers = coefficients.subarray(steps * COEFFICIENTS, (steps + 1) * COEFFICIENTS)
        this.#view(Float64Array, this.#at.coefficients, COEFFICIENTS).set(numbers)
      }
      this.#augment(augmentation, steps)
      if (mixing) {
        const rows = mixing.subarray(steps * size * MIX_NUMBERS, (steps * size + batch.length) * MIX_NUMBERS)
        this.#view(Float64Array, this.#at.mixing, rows.length).set(rows)
      }
      const bytes = images instanceof Uint8Array
      const [key0, key1, first] = noise ?? [0, 0, 0]
      const finite = this.#safely(() =>
        this.#exports.step(
          mode,
          batch.length,
          bytes ? image : 0,
          bytes ? 0 : image,
          scale,
          targets && labels ? target : 0,
          targets && !labels ? target : 0,
          inTurn,
          coefficients ? this.#at.coefficients : 0,
          noise !== null,
          key0!,
          key1!,
          first! + steps,
          outputs ? this.#at.outputs : 0,
          classWeights ? this.#at.classWeights : 0,
          topK,
          mixing ? this.#at.mixing : 0,
        ),
      )
      const count = batch.length * this.#outputSize
      outputs?.set(this.#view(Float32Array, this.#at.outputs, count), steps * size * this.#outputSize)
      if (mode !== predict) {
        losses.push(this.#exports.loss())
        correct.push(this.#exports.correct())
        if (topK > 0) topCorrect.push(this.#exports.topCorrect())
      }
      if (!finite) break
    }
    const failed = steps * size < order.length
    return {
      steps,
      losses: Float64Array.from(losses),
      correct: Int32Array.from(correct),
      topCorrect: Int32Array.from(topCorrect),
      ...(failed && {
        failedOp: this.#exports.failedOp(),
        failedWeights: this.#exports.failedWeights() !== 0,
      }),
    }
  }

  #writeClassWeights(weights: Float64Array): void {
    if (weights.length !== this.#outputSize) {
      throw new HeddleError('The native engine needs a class weight for every output.')
    }
    this.#view(Float64Array, this.#at.classWeights, weights.length).set(weights)
  }

  /** The module sees each step as the first of a call, so the numbers it decodes name that step. */
  #augment(numbers: Float64Array | null, steps: number): void {
    const count = numbers?.length ?? 0
    const room = count > 0 ? this.#exports.room(2 * count) : 0
    if (numbers) {
      const view = this.#view(Float64Array, room, count)
      view.set(numbers)
      if (steps > 0) view[STEP] = (numbers[STEP]! + steps) % 2 ** 32
    }
    this.#safely(() => this.#exports.augment(room, count))
  }

  /** Copies the rows `order` of `from`, `size` numbers each, one after the other. */
  #gather(from: Numbers, order: Int32Array, size: number, to: Pointer): void {
    const view = this.#view(from.constructor as new () => Numbers, to, order.length * size)
    order.forEach((index, i) => {
      if (index < 0 || (index + 1) * size > from.length) {
        throw new HeddleError(`The order names an example that does not exist: ${index}.`)
      }
      view.set(from.subarray(index * size, (index + 1) * size), i * size)
    })
  }

  /** Memory that grows leaves its old views empty, so every one is made anew. */
  #view<T>(Type: new (buffer: ArrayBuffer, at: number, length: number) => T, at: Pointer, length: number): T {
    return new Type(this.#exports.memory.buffer, at, length)
  }

  /** A refusal leaves the module in the middle of its calls: its stack starts again where it was. */
  #safely<T>(call: () => T): T {
    const stack = this.#exports.__stack_pointer
    const { value } = stack
    try {
      return call()
    } catch (error) {
      stack.value = value
      throw error
    }
  }

  #requireIdle(): void {
    if (this.#busy) throw new HeddleError('The program is running: wait for its promise first.')
  }
}

function stateOf(name: string): number {
  const state = (states as readonly string[]).indexOf(name)
  if (state < 0) throw new HeddleError(`There is no array called "${name}".`)
  return state
}
