import { HeddleError } from '../../base/errors.ts'
import { integer, type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import { formatShape, type Shape } from '../../base/shape.ts'
import { lowerActivation } from './activations.ts'
import { type KernelOptions, kernelFields } from './kernel-options.ts'
import type { LayerDefinition } from './layer.ts'

const own = {
  /** Number of outputs. Required. */
  units: required(integer()),
}

const fields = { ...own, ...kernelFields }

export interface DenseOptions extends Options<typeof own>, KernelOptions {}
export type DenseSpec = Spec<'dense', typeof fields>

/**
 * A fully connected layer: y[o] = activation(bias[o] + Σ_i x[i] · kernel[o, i])
 *
 * In `[features]`, out `[units]`; kernel `[units, features]`, bias `[units]`.
 * Throws a `UsageError` for a bad option. Source: https://keras.io/api/layers/core_layers/dense/.
 *
 * @example
 * dense({ units: 10, activation: 'softmax' }).useBias // true
 */
export function dense(options: DenseOptions): DenseSpec {
  return parseSpec('dense', fields, options)
}

export const denseLayer: LayerDefinition<DenseSpec> = {
  className: 'Dense',
  keras: {},
  fields,
  role: 'weights',
  inputs: 'one',

  outputShape: (spec, inputs) => {
    featuresOf(inputs)
    return [spec.units]
  },

  parameters({ units, useBias, ...spec }, inputs) {
    const features = featuresOf(inputs)
    const fans = { fanIn: features, fanOut: units }
    const kernel = {
      shape: [units, features],
      initializer: spec.kernelInitializer,
      regularizer: spec.kernelRegularizer,
    }
    const bias = { shape: [units], initializer: spec.biasInitializer, regularizer: spec.biasRegularizer }
    return [
      { name: 'kernel', role: 'kernel', ...kernel, fans },
      ...(useBias ? [{ name: 'bias', role: 'bias' as const, ...bias, fans }] : []),
    ]
  },

  multiplyAdds: (spec, inputs) => featuresOf(inputs) * spec.units,

  window: () => 'all',

  lower(spec, lowering) {
    const y = lowering.emit('dense', {
      inputs: lowering.inputs,
      outputShape: [spec.units],
      attributes: {},
      parameters: spec.useBias ? ['kernel', 'bias'] : ['kernel'],
    })
    return lowerActivation(spec.activation, y, lowering)
  },
}

function featuresOf([input]: readonly Shape[]): number {
  if (input!.length !== 1) {
    throw new HeddleError(
      `expected one row of features, received ${formatShape(input!)}. ` +
        'Place flatten() before it, so that an image becomes a row.',
    )
  }
  return input![0]!
}
