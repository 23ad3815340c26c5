import { HeddleError } from '../../base/errors.ts'
import { type NoOptions, parseSpec, type Spec } from '../../base/schema.ts'
import { formatShape, type Shape, sameShape } from '../../base/shape.ts'
import { broadcastShape } from '../../ops/broadcast.ts'
import type { MergeAttributes } from '../../ops/merge.ts'
import type { LayerDefinition } from './layer.ts'

const fields = {}

export type AddSpec = Spec<'add', typeof fields>
export type MultiplySpec = Spec<'multiply', typeof fields>
export type AverageSpec = Spec<'average', typeof fields>
export type MaximumSpec = Spec<'maximum', typeof fields>
export type SubtractSpec = Spec<'subtract', typeof fields>
export type ConcatenateSpec = Spec<'concatenate', typeof fields>

/**
 * The elementwise sum of two or more inputs: the joint of a residual block.
 *
 * The inputs have one shape; an axis of 1 repeats along that of the others, as in `multiply`.
 * Source: https://keras.io/api/layers/merging_layers/add/.
 *
 * @example
 * graph({ a: [conv2d({ filters: 8, kernelSize: 3, padding: 'same' }), 'input'], sum: [add(), 'a', 'a'] })
 */
export function add(options: NoOptions = {}): AddSpec {
  return parseSpec('add', fields, options)
}

/**
 * The elementwise product of two or more inputs: a gate that lets values through.
 *
 * The inputs have one shape; an axis of 1 repeats along that of the others: `[1, 1, channels]` times
 * `[height, width, channels]` is `[height, width, channels]`. Throws a `HeddleError` for other shapes.
 * Source: https://keras.io/api/layers/merging_layers/multiply/.
 *
 * @example
 * graph({ pool: [globalAveragePooling2d({ keepdims: true }), 'input'], gated: [multiply(), 'input', 'pool'] })
 */
export function multiply(options: NoOptions = {}): MultiplySpec {
  return parseSpec('multiply', fields, options)
}

/**
 * The elementwise mean of two or more inputs, of shapes as in `multiply`.
 *
 * Source: https://keras.io/api/layers/merging_layers/average/.
 *
 * @example
 * average() // { kind: 'average' }
 */
export function average(options: NoOptions = {}): AverageSpec {
  return parseSpec('average', fields, options)
}

/**
 * The largest of the values of two or more inputs, element by element, of shapes as in `multiply`.
 * The first input gets the gradient if two are equal.
 *
 * Source: https://keras.io/api/layers/merging_layers/maximum/.
 *
 * @example
 * maximum() // { kind: 'maximum' }
 */
export function maximum(options: NoOptions = {}): MaximumSpec {
  return parseSpec('maximum', fields, options)
}

/**
 * The first input minus the second, element by element, of shapes as in `multiply`. Throws a `HeddleError` for more
 * than two inputs.
 *
 * Source: https://keras.io/api/layers/merging_layers/subtract/.
 *
 * @example
 * subtract() // { kind: 'subtract' }
 */
export function subtract(options: NoOptions = {}): SubtractSpec {
  return parseSpec('subtract', fields, options)
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

function mergedShape(inputs: readonly Shape[]): Shape {
  const shape = broadcastShape(inputs)
  if (shape) return shape
  throw new HeddleError(
    `its inputs must have one shape, where an axis of 1 repeats; received ${inputs.map(formatShape).join(', ')}. ` +
      "Use padding: 'same' and equal filters on both branches, or keepdims: true in a global pooling.",
  )
}

function mergeLayer<S extends { readonly kind: string }>(
  className: string,
  rule: MergeAttributes['rule'],
): LayerDefinition<S> {
  return {
    className,
    keras: {},
    fields,
    role: 'merge',
    inputs: 'many',
    outputShape(_, inputs) {
      if (rule === 'difference' && inputs.length > 2) {
        throw new HeddleError(`it takes two inputs, received ${inputs.length}. Subtract in several steps.`)
      }
      return mergedShape(inputs)
    },
    lower(_, { inputs, emit }) {
      const outputShape = mergedShape(inputs.map(({ shape }) => shape))
      return emit('merge', { inputs, outputShape, attributes: { rule } })
    },
  }
}

export const addLayer = mergeLayer<AddSpec>('Add', 'sum')
export const multiplyLayer = mergeLayer<MultiplySpec>('Multiply', 'product')
export const averageLayer = mergeLayer<AverageSpec>('Average', 'mean')
export const maximumLayer = mergeLayer<MaximumSpec>('Maximum', 'maximum')
export const subtractLayer = mergeLayer<SubtractSpec>('Subtract', 'difference')

export const concatenateLayer: LayerDefinition<ConcatenateSpec> = {
  className: 'Concatenate',
  keras: { lastAxis: true },
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
