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

const strange: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e300,
  2 ** 53,
  '',
  'x',
  'x'.repeat(100_000),
  '\u001b[2J',
  '__proto__',
  [],
  {},
  [null],
  [[1]],
  { kind: 'constructor' },
  { kind: '__proto__' },
]

/** Every place of a JSON value that can be changed. */
function placesIn(value: unknown): [Record<string, unknown>, string][] {
  if (typeof value !== 'object' || value === null) return []
  const owner = value as Record<string, unknown>
  return Object.keys(owner).flatMap(key => [[owner, key] as [typeof owner, string], ...placesIn(owner[key])])
}

/** A JSON value of which one or two places are left out, renamed or replaced by something strange. */
export function changedJson(text: string, dice: Dice): unknown {
  const value = JSON.parse(text)
  for (let times = dice.roll(1, 2); times > 0; times--) {
    const [owner, key] = dice.pick(placesIn(value))
    const what = dice.roll(0, 9)
    if (what === 0) delete owner[key]
    else if (what === 1) owner[dice.pick(['unknown', '__proto__', 'constructor', 'x'.repeat(5000)])] = 1
    else owner[key] = structuredClone(dice.pick(strange))
  }
  return JSON.parse(JSON.stringify(value))
}

/** Some bits flipped, a stretch overwritten, or the end cut off. */
export function damaged(bytes: Uint8Array, dice: Dice): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes)
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
