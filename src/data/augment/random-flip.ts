import { number, type Options, oneOf, parseSpec, type Spec } from '../../base/schema.ts'
import type { AugmentationDefinition } from './augmentation.ts'

const fields = {
  /** Which way: mirrored left to right, upside down, or each by itself. Default 'horizontalAndVertical'. */
  mode: oneOf(['horizontal', 'vertical', 'horizontalAndVertical'], 'horizontalAndVertical'),
  /** The chance of each way by itself, from 0 to 1. Default 0.5. */
  probability: number(0.5, { min: 0, max: 1 }),
}

export interface RandomFlipOptions extends Options<typeof fields> {}
export type RandomFlipSpec = Spec<'randomFlip', typeof fields>

/**
 * Mirrors images: left and right (`horizontal`), top and bottom (`vertical`), or both, each axis by a coin of its own.
 * Pixels are copied exactly.
 *
 * Source: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_flip/.
 *
 * @example
 * randomFlip({ mode: 'horizontal' }) // { kind: 'randomFlip', mode: 'horizontal', probability: 0.5 }
 */
export function randomFlip(options: RandomFlipOptions = {}): RandomFlipSpec {
  return parseSpec('randomFlip', fields, options)
}

export const randomFlipDefinition: AugmentationDefinition<RandomFlipSpec> = {
  fields,
  turns: ({ mode, probability }) => (mode !== 'horizontal' && probability > 0 ? 0.5 : 0),
  lower({ mode, probability }) {
    const numbers = [Number(mode !== 'vertical'), Number(mode !== 'horizontal')]
    return { kind: 'flip', probability, fill: null, numbers }
  },
}
