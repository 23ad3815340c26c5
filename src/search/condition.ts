import { UsageError } from '../base/errors.ts'
import { custom, show } from '../base/schema.ts'
import { listOf } from '../base/text.ts'
import type { ParameterValue, ParameterValues } from '../protocol/study.ts'
import { jsonValue, valueKey } from './value.ts'

/** The values of other parameters with which a parameter is there: all of them must hold. */
export type Condition = Readonly<Record<string, readonly ParameterValue[]>>

/** A condition as it is written: one value stands for a list of it. */
export type GivenCondition = Readonly<Record<string, ParameterValue | readonly ParameterValue[]>>

const MOST = 100

/** Reads a condition from JSON that may come from anywhere; whether its parameters exist is checked with the space. */
export const conditionField = custom<GivenCondition, Condition>(undefined, (given, path) => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new UsageError(`${path} must be an object such as { depth: [2, 3] }, not ${show(given)}.`)
  }
  const entries = Object.entries(given).map(([name, value]) => {
    const values = Array.isArray(value) ? value : [value]
    if (values.length === 0 || values.length > MOST) {
      throw new UsageError(
        `${path}: ${show(name)} must have 1 to ${MOST} values with which the parameter is there, not ${values.length}.`,
      )
    }
    return [name, Object.freeze(values.map(one => jsonValue(one, `${path}: ${show(name)}`)))] as const
  })
  if (entries.length === 0) {
    throw new UsageError(`${path} names no parameter. Name at least one, such as { depth: [2, 3] }.`)
  }
  return Object.freeze(Object.fromEntries(entries))
})

/** Whether a condition holds with some values; a parameter that is not there has none. */
export function holds(condition: Condition | null, values: ParameterValues): boolean {
  return (
    condition === null ||
    Object.entries(condition).every(([name, wanted]) => {
      if (!Object.hasOwn(values, name)) return false
      const key = valueKey(values[name])
      return wanted.some(value => valueKey(value) === key)
    })
  )
}

/** `only if depth is 2 or 3`. `textOf` is how a value of a parameter is shown. */
export function conditionText(
  condition: Condition,
  textOf: (name: string, value: ParameterValue) => string,
): string {
  const parts = Object.entries(condition).map(
    ([name, values]) =>
      `${name} is ${listOf(
        values.map(value => textOf(name, value)),
        { word: 'or' },
      )}`,
  )
  return `only if ${parts.join(' and ')}`
}
