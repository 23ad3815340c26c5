import type { OwnFactory } from '../../base/family.ts'
import type { Fields, Options, Spec, Values } from '../../base/schema.ts'
import { type LossDefinition, type LossExample, type LossSpec, losses } from './loss.ts'

/** A loss as you define it. */
export interface OwnLoss<F extends Fields> {
  /** Letters and digits: its kind is `own:name`. */
  readonly name: string
  /** By name: `{ gamma: option.number(2) }`. Default none. */
  readonly options?: F
  /** Returns the loss of one example and writes `gradient`, its derivative with respect to each output. */
  ofExample(options: Values<F>, example: LossExample): number
}

/**
 * A loss of your own, from plain loops over one example: returns the function that makes its values, for `fit` and `evaluate`.
 *
 * The mean over a batch, class weights, label mixing and regularizers are added as for any other loss. It gets the outputs of the
 * network as they are. A step costs two forward passes, as the outputs must be known before the loss. `lossContract` of
 * `heddle/testing` checks the gradient. Files hold no code: experiments cannot have it, and a model that is saved forgets it.
 * Throws a `UsageError` for a bad name.
 *
 * @example
 * const focal = defineLoss({
 *   name: 'focal',
 *   options: { gamma: option.number(2, { min: 0 }) },
 *   ofExample({ gamma }, { outputs, target, gradient }) {
 *     let loss = 0
 *     outputs.forEach((output, k) => {
 *       const p = Math.max(output, 1e-7)
 *       loss -= target[k]! * (1 - p) ** gamma * Math.log(p)
 *       gradient[k] = target[k]! * (gamma * (1 - p) ** (gamma - 1) * Math.log(p) - (1 - p) ** gamma / p)
 *     })
 *     return loss
 *   },
 * })
 * focal({ gamma: 1 }).kind // 'own:focal'
 */
export function defineLoss<F extends Fields = Record<never, never>>({
  name,
  options = {} as F,
  ofExample,
}: OwnLoss<F>): OwnFactory<Options<F>, LossSpec> {
  const definition: LossDefinition<Spec<string, F>> = {
    fields: options,
    head: null,
    targets: 'rows',
    ofExample: (spec, example) => ofExample(spec, example),
  }
  return losses.define(name, definition as never) as OwnFactory<Options<F>, LossSpec>
}
