import type { Loaded } from '../parts/use-loaded.ts'

/** The newest answer, and who it is from. */
export interface LatestAnswer<Of, T> extends Loaded<T> {
  /** `null`: there is none yet. */
  readonly of: Of | null
}

interface Question<Of, T> {
  readonly of: Of
  readonly ask: () => Promise<T | null>
}

/** Puts questions one after the other: while one is out, only the latest of the others is kept. */
export class Latest<Of, T> {
  readonly #tell: (answer: LatestAnswer<Of, T>) => void
  #wanted: Question<Of, T> | null = null
  #last: LatestAnswer<Of, T> = { data: null, error: null, of: null }
  #isAsking = false

  constructor(tell: (answer: LatestAnswer<Of, T>) => void) {
    this.#tell = tell
  }

  /** `of`: who is asked. An answer has the name of the one that gave it, whoever is asked meanwhile. */
  async ask(question: Question<Of, T>): Promise<void> {
    this.#wanted = question
    if (this.#isAsking) return
    this.#isAsking = true
    while (this.#wanted) {
      const { of, ask } = this.#wanted
      this.#wanted = null
      try {
        this.#answer({ data: await ask(), error: null, of })
      } catch (error) {
        // A network that was put away has a successor, which is asked next.
        if (this.#wanted === null)
          this.#answer({
            ...{ data: this.#last.of === of ? this.#last.data : null, of },
            error: error as Error,
          })
      }
    }
    this.#isAsking = false
  }

  #answer(answer: LatestAnswer<Of, T>): void {
    this.#last = answer
    this.#tell(answer)
  }
}
