import { count } from '../../../src/base/text.ts'
import type { ObjectiveFacts, ParameterFacts, StudyView, TrialRow } from '../../../src/protocol/study.ts'
import { objectiveText, parameterText } from '../../../src/protocol/study-text.ts'
import { short } from '../parts/format.ts'

/** Something of a trial that is drawn along an axis: a parameter or an objective. */
export interface Axis {
  /** In addresses and as a key. */
  readonly id: string
  readonly title: string
  readonly scale: ParameterFacts['scale']
  /** The ends of the space; `null`: an objective has none. */
  readonly low: number | null
  readonly high: number | null
  readonly choices: readonly string[] | null
  /** A trial's number on the axis; a value of a choice has its place among the choices. `null`: the trial has no such value, or none yet. */
  readonly at: (trial: TrialRow) => number | null
  /** How a place is written, in tables and sentences. */
  readonly text: (at: number) => string
  /** How a place is written beside an axis. */
  readonly tick: (at: number) => string
}

/** An axis for each parameter of a search. */
export function parameterAxes({ parameters }: StudyView): Axis[] {
  return parameters.map(({ name, scale, low, high, choices }) => {
    const text = (at: number): string => choices?.[at] ?? numberText(at)
    return {
      id: name,
      title: name,
      scale,
      low,
      high,
      choices,
      at: ({ parameters: values }) => {
        const value = values[name]
        if (value === undefined) return null
        if (!choices) return typeof value === 'number' ? value : null
        // If two values have the same text, a choice names them by their JSON.
        const place = Math.max(choices.indexOf(parameterText(value)), choices.indexOf(JSON.stringify(value)))
        return place < 0 ? null : place
      },
      text,
      tick: text,
    }
  })
}

/** An axis for each objective of a search. */
export function objectiveAxes({ objectives }: StudyView): Axis[] {
  return objectives.map((objective, i) => ({
    id: objective.name,
    title: objective.label,
    scale: 'linear',
    low: null,
    high: null,
    choices: null,
    at: ({ values }) => {
      // A training that diverges measures what is not finite.
      const value = values?.[i]
      return value !== undefined && Number.isFinite(value) ? value : null
    },
    text: value => objectiveText(objective, value),
    tick: value => objectiveTick(objective, value),
  }))
}

const numberText = (value: number): string =>
  Number.isInteger(value) ? count(value) : String(+value.toPrecision(4))

function objectiveTick({ unit }: ObjectiveFacts, value: number): string {
  if (unit === 'fraction') return `${+(100 * value).toFixed(2)} %`
  return unit === 'count' ? short(value) : numberText(value)
}

/** Where the axis of a parameter has labels: its ends and some places between them. */
export function ticksOf({ scale, low, high }: Axis): number[] {
  if (low === null || high === null) return []
  if (scale === 'log') {
    const decades = Math.floor(Math.log10(high)) - Math.ceil(Math.log10(low)) + 1
    const powers = Array.from(
      { length: Math.max(0, decades) },
      (_, i) => 10 ** (Math.ceil(Math.log10(low)) + i),
    )
    // A power beside an end would stand on its label.
    return [low, ...powers.filter(power => power > 1.5 * low && power < high / 1.5), high]
  }
  const isWhole = Number.isInteger(low) && Number.isInteger(high) && high - low >= 4
  const places = [0.25, 0.5, 0.75].map(share => low + share * (high - low))
  return [low, ...places.map(place => (isWhole ? Math.round(place) : place)), high]
}

/** The ends between which a person wants to see trials, by axis. */
export type Limits = Readonly<Record<string, readonly [low: number, high: number]>>

const PREFIX = 'in.'

/** Limits as they stand in an address: `in.learningRate=0.001..0.1`. */
export function limitsOf(query: URLSearchParams): Limits {
  const found = [...query].flatMap(([name, text]) => {
    const [low, high] = text.split('..').map(Number)
    const isLimit = name.startsWith(PREFIX) && Number.isFinite(low) && Number.isFinite(high)
    return isLimit ? [[name.slice(PREFIX.length), [low!, high!] as const] as const] : []
  })
  return Object.fromEntries(found)
}

/** Changes of the address that set limits, or take them away. */
export function limitChanges(
  axes: readonly Axis[],
  limits: Limits,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    axes.map(({ id }) => {
      const limit = limits[id]
      return [PREFIX + id, limit?.map(end => +end.toPrecision(6)).join('..')]
    }),
  )
}

/** The trials within all limits. A trial without a value on a limited axis is not among them. */
export function within(
  trials: readonly TrialRow[],
  axes: readonly Axis[],
  limits: Limits,
): readonly TrialRow[] {
  const limited = axes.filter(({ id }) => limits[id])
  if (limited.length === 0) return trials
  return trials.filter(trial =>
    limited.every(({ id, at }) => {
      const place = at(trial)
      return place !== null && place >= limits[id]![0] && place <= limits[id]![1]
    }),
  )
}

/** From 0, the worst, to 1, the best: where each trial stands among the others, by one objective. */
export function ranksOf(
  trials: readonly TrialRow[],
  { better }: ObjectiveFacts,
  axis: Axis,
): ReadonlyMap<number, number> {
  const known = trials.flatMap(row => {
    const value = axis.at(row)
    return value === null ? [] : [{ trial: row.trial, value }]
  })
  known.sort((a, b) => (better === 'higher' ? a.value - b.value : b.value - a.value))
  const last = Math.max(1, known.length - 1)
  return new Map(known.map(({ trial }, i) => [trial, known.length === 1 ? 1 : i / last]))
}

/**
 * The part of an objective's range that is worth the space: trials that are much worse than the others would press all others
 * together. `null`: there are no values.
 */
export function usualSpan(
  values: readonly number[],
  { better }: ObjectiveFacts,
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
