import { didYouMean, UsageError } from '../base/errors.ts'
import { custom, type Field, show } from '../base/schema.ts'
import type { Model } from '../model/model.ts'
import type { Phase } from './phases.ts'

type Factors = Readonly<Record<string, number>>

/** What the learning rate of some layers is multiplied by: by a layer's name or the beginning of names. */
export const learningRatesField: Field<Factors, Factors> = custom<Factors, Factors>(
  Object.freeze({}),
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new UsageError(
        `${path} must be factors by layer, such as { conv: 0.1 } for every layer whose name begins with conv, not ${show(value)}.`,
      )
    }
    for (const [name, factor] of Object.entries(value)) {
      if (typeof factor === 'number' && factor > 0 && factor <= 1e6) continue
      throw new UsageError(
        `${path}: the factor of "${name.slice(0, 100)}" must be a number above 0, at most 1e6, not ${show(factor)}. To leave a layer as it is, give it trainable: false.`,
      )
    }
    return Object.freeze({ ...(value as Factors) })
  },
)

/** The factor of each layer that has one: that of the longest name that it begins with. */
export function ratesOf({ layers }: Model, factors: Factors): Factors {
  const byLength = Object.keys(factors).sort((a, b) => b.length - a.length)
  return Object.fromEntries(
    layers.flatMap(({ name }) => {
      const match = byLength.find(one => name.startsWith(one))
      return match === undefined ? [] : [[name, factors[match]!]]
    }),
  )
}

/** Throws a `UsageError` for a name in an option that no layer begins with that learns in a phase. */
export function checkLayerNames(option: string, phases: readonly Phase[], given: readonly string[]): void {
  const learning = phases.flatMap(({ model }) =>
    model.layers.filter(({ trainableCount }) => trainableCount > 0).map(({ name }) => name),
  )
  const unused = given.find(one => !learning.some(name => name.startsWith(one)))
  if (unused === undefined) return
  const names = [...new Set(learning)]
  throw new UsageError(
    `${option}: no layer that learns has a name that begins with ${show(unused)}.${didYouMean(unused, names)} ` +
      `Layers that learn: ${names.slice(-20).join(', ')}.`,
  )
}
