import {
  custom,
  type Field,
  kindsForm,
  number,
  type Options,
  oneOf,
  optional,
  parseSpec,
  type Spec,
} from '../../base/schema.ts'
import type { Penalty } from '../../ops/penalty.ts'

const l1Fields = { l1: number(0.01, { min: 0 }) }
const l2Fields = { l2: number(0.01, { min: 0 }) }
const l1l2Fields = { l1: number(0, { min: 0 }), l2: number(0, { min: 0 }) }

export type L1Spec = Spec<'l1', typeof l1Fields>
export type L2Spec = Spec<'l2', typeof l2Fields>
export type L1L2Spec = Spec<'l1l2', typeof l1l2Fields>
export type RegularizerSpec = L1Spec | L2Spec | L1L2Spec

/**
 * Adds l1 · Σ|w| to every loss: weights that do not help become zero. Its slope at 0 is 0.
 *
 * Throws a `UsageError` for a bad option. Source: https://keras.io/api/layers/regularizers/#l1-class.
 *
 * @example
 * dense({ units: 10, kernelRegularizer: l1({ l1: 0.001 }) }).kernelRegularizer // { kind: 'l1', l1: 0.001 }
 */
export function l1(options: Options<typeof l1Fields> = {}): L1Spec {
  return parseSpec('l1', l1Fields, options)
}

/**
 * Adds l2 · Σw² to every loss (not half of it): weights stay small.
 *
 * Throws a `UsageError` for a bad option. Source: https://keras.io/api/layers/regularizers/#l2-class.
 *
 * @example
 * conv2d({ filters: 8, kernelSize: 3, kernelRegularizer: 'l2' }).kernelRegularizer // { kind: 'l2', l2: 0.01 }
 */
export function l2(options: Options<typeof l2Fields> = {}): L2Spec {
  return parseSpec('l2', l2Fields, options)
}

/**
 * Adds l1 · Σ|w| + l2 · Σw² to every loss. Both are 0 unless given, as in Keras: the bare name `'l1l2'` adds nothing.
 *
 * Throws a `UsageError` for a bad option. Source: https://keras.io/api/layers/regularizers/#l1l2-class.
 *
 * @example
 * l1l2({ l1: 0.001, l2: 0.01 }) // { kind: 'l1l2', l1: 0.001, l2: 0.01 }
 */
export function l1l2(options: Options<typeof l1l2Fields> = {}): L1L2Spec {
  return parseSpec('l1l2', l1l2Fields, options)
}

const factories = { l1, l2, l1l2 }
const regularizerNames = ['l1', 'l2', 'l1l2'] as const
type RegularizerName = (typeof regularizerNames)[number]

/** The option of a layer that names what a parameter costs: a name, a spec with options, or `null` for nothing. */
export const regularizerField: Field<RegularizerName | RegularizerSpec | null, RegularizerSpec | null> =
  optional<RegularizerName | RegularizerSpec, RegularizerSpec>(
    custom<RegularizerName | RegularizerSpec, RegularizerSpec>(
      undefined,
      (value, path) => {
        const spec =
          typeof value === 'object' && value !== null ? (value as { kind?: unknown }) : { kind: value }
        return factories[oneOf(regularizerNames).parse(spec.kind, path)](spec as never)
      },
      kindsForm({ l1: l1Fields, l2: l2Fields, l1l2: l1l2Fields }),
    ),
  )

/** The factors of a regularizer. */
export function penaltyOf(spec: RegularizerSpec): Penalty {
  return { l1: 0, l2: 0, ...spec }
}
