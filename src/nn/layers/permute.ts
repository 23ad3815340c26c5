import { HeddleError, UsageError } from '../../base/errors.ts'
import { custom, type Field, type Options, parseSpec, required, type Spec, show } from '../../base/schema.ts'
import { formatShape, type Shape } from '../../base/shape.ts'
import type { LayerDefinition } from './layer.ts'

const fields = {
  /** The axes of the input in their new order, counted from 1 as in Keras: `[2, 1, 3]` swaps height and width. Required. */
  dims: required(order()),
}

export interface PermuteOptions extends Options<typeof fields> {}
export type PermuteSpec = Spec<'permute', typeof fields>

/**
 * The axes of each example in another order.
 *
 * In a shape with as many axes as `dims` has numbers, out the same axes reordered. Throws a `UsageError` where `dims` does
 * not name each axis once. Source: https://keras.io/api/layers/reshaping_layers/permute/.
 *
 * @example
 * buildModel(sequential([permute({ dims: [3, 1, 2] })]), [28, 14, 3]).outputShape // [3, 28, 14]
 */
export function permute(options: PermuteOptions): PermuteSpec {
  return parseSpec('permute', fields, options)
}

export const permuteLayer: LayerDefinition<PermuteSpec> = {
  className: 'Permute',
  keras: {},
  fields,
  role: 'shape',
  inputs: 'one',
  outputShape: ({ dims }, [input]) => permutedShape(dims, input!),
  lower({ dims }, { inputs: [x], emit }) {
    const attributes = { axes: dims.map(axis => axis - 1) }
    return emit('permute', { inputs: [x!], outputShape: permutedShape(dims, x!.shape), attributes })
  },
}

function permutedShape(dims: readonly number[], input: Shape): Shape {
  if (dims.length === input.length) return dims.map(axis => input[axis - 1]!)
  throw new HeddleError(
    `dims names ${dims.length} axes, but its input ${formatShape(input)} has ${input.length}. Name each axis once.`,
  )
}

function order(): Field<readonly number[], readonly number[]> {
  return custom<readonly number[], readonly number[]>(undefined, (value, path) => {
    const fits =
      Array.isArray(value) &&
      value.length >= 1 &&
      value.length <= 3 &&
      value.every((_, i) => value.includes(i + 1))
    if (fits) return Object.freeze([...value])
    throw new UsageError(`${path} must name the axes 1, 2, … once each, as in [2, 1, 3], not ${show(value)}.`)
  })
}
