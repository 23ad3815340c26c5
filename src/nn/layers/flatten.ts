import { type NoOptions, parseSpec, type Spec } from '../../base/schema.ts'
import { sizeOf } from '../../base/shape.ts'
import { channelsLast } from './keras-form.ts'
import type { LayerDefinition } from './layer.ts'

const fields = {}

export type FlattenSpec = Spec<'flatten', typeof fields>

/**
 * Every value of an example in one row, channels fastest.
 *
 * In `[…]` of any rank, out `[features]`. Source: https://keras.io/api/layers/reshaping_layers/flatten/.
 *
 * @example
 * flatten() // { kind: 'flatten' }
 */
export function flatten(options: NoOptions = {}): FlattenSpec {
  return parseSpec('flatten', fields, options)
}

export const flattenLayer: LayerDefinition<FlattenSpec> = {
  className: 'Flatten',
  keras: channelsLast,
  fields,
  role: 'shape',
  inputs: 'one',
  outputShape: (_, inputs) => [sizeOf(inputs[0]!)],
  lower: (_, { inputs: [x], reshape }) => reshape(x!, [sizeOf(x!.shape)]),
}
