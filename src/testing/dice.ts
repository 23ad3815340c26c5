import { RandomStream } from '../base/random.ts'
import type { ModelSpec } from '../model/graph.ts'
import { buildModel, type Model } from '../model/model.ts'

/** A small random network, for suites that every backend must pass. */
export interface LayerCase {
  readonly name: string
  readonly model: Model
  readonly batch: number
}

/** Whole numbers from a stream, one after the other. */
export class Dice {
  #position = 0
  readonly #stream: RandomStream

  constructor(stream: RandomStream) {
    this.#stream = stream
  }

  /** From `low` to `high`, both included. */
  roll(low: number, high: number): number {
    return low + Math.floor(this.#stream.uniform(this.#position++) * (high - low + 1))
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.roll(0, choices.length - 1)]!
  }
}

/** Some bits flipped, a stretch overwritten, or the end cut off. */
export function damaged(bytes: Buffer, dice: Dice): Buffer {
  const copy = Buffer.from(bytes)
  const what = dice.roll(0, 9)
  if (what === 0) return copy.subarray(0, dice.roll(0, copy.length))
  if (what === 1) {
    const at = dice.roll(0, copy.length - 1)
    return copy.fill(dice.roll(0, 255), at, Math.min(copy.length, at + dice.roll(1, 2000)))
  }
  for (let flips = dice.roll(1, 4); flips > 0; flips--) {
    const at = dice.roll(0, copy.length - 1)
    copy[at] = copy[at]! ^ (1 << dice.roll(0, 7))
  }
  return copy
}

export type Maker = (dice: Dice) => { readonly spec: ModelSpec; readonly inputShape: readonly number[] }

export interface Draw {
  /** Number of cases of each kind. */
  readonly count: number
  readonly seed: number
}

/** `count` networks by one maker, the same for the same seed. */
export function casesOf(name: string, make: Maker, { count, seed }: Draw): readonly LayerCase[] {
  return Array.from({ length: count }, (_, i) => {
    const dice = new Dice(new RandomStream(seed).split(`${name} ${i}`))
    const { spec, inputShape } = make(dice)
    return { name: `${name} ${i}`, model: buildModel(spec, inputShape), batch: dice.pick([1, 2, 3, 9, 20]) }
  })
}
