import { HeddleError } from '../../base/errors.ts'
import { type Options, parseSpec, type Spec } from '../../base/schema.ts'
import type { Shape } from '../../base/shape.ts'
import { borders } from './borders.ts'
import { channelsLast } from './keras-form.ts'
import type { LayerDefinition } from './layer.ts'
import { imageOf } from './window.ts'

const fields = {
  /** `[[top, bottom], [left, right]]`, `[vertical, horizontal]` with equal sides, or one number for all four. Default [[0, 0], [0, 0]]. */
  cropping: borders(0),
}

export interface Cropping2DOptions extends Options<typeof fields> {}
export type Cropping2DSpec = Spec<'cropping2d', typeof fields>

/**
 * Rows and columns cut off an image.
 *
 * In `[height, width, channels]`, out `[height − top − bottom, width − left − right, channels]`.
 * Throws a `UsageError` for a bad option, and a `HeddleError` where nothing of the image would be left.
 * Source: https://keras.io/api/layers/reshaping_layers/cropping2d/.
 *
 * @example
 * cropping2d({ cropping: [1, 2] }).cropping // [[1, 1], [2, 2]]
 */
export function cropping2d(options: Cropping2DOptions = {}): Cropping2DSpec {
  return parseSpec('cropping2d', fields, options)
}

export const cropping2dLayer: LayerDefinition<Cropping2DSpec> = {
  className: 'Cropping2D',
  keras: channelsLast,
  fields,
  role: 'shape',
  inputs: 'one',
  outputShape: (spec, inputs) => croppedShape(spec, imageOf(inputs)),
  lower(spec, { inputs: [x], emit }) {
    const [[top], [left]] = spec.cropping
    return emit('padding', {
      inputs: [x!],
      outputShape: croppedShape(spec, x!.shape),
      attributes: { padding: [0 - top, 0 - left] },
    })
  },
}

function croppedShape({ cropping: [[top, bottom], [left, right]] }: Cropping2DSpec, image: Shape): Shape {
  const [height, width] = [image[0]! - top - bottom, image[1]! - left - right]
  if (height >= 1 && width >= 1) return [height, width, image[2]!]
  throw new HeddleError(
    `cropping ${top} + ${bottom} rows and ${left} + ${right} columns leaves nothing of ${image[0]} × ${image[1]}. ` +
      'Crop less.',
  )
}
