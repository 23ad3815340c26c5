import { HeddleError } from '../../base/errors.ts'
import { boolean, integer, type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import { formatShape, type Shape } from '../../base/shape.ts'
import { initializer } from '../initializers/initializer.ts'
import { regularizerField } from '../regularizers/regularizer.ts'
import { activationField, lowerActivation } from './activations.ts'
import type { LayerDefinition } from './layer.ts'

const fields = {
  /** Number of outputs. Required. */
  units: required(integer()),
  /** Applied to the outputs: a name, `{ kind: 'elu', alpha }` or `{ kind: 'leakyRelu', negativeSlope }`. Default 'linear'. */
  activation: activationField('linear'),
  /** Add a learned number to each output. Default true. */
  useBias: boolean(true),
  /** What the kernel starts with. Default 'glorotUniform'. */
  kernelInitializer: initializer('glorotUniform'),
  /** What the bias starts with. Default 'zeros'. */
  biasInitializer: initializer('zeros'),
  /** What the kernel adds to the loss: `l2()`, `l1()`, `l1l2({ … })` or a name. Default null. */
  kernelRegularizer: regularizerField,
  /** What the bias adds to the loss, as `kernelRegularizer`. Default null. */
  biasRegularizer: regularizerField,
}

export interface DenseOptions extends Options<typeof fields> {}
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
