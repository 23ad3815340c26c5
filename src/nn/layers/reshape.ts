import { HeddleError, UsageError } from '../../base/errors.ts'
import { custom, type Field, type Options, parseSpec, required, type Spec, show } from '../../base/schema.ts'
import { formatShape, type Shape, sizeOf } from '../../base/shape.ts'
import type { LayerDefinition } from './layer.ts'

const fields = {
  /** The new shape of one example; one axis may be −1: what is left for it. Required. */
  targetShape: required(axes()),
}

export interface ReshapeOptions extends Options<typeof fields> {}
export type ReshapeSpec = Spec<'reshape', typeof fields>

/**
 * The same numbers in the same order under another shape.
 *
 * Throws a `UsageError` if the shapes do not hold the same number of values.
 * Source: https://keras.io/api/layers/reshaping_layers/reshape/.
 *
 * @example
 * buildModel(sequential([reshape({ targetShape: [28, -1] })]), [28, 28, 1]).outputShape // [28, 28]
 */
export function reshape(options: ReshapeOptions): ReshapeSpec {
  return parseSpec('reshape', fields, options)
}

export const reshapeLayer: LayerDefinition<ReshapeSpec> = {
  className: 'Reshape',
  // TensorFlow.js does not work out the axis of −1 where the size of the batch is open.
  keras: {
    tfjs: { instead: ({ kind }, { outputShape }) => [{ layer: { kind, targetShape: outputShape } }] },
  },
  fields,
  role: 'shape',
  inputs: 'one',
  outputShape: ({ targetShape }, inputs) => complete(targetShape, inputs[0]!),
  lower: ({ targetShape }, { inputs: [x], reshape: view }) => view(x!, complete(targetShape, x!.shape)),
}

function complete(target: Shape, input: Shape): Shape {
  const known = target.reduce((size, axis) => (axis === -1 ? size : size * axis), 1)
  const left = sizeOf(input) / known
  if (!Number.isInteger(left) || (left !== 1 && !target.includes(-1))) {
    throw new HeddleError(
      `its ${sizeOf(input)} values do not make ${formatShape(target)}. Choose axes whose product is ${sizeOf(input)}.`,
    )
  }
  return target.map(axis => (axis === -1 ? left : axis))
}

function axes(): Field<Shape, Shape> {
  return custom<Shape, Shape>(undefined, (value, path) => {
    const fits =
      Array.isArray(value) &&
      value.length >= 1 &&
      value.length <= 3 &&
      value.every(axis => Number.isSafeInteger(axis) && (axis >= 1 || axis === -1)) &&
      value.filter(axis => axis === -1).length <= 1
    if (!fits) {
      throw new UsageError(
        `${path} must be one to three whole numbers of at least 1, of which one may be -1; not ${show(value)}.`,
      )
    }
    return Object.freeze([...value])
  })
}
