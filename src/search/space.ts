import type { ParameterValue } from '../protocol/study.ts'

/** What a parameter may be: a plain value, made by `uniform`, `logUniform`, `intRange` and `choice`. */
export type Distribution =
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number; readonly when?: Condition }
  | { readonly kind: 'logUniform'; readonly low: number; readonly high: number; readonly when?: Condition }
  | {
      readonly kind: 'intRange'
      readonly low: number
      readonly high: number
      readonly step: number
      readonly log: boolean
      readonly when?: Condition
    }
  | { readonly kind: 'choice'; readonly values: readonly ParameterValue[]; readonly when?: Condition }

/** The values of other parameters with which a parameter is there: all of them must hold. */
export type Condition = Readonly<Record<string, readonly ParameterValue[]>>

/** By name, what each parameter may be. */
export type Space = Readonly<Record<string, Distribution>>
