import { type Options, parseSpec, type Spec } from '../../base/schema.ts'
import type { Shape } from '../../base/shape.ts'
import { type Borders, border, borders } from './borders.ts'
import { channelsLast } from './keras-form.ts'
import type { LayerDefinition, Lowering, Value } from './layer.ts'
import { lowerAsRow, rowOf, withoutRow } from './sequence.ts'
import { imageOf } from './window.ts'

const fields1d = {
  /** `[before, after]`, or one number for both. Default [1, 1]. */
  padding: border(1),
}

const fields2d = {
  /** `[[top, bottom], [left, right]]`, `[vertical, horizontal]` with equal sides, or one number for all four. Default [[1, 1], [1, 1]]. */
  padding: borders(1),
}

export interface ZeroPadding1DOptions extends Options<typeof fields1d> {}
export type ZeroPadding1DSpec = Spec<'zeroPadding1d', typeof fields1d>
export interface ZeroPadding2DOptions extends Options<typeof fields2d> {}
export type ZeroPadding2DSpec = Spec<'zeroPadding2d', typeof fields2d>

/**
 * Steps of zeros before and after a sequence: in `[steps, channels]`, out `[before + steps + after, channels]`.
 *
 * Throws a `UsageError` for padding that is no whole number of at least 0.
 * Source: https://keras.io/api/layers/reshaping_layers/zero_padding1d/.
 *
 * @example
 * zeroPadding1d({ padding: [2, 0] }).padding // [2, 0]
 */
export function zeroPadding1d(options: ZeroPadding1DOptions = {}): ZeroPadding1DSpec {
  return parseSpec('zeroPadding1d', fields1d, options)
}

/**
 * Rows and columns of zeros around an image.
 *
 * In `[height, width, channels]`, out `[top + height + bottom, left + width + right, channels]`.
 * Throws a `UsageError` for padding that is no whole number of at least 0.
 * Source: https://keras.io/api/layers/reshaping_layers/zero_padding2d/.
 *
 * @example
 * zeroPadding2d({ padding: [1, 2] }).padding // [[1, 1], [2, 2]]
 */
export function zeroPadding2d(options: ZeroPadding2DOptions = {}): ZeroPadding2DSpec {
  return parseSpec('zeroPadding2d', fields2d, options)
}

export const zeroPadding1dLayer: LayerDefinition<ZeroPadding1DSpec> = {
  className: 'ZeroPadding1D',
  keras: channelsLast,
  fields: fields1d,
  role: 'shape',
  inputs: 'one',
  outputShape: ({ padding }, inputs) => withoutRow(paddedShape([[0, 0], padding], rowOf(inputs))),
  lower: ({ padding }, lowering) =>
    lowerAsRow(lowering, row => lowerPadding([[0, 0], padding], row, lowering)),
}

export const zeroPadding2dLayer: LayerDefinition<ZeroPadding2DSpec> = {
  className: 'ZeroPadding2D',
  keras: channelsLast,
  fields: fields2d,
  role: 'shape',
  inputs: 'one',
  outputShape: ({ padding }, inputs) => paddedShape(padding, imageOf(inputs)),
  lower: ({ padding }, lowering) => lowerPadding(padding, lowering.inputs[0]!, lowering),
}

function paddedShape([[top, bottom], [left, right]]: Borders, image: Shape): Shape {
  return [top + image[0]! + bottom, left + image[1]! + right, image[2]!]
}

function lowerPadding(padding: Borders, image: Value, lowering: Lowering): Value {
  return lowering.emit('padding', {
    inputs: [image],
    outputShape: paddedShape(padding, image.shape),
    attributes: { padding: [padding[0][0], padding[1][0]] },
  })
}
