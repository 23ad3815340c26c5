import { didYouMean, UsageError } from '../base/errors.ts'
import { custom, type Field, number, optional, show } from '../base/schema.ts'

/** A weight for each class that is named, by its name or its label: `{ Bag: 4 }`, `{ 8: 4 }`. */
export type ClassWeight = Readonly<Record<string, number>>

const weight = number(undefined, { min: 0 })

/** The option `classWeight`; whether there are such classes is known with the data. */
export const classWeightField: Field<ClassWeight | null, ClassWeight | null> = optional(
  custom<ClassWeight, ClassWeight>(undefined, (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new UsageError(`${path} must be weights by class, such as { Bag: 4 }, not ${show(value)}.`)
    }
    const weights = Object.entries(value).map(([key, one]) => [key, weight.parse(one, `${path}.${key}`)])
    return Object.freeze(Object.fromEntries(weights) as Record<string, number>)
  }),
)

/**
 * The weight of every output, 1 where none is given. A key is the name of a class, or else its label; outputs may be
 * more than classes. Throws a `UsageError` for a key that is neither, and for a class that has two.
 */
export function classWeightsOf(
  option: ClassWeight,
  classNames: readonly string[],
  outputs = classNames.length,
): Float64Array {
  const weights = new Float64Array(outputs).fill(1)
  const given = new Set<number>()
  for (const [key, one] of Object.entries(option)) {
    const label = classNames.includes(key) ? classNames.indexOf(key) : labelOf(key, classNames)
    if (given.has(label)) {
      throw new UsageError(
        `train: classWeight gives the class "${classNames[label]}" (${label}) two weights.`,
      )
    }
    given.add(label)
    weights[label] = one
  }
  return weights
}

function labelOf(key: string, classNames: readonly string[]): number {
  const label = classNames.findIndex((_, i) => String(i) === key)
  if (label >= 0) return label
  throw new UsageError(
    `train: classWeight has no class "${key}".${didYouMean(key, classNames)} ` +
      `The classes are ${classNames.map((name, i) => `${name} (${i})`).join(', ')}.`,
  )
}
