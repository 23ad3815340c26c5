import { HeddleError } from '../../base/errors.ts'
import { formatShape, type Shape } from '../../base/shape.ts'
import type { Lowering, Value, Window } from './layer.ts'

// One-dimensional layers work along the steps of a sequence [steps, channels]: an image of one row.

/** The input as an image of one row, `[1, steps, channels]`; throws if it is no sequence. */
export function rowOf(inputs: readonly Shape[]): readonly [1, number, number] {
  const shape = inputs[0]!
  if (shape.length !== 2) {
    throw new HeddleError(
      `expected a sequence [steps, channels], received ${formatShape(shape)}. ` +
        'An image becomes one, row by row, with reshape({ targetShape: [height, width * channels] }).',
    )
  }
  return [1, shape[0]!, shape[1]!]
}

/** `[1, steps, channels]` as `[steps, channels]`. */
export function withoutRow(shape: Shape): Shape {
  return shape.slice(1)
}

/** Runs `lower` on the input seen as an image of one row. */
export function lowerAsRow(lowering: Lowering, lower: (row: Value) => Value): Value {
  const [x] = lowering.inputs
  const y = lower(lowering.reshape(x!, rowOf([x!.shape])))
  return lowering.reshape(y, withoutRow(y.shape))
}

/** A step of an image is one of its rows, seen whole: its columns are channels. */
export function stepWindow(size: number, stride: number): Window {
  return { size: [size, Number.POSITIVE_INFINITY], strides: [stride, 1] }
}
