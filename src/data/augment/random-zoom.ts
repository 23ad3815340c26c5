import { type Options, optional, parseSpec, required, type Spec } from '../../base/schema.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { around, fillOf, type ResamplingOptions, resamplingFields } from './fields.ts'

const bounds = { min: -1, max: 1, open: true }

const own = {
  /** Positive zooms out, negative in: 0.2 for up to a fifth either way, or `[lowest, highest]`. Required. */
  heightFactor: required(around(bounds)),
  /** `null`: that of the height, so that the picture keeps its proportions. Default null. */
  widthFactor: optional(around(bounds)),
}

const fields = { ...own, ...resamplingFields }

export interface RandomZoomOptions extends Options<typeof own>, ResamplingOptions {}
export type RandomZoomSpec = Spec<'randomZoom', typeof fields>

/**
 * Scales images around their centre: a pixel comes from (1 + factor) times its distance, drawn evenly from the ranges.
 * Throws a `UsageError` for a factor of −1 or less, or 1 or more.
 *
 * Source: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_zoom/.
 *
 * @example
 * randomZoom({ heightFactor: [-0.2, 0] }).widthFactor // null
 */
export function randomZoom(options: RandomZoomOptions): RandomZoomSpec {
  return parseSpec('randomZoom', fields, options)
}

export const randomZoomDefinition: AugmentationDefinition<RandomZoomSpec> = {
  fields,
  lower: spec => ({
    kind: 'zoom',
    probability: spec.probability,
    fill: fillOf(spec),
    numbers: [
      ...spec.heightFactor,
      ...(spec.widthFactor ?? spec.heightFactor),
      Number(spec.widthFactor === null),
    ],
  }),
}
