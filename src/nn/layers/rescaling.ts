import { number, type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import type { LayerDefinition } from './layer.ts'

const fields = {
  /** Every value is multiplied by it. Required. */
  scale: required(number()),
  /** Added after that. Default 0. */
  offset: number(0),
}

export interface RescalingOptions extends Options<typeof fields> {}
export type RescalingSpec = Spec<'rescaling', typeof fields>

/**
 * Every value in another range: y = scale · x + offset
 *
 * In and out have one shape. Source: https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling/.
 *
 * @example
 * rescaling({ scale: 2, offset: -1 }) // { kind: 'rescaling', scale: 2, offset: -1 }
 */
export function rescaling(options: RescalingOptions): RescalingSpec {
  return parseSpec('rescaling', fields, options)
}

export const rescalingLayer: LayerDefinition<RescalingSpec> = {
  className: 'Rescaling',
  keras: { written: ['offset'] },
  fields,
  role: 'scaling',
  inputs: 'one',
  outputShape: (_, inputs) => inputs[0]!,
  lower: ({ scale, offset }, { inputs: [x], emit }) =>
    emit('affine', {
      inputs: [x!],
      outputShape: x!.shape,
      attributes: { center: [0], scale: [scale], offset: [offset] },
    }),
}
