import { UsageError } from '../../base/errors.ts'
import { custom, type Field, type Options, type Pair, parseSpec, type Spec, show } from '../../base/schema.ts'
import type { Shape } from '../../base/shape.ts'
import type { LayerDefinition, Lowering, Value } from './layer.ts'
import { lowerAsRow, rowOf, withoutRow } from './sequence.ts'
import { imageOf } from './window.ts'

/** `[[top, bottom], [left, right]]` */
type Borders = readonly [Pair, Pair]

const fields1d = {
  /** `[before, after]`, or one number for both. Default [1, 1]. */
  padding: border(),
}

const fields2d = {
  /** `[[top, bottom], [left, right]]`, `[vertical, horizontal]` with equal sides, or one number for all four. Default [[1, 1], [1, 1]]. */
  padding: borders(),
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
  fields: fields1d,
  role: 'shape',
  inputs: 'one',
  outputShape: ({ padding }, inputs) => withoutRow(paddedShape([[0, 0], padding], rowOf(inputs))),
  lower: ({ padding }, lowering) =>
    lowerAsRow(lowering, row => lowerPadding([[0, 0], padding], row, lowering)),
}

export const zeroPadding2dLayer: LayerDefinition<ZeroPadding2DSpec> = {
  className: 'ZeroPadding2D',
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

/** A border of both sides from a number or a pair; `null` where it is neither. */
function sidesOf(value: unknown): Pair | null {
  const both: unknown = typeof value === 'number' ? [value, value] : value
  const fits = Array.isArray(both) && both.length === 2 && both.every(n => Number.isSafeInteger(n) && n >= 0)
  return fits ? Object.freeze([both[0], both[1]] as const) : null
}

function border(): Field<number | Pair, Pair> {
  return custom<number | Pair, Pair>(Object.freeze([1, 1] as const), (value, path) => {
    const sides = sidesOf(value)
    if (sides) return sides
    throw new UsageError(
      `${path} must be a whole number of at least 0, or [before, after], not ${show(value)}.`,
    )
  })
}

function borders(): Field<number | readonly [number | Pair, number | Pair], Borders> {
  const both = (rows: Pair, columns: Pair): Borders => Object.freeze([rows, columns] as const)
  const one = sidesOf(1)!
  return custom<number | readonly [number | Pair, number | Pair], Borders>(both(one, one), (value, path) => {
    const axes: readonly unknown[] = Array.isArray(value) ? value : [value, value]
    const [rows, columns] = axes.map(sidesOf)
    if (axes.length === 2 && rows && columns) return both(rows, columns)
    throw new UsageError(
      `${path} must be a whole number of at least 0, [vertical, horizontal] or [[top, bottom], [left, right]], not ` +
        `${show(value)}.`,
    )
  })
}
