import { RandomStream } from '../../base/random.ts'
import { parseSpec, type Spec } from '../../base/schema.ts'
import type { ParameterValues } from '../../protocol/study.ts'
import { candidateAt, positionAt } from './axes.ts'
import { drawsOf, type Question, type SamplerDefinition } from './sampler.ts'
import { JOE_KUO } from './sobol-numbers.ts'
import { type Tried, triedOf, untried } from './untried.ts'

const fields = {}

export type SobolSpec = Spec<'sobol', typeof fields>

/**
 * A scrambled Sobol sequence: points that fill the space more evenly than random ones, so that no part of it is left out by chance.
 * The seed decides the scrambling. A point of a finite space that was tried already is left out. The sequence has 64 dimensions, as
 * many as a space may have parameters.
 *
 * Sources: Joe and Kuo (2008) for the numbers; Owen (1995), in the form of Burley, "Practical hash-based Owen scrambling" (2020).
 *
 * @example
 * sobol() // { kind: 'sobol' }
 */
export function sobol(): SobolSpec {
  return parseSpec('sobol', fields, {})
}

export const sobolSampler: SamplerDefinition<SobolSpec> = {
  fields,
  suggest: question => nextSobol(question, triedOf(question)),
}

/** Points of the sequence that are passed over before one is drawn at random: little of a finite space is left then. */
const MOST_PASSED = 100

/** The point of the sequence with the trial's number, or the next one that has not been tried. */
export function nextSobol(question: Question, tried: Tried): ParameterValues | null {
  if (tried.isExhausted) return null
  const { space, axes, has } = tried
  const sequence = scrambledSobol(question.seed, axes.length)
  for (let i = 0; i < MOST_PASSED; i++) {
    const places = sequence(question.trial + i)
    const positions = Float64Array.from(axes, (axis, d) => positionAt(axis, places[d]!))
    const candidate = candidateAt(space, axes, positions)
    if (!has(candidate)) return candidate.parameters
  }
  return untried(tried, drawsOf(question, 'sobol'))[0]!.parameters
}

const BITS = 32

/** By index, a point of the scrambled sequence. */
export function scrambledSobol(seed: number, dimensions: number): (index: number) => readonly number[] {
  const stream = new RandomStream(seed).split('sobol')
  const all = Array.from({ length: dimensions }, (_, d) => ({
    directions: directionsOf(d),
    key: stream.split(`${d}`).key[0],
  }))
  return index => all.map(({ directions, key }) => scramble(sobolNumber(directions, index), key) / 2 ** BITS)
}

/** The fraction of a point in one dimension, as 32 bits: the exclusive or of the directions of the bits of `index`. */
export function sobolNumber(directions: Uint32Array, index: number): number {
  let bits = 0
  for (let bit = 0; bit < BITS; bit++) if ((index >>> bit) & 1) bits ^= directions[bit]!
  return bits >>> 0
}

/** The direction numbers of a dimension, the first being 0 (van der Corput's sequence). */
export function directionsOf(dimension: number): Uint32Array {
  const directions = new Uint32Array(BITS)
  const [polynomial = 0, ...first] = dimension === 0 ? [] : JOE_KUO[dimension - 1]!
  const degree = first.length
  for (let i = 0; i < BITS; i++) {
    if (dimension === 0 || i < degree) {
      directions[i] = (first[i] ?? 1) << (BITS - 1 - i)
      continue
    }
    const before = directions[i - degree]!
    let bits = before ^ (before >>> degree)
    for (let k = 1; k < degree; k++) if ((polynomial >>> (degree - k)) & 1) bits ^= directions[i - k]!
    directions[i] = bits
  }
  return directions
}

/** Each bit is turned or not by a hash of the bits above it, so that the sequence stays as even as it is. */
function scramble(bits: number, key: number): number {
  let x = (reverse(bits) + key) | 0
  for (const factor of [0x6c50b47c, 0xb82f1e52, 0xc7afe638, 0x8d22f6e6]) x ^= Math.imul(x, factor)
  return reverse(x)
}

function reverse(bits: number): number {
  let x = bits
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1)
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2)
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4)
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8)
  return ((x >>> 16) | (x << 16)) >>> 0
}
