import type { Loaded } from '../parts/use-loaded.ts'

/** The newest answer, and who it is from. */
export interface LatestAnswer<From, T> extends Loaded<T> {
  /** `null`: there is none yet. */
  readonly from: From | null
}

interface Question<From, T> {
  readonly from: From
  readonly ask: () => Promise<T | null>
}

/** Puts questions one after the other: while one is out, only the latest of the others is kept. */
export class Latest<From, T> {
  readonly #tell: (answer: LatestAnswer<From, T>) => void
  #wanted: Question<From, T> | null = null
  #last: LatestAnswer<From, T> = { data: null, error: null, from: null }
  #isAsking = false

  constructor(tell: (answer: LatestAnswer<From, T>) => void) {
    this.#tell = tell
  }

  /** `from`: which one is asked. An answer keeps the name of the one that gave it, even if another is asked meanwhile. */
  async ask(question: Question<From, T>): Promise<void> {
    this.#wanted = question
    if (this.#isAsking) return
    this.#isAsking = true
    while (this.#wanted) {
      const { from, ask } = this.#wanted
      this.#wanted = null
      try {
        this.#answer({ data: await ask(), error: null, from })
      } catch (error) {
        // A network that was put away has a successor, which is asked next.
        if (this.#wanted === null)
          this.#answer({
            ...{ data: this.#last.from === from ? this.#last.data : null, from },
            error: error as Error,
          })
      }
    }
    this.#isAsking = false
  }

  #answer(answer: LatestAnswer<From, T>): void {
    this.#last = answer
    this.#tell(answer)
  }
}
