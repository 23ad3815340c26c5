/**
 * Seeded random streams after "Parallel random numbers: as easy as 1, 2, 3" (Salmon et al., 2011).
 *
 * Threefry is counter-based: the number at position `i` is a pure function of the key and `i`. So any thread may
 * draw any part of a stream, in any order, and the result is the same; the C++ kernels compute the same function.
 */

import { integer } from './schema.ts'

/** Seeds are whole numbers from 0. */
export const seedField = integer(0, { min: 0 })

/** Two 32-bit words. */
export type Words = readonly [number, number]

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const
const PARITY = 0x1bd11bda

/** Threefry-2x32: `counter` enciphered under `key`, in 20 rounds as in Random123 and JAX, or in fewer. */
export function threefry(key: Words, counter: Words, rounds = 20): Words {
  const schedule = [key[0], key[1], key[0] ^ key[1] ^ PARITY]
  let a = (counter[0] + key[0]) | 0
  let b = (counter[1] + key[1]) | 0
  for (let round = 0; round < rounds; round++) {
    const rotation = ROTATIONS[round % 8]!
    a = (a + b) | 0
    b = (b << rotation) | (b >>> (32 - rotation))
    b ^= a
    if (round % 4 === 3) {
      const injection = (round + 1) / 4
      a = (a + schedule[injection % 3]!) | 0
      b = (b + schedule[(injection + 1) % 3]! + injection) | 0
    }
  }
  return [a >>> 0, b >>> 0]
}

/** A stream of random numbers, addressed by position: the same seed, name and position give the same number. */
export class RandomStream {
  readonly key: Words

  /** A stream for `seed`, any safe integer of at least 0; or, inside Heddle, for a key. */
  constructor(seed: number | Words) {
    if (typeof seed !== 'number') this.key = seed
    else if (Number.isSafeInteger(seed) && seed >= 0) this.key = [seed >>> 0, Math.floor(seed / 2 ** 32)]
    else throw new RangeError(`A seed must be a whole number of at least 0, not ${seed}.`)
  }

  /**
   * An independent stream for one purpose, so that drawing more numbers for one never shifts another.
   *
   * @example
   * new RandomStream(1).split('dropout').uniform(0) === new RandomStream(1).split('dropout').uniform(0) // true
   */
  split(name: string): RandomStream {
    let key = this.key
    for (let i = 0; i < name.length; i++) key = threefry(key, [name.charCodeAt(i), i])
    return new RandomStream(threefry(key, [name.length, 0xffffffff]))
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(position: number): number {
    const [high, low] = threefry(this.key, [position >>> 0, Math.floor(position / 2 ** 32)])
    return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53
  }

  /** The numbers 0 to `n - 1` in random order (Fisher-Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(this.uniform(i) * (i + 1))
      const swapped = order[i]!
      order[i] = order[j]!
      order[j] = swapped
    }
    return order
  }
}

/** The least number of rounds that passes all tests of BigCrush (Salmon et al., 2011, table 2). */
const MASK_ROUNDS = 13

/**
 * The number in [0, 2^16) that decides whether dropout keeps the element at `position`: half a word, from fewer rounds than
 * other streams have, as drawing them is what dropout costs.
 * Blocks of 64 elements share 16 counters, so that a vector of up to 16 lanes reads consecutive ones:
 * counter = 16 · ⌊position / 64⌋ + position mod 16, word = ⌊position / 32⌋ mod 2, its high half where
 * ⌊position / 16⌋ is even.
 */
export function maskBits(key: Words, position: number, step: number): number {
  const counter = (Math.floor(position / 64) * 16 + (position % 16)) >>> 0
  const word = threefry(key, [counter, step], MASK_ROUNDS)[((position >>> 5) & 1) as 0 | 1]
  return position & 16 ? word & 0xffff : word >>> 16
}

/**
 * A number from N(0, 1) for the element at `position`, after Box and Muller (1958): the two words of a counter give two
 * of them, √(−2 ln u) · cos 2πv and √(−2 ln u) · sin 2πv with u in (0, 1] and v in [0, 1) of 24 bits each.
 * Blocks of 32 elements share 16 counters: counter = 16 · ⌊position / 32⌋ + position mod 16, word = ⌊position / 16⌋ mod 2.
 */
export function normalNumber(key: Words, position: number, step: number): number {
  const [first, second] = threefry(key, [counterOf(position), step])
  const radius = Math.sqrt(-2 * Math.log(((first >>> 8) + 1) / 2 ** 24))
  const angle = 2 * Math.PI * ((second >>> 8) / 2 ** 24)
  return radius * (wordOf(position) === 0 ? Math.cos(angle) : Math.sin(angle))
}

function counterOf(position: number): number {
  return (Math.floor(position / 32) * 16 + (position % 16)) >>> 0
}

function wordOf(position: number): 0 | 1 {
  return ((position >>> 4) & 1) as 0 | 1
}
