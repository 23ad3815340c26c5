import { HeddleError, UsageError } from '../base/errors.ts'
import { show } from '../base/schema.ts'
import { listOf } from '../base/text.ts'
import type { ParameterValue, ParameterValues } from '../protocol/study.ts'
import { holds } from './condition.ts'
import { unitOf } from './distributions/index.ts'
import { attempt, draftOf, type Making, parsed } from './experiment-of.ts'
import { type Place, placesOf } from './places.ts'
import { resolve } from './resolve.ts'
import { setParameters } from './set-parameters.ts'
import { dependencyOrder, inOrder, problemOf, rangeText } from './space.ts'
import { valueKey } from './value.ts'

/** Upper limit for values of a choice that may be what the experiment has. */
const MOST_TRIED = 32

/** The experiment as it is, as a point of the space; or why it is none, in words. */
export type Start =
  | { readonly values: ParameterValues; readonly missing: null }
  | { readonly values: null; readonly missing: string }

/**
 * The point of the space that is the experiment as you wrote it: `given` values first, the others those that change nothing. Throws a
 * `UsageError` for given values that are no point of the space.
 */
export function startOf(making: Making, given: ParameterValues): Start {
  const { space } = making
  const values: Record<string, ParameterValue> = {}
  for (const name of dependencyOrder(space)) {
    if (!holds(space[name]!.when, values)) continue
    const own = Object.hasOwn(given, name)
      ? { value: given[name]! }
      : unchanged(making, { ...given, ...values }, name)
    if ('reason' in own) {
      const unknown = Object.keys(given).some(one => !Object.hasOwn(space, one))
      if (unknown) break
      if (Object.keys(given).length > 0) throw new UsageError(`start: ${own.reason}`)
      return { values: null, missing: own.reason }
    }
    values[name] = own.value
  }
  const all = { ...values, ...given }
  const problem = problemOf(space, all)
  if (problem !== null) throw new UsageError(`start: ${problem}. Correct the value, or the space.`)
  return { values: inOrder(space, all), missing: null }
}

/** The value of a parameter that leaves the experiment as it is. */
function unchanged(
  making: Making,
  values: ParameterValues,
  name: string,
): { readonly value: ParameterValue } | { readonly reason: string } {
  const distribution = making.space[name]!
  const howTo = `Write start: { ${/^\w+$/.test(name) ? name : `'${name}'`}: … } to begin with a point of your own.`
  if (making.reads.has(name)) return { reason: `Only the function "model" uses ${name}. ${howTo}` }
  if (making.model === null && name === 'model')
    return { reason: `The experiment has several models. ${howTo}` }
  const made = attempt(() => draftOf(making, values))
  // The function is given too little: it is asked for one parameter after the other.
  if (made instanceof HeddleError) return { reason: `${made.message} ${howTo}` }
  const { draft } = made
  const before = keyOf(making, draft)
  const places = resolve(name, placesOf(draft))
  const found = distribution.kind === 'choice' ? distribution.values : places.flatMap(numbersAt)
  const likely = found.filter(one => places.some(place => isLike(one, place))).slice(0, MOST_TRIED)
  const value = likely.find(one => {
    if (unitOf(distribution, one) === null) return false
    const set = attempt(() => setParameters(draft, { [name]: one }, () => false).draft)
    return !(set instanceof HeddleError) && attempt(() => keyOf(making, set)) === before
  })
  if (value !== undefined) return { value }
  const texts = [...new Set(places.map(place => show(place.value)))]
  return { reason: `${name} is ${listOf(texts)} in the experiment, but ${rangeText(distribution)}. ${howTo}` }
}

function keyOf(making: Making, draft: Parameters<typeof parsed>[1]): string {
  return valueKey(parsed(making, draft))
}

/** Whether a value may stand for what is at a place: to set it and to compare the experiments takes longer. */
function isLike(value: ParameterValue, place: Place): boolean {
  if (typeof value === 'number') return numbersAt(place).includes(value)
  if (typeof value === 'boolean') return place.isEntry ? value : value === place.value
  if (typeof value !== 'string' || value === place.value) return true
  return (place.value as { readonly kind?: unknown } | null)?.kind === value
}

/** The number at a place: of a layer whose only option is one, that option. */
function numbersAt({ value }: Place): number[] {
  const values = typeof value === 'object' && value !== null ? Object.values(value) : [value]
  // Zero has a sign, which JSON forgets.
  return values.filter(one => typeof one === 'number').map(one => one + 0)
}
