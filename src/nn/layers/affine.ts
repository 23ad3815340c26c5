import { boolean, type Options, type Values } from '../../base/schema.ts'
import { initializer } from '../initializers/initializer.ts'
import { regularizerField } from '../regularizers/regularizer.ts'
import type { ParameterSpec } from './layer.ts'
import { type WeightOptions, weightFields } from './weight-options.ts'

/** Options of every normalisation that learns a factor and an offset for each channel. */
export const affineFields = {
  /** Learn beta, which is added. Default true. */
  center: boolean(true),
  /** Learn gamma, which is multiplied by. Default true. */
  scale: boolean(true),
  /** What beta starts with. Default 'zeros'. */
  betaInitializer: initializer('zeros'),
  /** What gamma starts with. Default 'ones'. */
  gammaInitializer: initializer('ones'),
  /** What beta adds to the loss: `l2()`, `l1()`, `l1l2({ … })` or a name. Default null. */
  betaRegularizer: regularizerField,
  /** What gamma adds to the loss, as `betaRegularizer`. Default null. */
  gammaRegularizer: regularizerField,
  ...weightFields,
}

export interface AffineOptions extends WeightOptions, Options<typeof affineFields> {}
type AffineValues = Values<typeof affineFields>

/** gamma and beta, those that are learned. */
export function affineParameters(spec: AffineValues, channels: number): readonly ParameterSpec[] {
  const common = { shape: [channels], fans: { fanIn: channels, fanOut: channels } }
  const gamma = { initializer: spec.gammaInitializer, regularizer: spec.gammaRegularizer, ...common }
  const beta = { initializer: spec.betaInitializer, regularizer: spec.betaRegularizer, ...common }
  return [
    ...(spec.scale ? [{ name: 'gamma', role: 'scale' as const, ...gamma }] : []),
    ...(spec.center ? [{ name: 'beta', role: 'offset' as const, ...beta }] : []),
  ]
}

/** Their names, in the order in which ops read them. */
export function affineNames({ scale, center }: Pick<AffineValues, 'scale' | 'center'>): readonly string[] {
  return [...(scale ? ['gamma'] : []), ...(center ? ['beta'] : [])]
}
