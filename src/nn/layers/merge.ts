import { HeddleError } from '../../base/errors.ts'
import { type NoOptions, parseSpec, type Spec } from '../../base/schema.ts'
import { formatShape, sameShape } from '../../base/shape.ts'
import type { LayerDefinition } from './layer.ts'

const fields = {}

export type AddSpec = Spec<'add', typeof fields>
export type ConcatenateSpec = Spec<'concatenate', typeof fields>

/**
 * The elementwise sum of two or more inputs of one shape: the joint of a residual block.
 *
 * Source: https://keras.io/api/layers/merging_layers/add/.
 *
 * @example
 * graph({ a: [conv2d({ filters: 8, kernelSize: 3, padding: 'same' }), 'input'], sum: [add(), 'a', 'a'] })
 */
export function add(options: NoOptions = {}): AddSpec {
  return parseSpec('add', fields, options)
}

/**
 * Inputs side by side along the last axis: `[…, c1]` and `[…, c2]` become `[…, c1 + c2]`.
 *
 * Source: https://keras.io/api/layers/merging_layers/concatenate/.
 *
 * @example
 * concatenate() // { kind: 'concatenate' }
 */
export function concatenate(options: NoOptions = {}): ConcatenateSpec {
  return parseSpec('concatenate', fields, options)
}

export const addLayer: LayerDefinition<AddSpec> = {
  className: 'Add',
  fields,
  role: 'merge',
  inputs: 'many',
  outputShape(_, inputs) {
    if (!inputs.every(shape => sameShape(shape, inputs[0]!))) {
      throw new HeddleError(
        `its inputs must have one shape, received ${inputs.map(formatShape).join(', ')}. ` +
          "Use padding: 'same' and equal filters on both branches.",
      )
    }
    return inputs[0]!
  },
  lower: (_, { inputs, emit }) =>
    emit('merge', { inputs, outputShape: inputs[0]!.shape, attributes: { rule: 'sum' } }),
}

export const concatenateLayer: LayerDefinition<ConcatenateSpec> = {
  className: 'Concatenate',
  fields,
  role: 'merge',
  inputs: 'many',
  outputShape(_, inputs) {
    const leading = inputs[0]!.slice(0, -1)
    if (!inputs.every(shape => sameShape(shape.slice(0, -1), leading))) {
      throw new HeddleError(
        `its inputs must agree in all but the last axis, received ${inputs.map(formatShape).join(', ')}.`,
      )
    }
    return [...leading, inputs.reduce((sum, shape) => sum + shape.at(-1)!, 0)]
  },
  lower(_, { inputs, emit }) {
    const leading = inputs[0]!.shape.slice(0, -1)
    const channels = inputs.reduce((sum, { shape }) => sum + shape.at(-1)!, 0)
    return emit('concatenate', { inputs, outputShape: [...leading, channels], attributes: {} })
  },
}
