import { count } from '../../../src/base/text.ts'

/** Which end of an axis is good. */
export type Better = 'higher' | 'lower'

/** Something of a run or a trial that is drawn along an axis: a parameter, or what was measured. */
export interface Axis<T> {
  /** In addresses and as a key. */
  readonly id: string
  readonly title: string
  readonly scale: 'linear' | 'log' | 'choice'
  /** The ends of the space; `null`: what is measured has none. */
  readonly low: number | null
  readonly high: number | null
  readonly choices: readonly string[] | null
  /** Which end of a measure is good; `null`: a parameter has no good end. */
  readonly better: Better | null
  /** The place on the axis; a value of a choice has its place among the choices. `null`: there is no such value, or none yet. */
  readonly at: (item: T) => number | null
  /** How a place is written, in tables and sentences. */
  readonly text: (at: number) => string
  /** How a place is written beside an axis. */
  readonly tick: (at: number) => string
}

export const numberText = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e7 ? count(value) : String(+value.toPrecision(4))

/** More powers of ten would stand on one another. */
const MOST_POWERS = 5

/** Where the axis of a parameter has labels: its ends and some places between them. */
export function ticksOf({ scale, low, high }: Pick<Axis<never>, 'scale' | 'low' | 'high'>): number[] {
  if (low === null || high === null) return []
  if (scale === 'log') {
    const decades = Math.floor(Math.log10(high)) - Math.ceil(Math.log10(low)) + 1
    const powers = Array.from(
      { length: Math.max(0, decades) },
      (_, i) => 10 ** (Math.ceil(Math.log10(low)) + i),
    )
    const every = Math.ceil(powers.length / MOST_POWERS)
    const shown = powers.filter((_, i) => i % every === 0)
    // A power beside an end would stand on its label.
    const beside = 1.5 ** every
    return [low, ...shown.filter(power => power > beside * low && power < high / beside), high]
  }
  const isWhole = Number.isInteger(low) && Number.isInteger(high) && high - low >= 3
  const places = [0.25, 0.5, 0.75].map(share => low + share * (high - low))
  return [...new Set([low, ...places.map(place => (isWhole ? Math.round(place) : place)), high])]
}

/** The ends between which a person wants to see runs or trials, by axis. */
export type Limits = Readonly<Record<string, readonly [low: number, high: number]>>

const PREFIX = 'in.'

/** An end that is not limited: no value is beyond these. */
export const [LEAST, MOST] = [-1e15, 1e15]

type Limited = Pick<Axis<never>, 'id' | 'choices'>

/**
 * Limits as they stand in an address: `in.learningRate=0.001..0.1`, and of a choice by the names of its values, whose places change
 * when others appear: `in.optimizer=adam..sgd`.
 */
export function limitsOf(query: URLSearchParams, axes: readonly Limited[]): Limits {
  const found = axes.flatMap(({ id, choices }) => {
    const ends = (query.get(PREFIX + id) ?? '').split('..')
    if (ends.length !== 2) return []
    const [low, high] = choices ? placesOf(choices, ends.map(unescaped)) : ends.map(Number)
    return Number.isFinite(low) && Number.isFinite(high) ? [[id, [low!, high!] as const] as const] : []
  })
  return Object.fromEntries(found)
}

/** The places between two names; without a name, that end is open. A name that is gone stands where it would be in a sorted list. */
function placesOf(choices: readonly string[], [low, high]: readonly string[]): readonly [number, number] {
  const before = (name: string): number => choices.filter(choice => choice < name).length
  const first = choices.includes(low!) ? choices.indexOf(low!) : before(low!)
  const last = choices.includes(high!) ? choices.indexOf(high!) : before(high!) - 1
  // Wide enough to be seen around a single one.
  return [low === '' ? LEAST : first - BESIDE, high === '' ? MOST : last + BESIDE]
}

/** The names at the ends of a limit, `''` for an open end; `null`: there are none between them. */
function namesWithin(choices: readonly string[], [low, high]: readonly [number, number]): string[] | null {
  const [first, last] = [Math.max(0, Math.ceil(low)), Math.min(choices.length - 1, Math.floor(high))]
  if (first > last) return null
  return [low <= LEAST ? '' : choices[first]!, high >= MOST ? '' : choices[last]!]
}

/** How far the limits of a choice reach beyond its values. */
const BESIDE = 0.4

const escaped = (name: string): string => name.replaceAll('%', '%25').replaceAll('.', '%2E')
const unescaped = (text: string): string => text.replaceAll('%2E', '.').replaceAll('%25', '%')

/** Changes of the address that set limits, or take them away. */
export function limitChanges(
  axes: readonly Limited[],
  limits: Limits,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    axes.map(({ id, choices }) => {
      const limit = limits[id]
      const ends =
        limit && choices ? namesWithin(choices, limit)?.map(escaped) : limit?.map(end => +end.toPrecision(6))
      return [PREFIX + id, ends?.join('..')]
    }),
  )
}

/** Those within all limits. One without a value on a limited axis is not among them. */
export function within<T>(items: readonly T[], axes: readonly Axis<T>[], limits: Limits): readonly T[] {
  const limited = axes.filter(({ id }) => limits[id])
  if (limited.length === 0) return items
  return items.filter(item =>
    limited.every(({ id, at }) => {
      const place = at(item)
      return place !== null && place >= limits[id]![0] && place <= limits[id]![1]
    }),
  )
}

/** From 0, the worst, to 1, the best: where each one with a value stands among the others. */
export function ranksOf<T>(items: readonly T[], { at, better }: Axis<T>): ReadonlyMap<T, number> {
  const known = items.flatMap(item => {
    const value = at(item)
    return value === null ? [] : [{ item, value }]
  })
  known.sort((a, b) => (better === 'higher' ? a.value - b.value : b.value - a.value))
  const last = Math.max(1, known.length - 1)
  return new Map(known.map(({ item }, i) => [item, known.length === 1 ? 1 : i / last]))
}

/**
 * The part of a range that is worth the space: values that are much worse than the others would press all others together. `null`: there are no values.
 */
export function usualSpan(
  values: readonly number[],
  better: Better,
): readonly [low: number, high: number] | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => (better === 'higher' ? b - a : a - b))
  const [best, worst] = [sorted[0]!, sorted.at(-1)!]
  const median = sorted[Math.floor(sorted.length / 2)]!
  const far = best + FAR * (median - best)
  // Few values, or equal ones: all of them.
  const end = Math.abs(worst - best) <= Math.abs(far - best) || far === best ? worst : far
  return best < end ? [best, end] : [end, best]
}

/** Four times as far from the best as the median. */
const FAR = 4
