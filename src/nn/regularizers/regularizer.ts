import { type Definition, family, type SpecOf } from '../../base/family.ts'
import { number, type Options, optional, parseSpec, type Spec } from '../../base/schema.ts'
import type { Penalty } from '../../ops/penalty.ts'

const l1Fields = {
  /** The factor of Σ|w|, at least 0. Default 0.01. */
  l1: number(0.01, { min: 0 }),
}

const l2Fields = {
  /** The factor of Σw², at least 0. Default 0.01. */
  l2: number(0.01, { min: 0 }),
}

const l1l2Fields = {
  /** The factor of Σ|w|, at least 0. Default 0. */
  l1: number(0, { min: 0 }),
  /** The factor of Σw², at least 0. Default 0. */
  l2: number(0, { min: 0 }),
}

export interface L1Options extends Options<typeof l1Fields> {}
export type L1Spec = Spec<'l1', typeof l1Fields>
export interface L2Options extends Options<typeof l2Fields> {}
export type L2Spec = Spec<'l2', typeof l2Fields>
export interface L1L2Options extends Options<typeof l1l2Fields> {}
export type L1L2Spec = Spec<'l1l2', typeof l1l2Fields>

/**
 * Adds l1 · Σ|w| to every loss: weights that do not help become zero. Its slope at 0 is 0.
 *
 * Throws a `UsageError` for a bad option. Source: https://keras.io/api/layers/regularizers/#l1-class.
 *
 * @example
 * dense({ units: 10, kernelRegularizer: l1({ l1: 0.001 }) }).kernelRegularizer // { kind: 'l1', l1: 0.001 }
 */
export function l1(options: L1Options = {}): L1Spec {
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
export function l2(options: L2Options = {}): L2Spec {
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
export function l1l2(options: L1L2Options = {}): L1L2Spec {
  return parseSpec('l1l2', l1l2Fields, options)
}

/** Every regularizer, in the order in which the studio offers them. */
export const regularizers = family('regularizer', {
  l1: { fields: l1Fields } as Definition<L1Spec>,
  l2: { fields: l2Fields } as Definition<L2Spec>,
  l1l2: { fields: l1l2Fields } as Definition<L1L2Spec>,
})

export type RegularizerSpec = SpecOf<typeof regularizers>

/** The option of a layer that names what a parameter costs: a name, a spec with options, or `null` for nothing. */
export const regularizerField = optional(regularizers.field)

/** The factors of a regularizer. */
export function penaltyOf(spec: RegularizerSpec): Penalty {
  return { l1: 0, l2: 0, ...spec }
}
