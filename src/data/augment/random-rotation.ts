import { type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { around, fillOf, type ResamplingOptions, resamplingFields } from './fields.ts'

const own = {
  /** In whole turns, positive is counter-clockwise: 0.1 for up to 36° either way, or `[lowest, highest]`. Required. */
  factor: required(around({ min: -1, max: 1 })),
}

const fields = { ...own, ...resamplingFields }

export interface RandomRotationOptions extends Options<typeof own>, ResamplingOptions {}
export type RandomRotationSpec = Spec<'randomRotation', typeof fields>

/**
 * Turns images around their centre by 2π · factor, drawn evenly from the range.
 * Throws a `UsageError` for a factor outside [−1, 1].
 *
 * Source: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_rotation/.
 *
 * @example
 * randomRotation({ factor: 0.05 }).factor // [-0.05, 0.05]
 */
export function randomRotation(options: RandomRotationOptions): RandomRotationSpec {
  return parseSpec('randomRotation', fields, options)
}

export const randomRotationDefinition: AugmentationDefinition<RandomRotationSpec> = {
  fields,
  turns: ({ factor }) => Math.max(...factor.map(Math.abs)),
  lower: spec => ({
    kind: 'rotation',
    probability: spec.probability,
    fill: fillOf(spec),
    numbers: spec.factor,
  }),
}
