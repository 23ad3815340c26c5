import type { Answer, ModelFacts } from './engine.worker.ts'

type Reply = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string })

/** A trained network in a worker of its own, so that the page stays quick while it computes. */
export class Engine {
  readonly #worker = new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module' })
  readonly #waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>()
  #asked = 0

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      const waiting = this.#waiting.get(data.id)!
      this.#waiting.delete(data.id)
      if ('error' in data) waiting.reject(new Error(data.error))
      else waiting.resolve(data.value as never)
    }
    this.#worker.onerror = event => {
      const error = new Error(
        `The engine could not be started in this browser: ${event.message || 'no reason given'}.`,
      )
      this.#refuse(error)
    }
  }

  /** Fetches and compiles the network of a run. */
  load(run: string): Promise<ModelFacts> {
    return this.#ask({ run })
  }

  /** `explained`: for which class to look what speaks for it; `null`: the one that is predicted. */
  ask(pixels: Uint8Array, explained: number | null): Promise<Answer> {
    return this.#ask({ pixels, explained })
  }

  end(): void {
    this.#worker.terminate()
    this.#refuse(new Error('This network was put away.'))
  }

  #refuse(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  #ask<T>(question: object): Promise<T> {
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, ...question })
    })
  }
}
