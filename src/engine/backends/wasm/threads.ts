import type { SharedMemory, WasmModule } from './web-assembly.ts'

/** A message to a thread: join the program `id`, work for one of its shifts (a call of the program), or forget it. */
interface Message {
  readonly id: number
  readonly join?: Join
  readonly shift?: number
}

interface Join {
  readonly module: WasmModule
  readonly memory: SharedMemory
  readonly thread: number
  /** The end of the memory that is its stack. */
  readonly stack: number
}

/** The other end of a thread, as `Worker` is in Node and in browsers. */
interface ThreadPort {
  postMessage(message: Message): void
}

/**
 * The body of a thread: an instance of the module over the memory of each program that it joins. It is sent to Node's workers as text, so
 * it uses nothing of this file.
 */
export function wasmThread(listen: (hear: (message: Message) => void) => void): void {
  const { WebAssembly } = globalThis as unknown as {
    readonly WebAssembly: {
      readonly Instance: new (module: object, imports: object) => { readonly exports: ThreadExports }
    }
  }
  interface ThreadExports {
    readonly __stack_pointer: { value: number }
    work(thread: number, shift: number): void
    fail(thread: number): void
  }
  const programs = new Map<number, Pick<Join, 'thread' | 'stack'> & { readonly exports: ThreadExports }>()
  const refuse = (): never => {
    throw new Error('refused')
  }
  listen(({ id, join, shift }) => {
    if (join) {
      const { module, memory, thread, stack } = join
      const { exports } = new WebAssembly.Instance(module, { env: { memory }, heddle: { refuse } })
      programs.set(id, { exports, thread, stack })
    }
    const program = programs.get(id)
    if (!program || shift === undefined) return void programs.delete(id)
    const { exports, thread, stack } = program
    exports.__stack_pointer.value = stack
    try {
      exports.work(thread, shift)
    } catch {
      exports.fail(thread)
    }
  })
}

/**
 * The threads beside the caller's that programs of WebAssembly share. They start with the first program, and a program waits for none
 * of them: it does what they do not take. What is computed does not depend on their number.
 */
export class WasmThreads {
  /** With the caller's. */
  readonly count: number
  readonly #start: () => ThreadPort
  #ports: readonly ThreadPort[] = []
  #programs = 0
  readonly #gone = new FinalizationRegistry<number>(id => this.#tell({ id }))

  /** `start` makes a thread that runs `wasmThread`. */
  constructor(count: number, start: () => ThreadPort) {
    this.count = count
    this.#start = start
  }

  /**
   * Lets all threads join a program, each with the stack that ends at one of `stacks`, until `owner` is gone. Returns what calls them to a
   * shift. V8 hears late in a thread that another one has made the memory grow, and refuses what lies behind the end that it has heard of.
   * So threads join anew after it has grown, and it must not grow during a shift.
   */
  join(
    owner: object,
    { module, memory, stacks }: { readonly stacks: readonly number[] } & Pick<Join, 'module' | 'memory'>,
  ): (shift: number) => void {
    if (this.#ports.length === 0) this.#ports = Array.from({ length: this.count - 1 }, () => this.#start())
    const ports = this.#ports
    const id = this.#programs++
    this.#gone.register(owner, id)
    let joined = 0
    return shift => {
      const size = memory.buffer.byteLength
      for (const [i, port] of ports.entries()) {
        const join = { module, memory, thread: i + 1, stack: stacks[i]! }
        port.postMessage({ id, shift, ...(size !== joined && { join }) })
      }
      joined = size
    }
  }

  #tell(message: Message): void {
    for (const port of this.#ports) port.postMessage(message)
  }
}

/** Threads of Node. They keep no process alive. */
export function nodeThreads(count: number): WasmThreads {
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  const source = `(${wasmThread})(hear => require('node:worker_threads').parentPort.on('message', hear))`
  return new WasmThreads(count, () => {
    const worker = new Worker(source, { eval: true })
    worker.unref()
    return worker
  })
}
