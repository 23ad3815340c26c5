import type { Questions } from './engine.worker.ts'

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

  /** Fetches and compiles the network of a run: `load`. Everything else is asked of the network that was loaded. */
  ask<N extends keyof Questions>(name: N, ...args: Parameters<Questions[N]>): ReturnType<Questions[N]> {
    const id = ++this.#asked
    const answer = new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, name, args })
    })
    return answer as ReturnType<Questions[N]>
  }

  end(): void {
    this.#worker.terminate()
    this.#refuse(new Error('This network was closed.'))
  }

  #refuse(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
