import { sep } from 'node:path'
import { plural } from '../../../base/text.ts'

const MOST = 100

/** What was done, as files and folders that were moved; `from` of what is new is `null`. Paths are relative to the folder. */
interface Change {
  readonly text: string
  readonly moves: readonly (readonly [from: string | null, to: string])[]
  /** What a page added at once is taken back at once. */
  readonly batch: string | null
}

/** The changes of a folder that can be taken back, the last one first. */
export class Changes {
  readonly #all: Change[] = []

  get last(): Change | undefined {
    return this.#all.at(-1)
  }

  push(change: Change): void {
    this.#all.push(change)
    if (this.#all.length > MOST) this.#all.shift()
  }

  pop(): void {
    this.#all.pop()
  }

  /** Pictures that came, and the classes that were made for them. */
  added(moves: readonly (readonly [null, string])[], batch: string): void {
    const before = this.last?.batch === batch ? this.last.moves : []
    if (before.length > 0) this.pop()
    const all = [...before, ...moves]
    const pictures = all.filter(([, to]) => to.includes(sep)).length
    this.push({ text: `${plural(pictures, 'picture')} added`, moves: all, batch })
  }
}
