import { UsageError } from '../../base/errors.ts'
import { custom, parseSpec, required, type Spec, show } from '../../base/schema.ts'
import type { ParameterValue } from '../../protocol/study.ts'
import { jsonValue, valueKey } from '../value.ts'
import { cellAt, type DistributionDefinition, distributionFields } from './distribution.ts'

/** Upper limit: a search tries some hundred points. */
const MOST_VALUES = 1000

const fields = {
  /** At least two different ones: numbers, names, specs such as `adam()`, or any other JSON. Required. */
  values: required(
    custom<readonly ParameterValue[], readonly ParameterValue[]>(undefined, (given, path) => {
      if (!Array.isArray(given)) throw new UsageError(`${path} must be a list, not ${show(given)}.`)
      if (given.length > MOST_VALUES) {
        throw new UsageError(`${path} holds ${given.length} entries, at most ${MOST_VALUES} are possible.`)
      }
      return Object.freeze(given.map((value, i) => jsonValue(value, `${path}[${i}]`)))
    }),
  ),
  ...distributionFields,
}

export type ChoiceSpec = Spec<'choice', typeof fields>

/**
 * One of some values, without an order: names, specs, or numbers that are no scale. Throws a `UsageError` for fewer than two values,
 * two that are the same, and what is not JSON.
 *
 * @example
 * choice([16, 32, 64]).values // [16, 32, 64]
 */
export function choice<const V>(values: readonly V[]): ChoiceSpec & { readonly values: readonly V[] } {
  const spec = parseSpec('choice', fields, { values })
  check(spec)
  return spec as ChoiceSpec & { readonly values: readonly V[] }
}

function check({ values }: ChoiceSpec): void {
  if (values.length < 2) {
    throw new UsageError(
      values.length === 0
        ? 'choice: the list of values is empty. Give at least two values.'
        : `choice: ${show(values[0])} is the only value, so there is nothing to choose. Write it in the experiment instead.`,
    )
  }
  const keys = values.map(valueKey)
  const again = keys.findIndex((key, i) => keys.indexOf(key) < i)
  if (again < 0) return
  throw new UsageError(`choice: the value ${show(values[again])} is listed twice. Remove one of them.`)
}

export const choiceDistribution: DistributionDefinition<ChoiceSpec> = {
  fields,
  check,
  scale: 'choice',
  cells: { count: ({ values }) => values.length, value: ({ values }, cell) => values[cell]! },
  at: ({ values }, unit) => values[cellAt(unit, values.length)]!,
  unitOf({ values }, value) {
    const key = valueKey(value)
    const cell = values.findIndex(one => valueKey(one) === key)
    return cell < 0 ? null : (cell + 0.5) / values.length
  },
}
