import { Worker } from 'node:worker_threads'
import { availableCores } from '../../base/available-cores.ts'
import { HeddleError, UsageError } from '../../base/errors.ts'
import type { Pair } from '../../base/schema.ts'
import type { PictureOptions } from '../preparation.ts'
import { type ColorMode, imageDecoder } from '../sources/decode.ts'
import { loadSharp } from '../sources/sharp.ts'

/** A picture as a network sees it. */
export interface DecodedPicture {
  /** `[height, width]`. */
  readonly size: Pair
  /** `[height, width, channels]`, 0 to 255. */
  readonly pixels: Uint8Array
}

/** Reads picture files. */
export interface Decoding {
  /** Takes a path, or the bytes of a file. Throws a `HeddleError` as `imageDecoder` does; a `UsageError` if a thread has ended: this says nothing about the file. */
  decode(file: string | Uint8Array): Promise<DecodedPicture>
  /** How many are best asked for at once. */
  readonly atOnce: number
  end(): Promise<void>
}

/** What a thread decodes to. */
export interface DecodingTask {
  readonly colorMode: ColorMode
  readonly imageSize: Pair | null
  readonly options: PictureOptions
}

export interface DecodingQuestion {
  readonly id: number
  readonly file: string | Uint8Array
}

/** What a thread answers: a picture, or why there is none. */
export type DecodingAnswer = { readonly id: number } & (DecodedPicture | { readonly reason: string })

/** In this thread, beside what sharp's own threads do: for a few pictures. */
export async function decodingHere({ colorMode, imageSize, options }: DecodingTask): Promise<Decoding> {
  const decode = await imageDecoder(colorMode, imageSize, options)
  return { decode, atOnce: 8, end: async () => {} }
}

/** On a thread for each core. The bytes are the same. */
export async function decodingOnThreads(task: DecodingTask, count = availableCores()): Promise<Decoding> {
  // Throws if sharp is missing. Its library must be loaded in this thread before other threads load it.
  await loadSharp()
  const threads = Array.from({ length: count }, () => new DecodingThread(task))
  const decode = (file: string | Uint8Array) =>
    threads.reduce((a, b) => (b.busy < a.busy ? b : a)).decode(file)
  // One decodes while the next one waits.
  return {
    decode,
    atOnce: 2 * count,
    end: async () => void (await Promise.all(threads.map(one => one.end()))),
  }
}

/** A thread runs what is compiled; tests and benchmarks run src/, which it compiles on the way. */
function startThread(task: DecodingTask): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./decoding-thread.js', import.meta.url), { workerData: task, execArgv: [] })
  const [here, entry] = [import.meta.url, new URL('./decoding-thread.ts', import.meta.url).href]
  const compiled =
    `require('node:module').createRequire(${JSON.stringify(here)})('jiti')` +
    `.createJiti(${JSON.stringify(here)}).import(${JSON.stringify(entry)})`
  return new Worker(compiled, { eval: true, workerData: task, execArgv: [] })
}

interface Waiting {
  readonly resolve: (picture: DecodedPicture) => void
  readonly reject: (error: Error) => void
}

class DecodingThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #next = 0
  /** Why it answers no more. */
  #ended: UsageError | null = null

  constructor(task: DecodingTask) {
    this.#worker = startThread(task)
    this.#worker.on('message', (answer: DecodingAnswer) => {
      const { resolve, reject } = this.#waiting.get(answer.id)!
      this.#waiting.delete(answer.id)
      if ('reason' in answer) reject(new HeddleError(answer.reason))
      else resolve(answer)
    })
    this.#worker.on('error', error => this.#fail(` (${error.message})`))
    this.#worker.on('exit', () => this.#fail(''))
  }

  get busy(): number {
    return this.#waiting.size
  }

  decode(file: string | Uint8Array): Promise<DecodedPicture> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, file })
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #fail(reason: string): void {
    this.#ended ??= new UsageError(
      `A thread that decodes pictures has ended${reason}. Start again: what is decoded so far is kept.`,
    )
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }
}
