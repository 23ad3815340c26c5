import { type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import { activationField, lowerActivation } from './activations.ts'
import type { LayerDefinition } from './layer.ts'

const fields = {
  /** Applied to the outputs: a name, `{ kind: 'elu', alpha }` or `{ kind: 'leakyRelu', negativeSlope }`. Required. */
  activation: required(activationField()),
}

export interface ActivationOptions extends Options<typeof fields> {}
export type ActivationSpec = Spec<'activation', typeof fields>

/**
 * An activation as a layer of its own; softmax works along the last axis, the others on each value.
 *
 * | name | y |
 * |---|---|
 * | `linear` | x |
 * | `relu` | max(x, 0) |
 * | `sigmoid` | 1 / (1 + e^−x) |
 * | `tanh` | tanh x |
 * | `softmax` | e^x_k / Σ_j e^x_j |
 * | `elu` | x > 0 ? x : α (e^x − 1), α = 1 or `{ kind: 'elu', alpha }` |
 * | `gelu` | x · Φ(x), the exact form |
 * | `silu` | x · sigmoid(x) |
 * | `leakyRelu` | x > 0 ? x : s·x, s = 0.2 or `{ kind: 'leakyRelu', negativeSlope }` |
 * | `relu6` | min(max(x, 0), 6) |
 * | `hardSigmoid` | min(max(x + 3, 0), 6) / 6 |
 * | `hardSilu` | x · hardSigmoid(x); hard swish |
 * | `softplus` | log(1 + e^x) |
 * | `softsign` | x / (1 + abs(x)) |
 * | `mish` | x · tanh(softplus(x)) |
 *
 * In and out have one shape. Throws a `UsageError` for an unknown name. Source: https://keras.io/api/layers/activations/.
 *
 * @example
 * activation({ activation: 'relu' }) // { kind: 'activation', activation: 'relu' }
 */
export function activation(options: ActivationOptions): ActivationSpec {
  return parseSpec('activation', fields, options)
}

export const activationLayer: LayerDefinition<ActivationSpec> = {
  className: 'Activation',
  keras: {
    tfjs: {
      refused: ({ alpha = 1 }, className) =>
        className === 'ELU' && alpha !== 1
          ? 'TensorFlow.js has ELU only with alpha 1. Use that, and train again.'
          : null,
    },
    formerly: { negative_slope: 'alpha' },
    also: {
      LeakyReLU: {
        keys: ['negative_slope', 'alpha'],
        // Keras 2 calls it alpha; the default of the layer is not that of the function.
        read: ({ negative_slope, alpha }) => ({
          activation: { kind: 'leakyRelu', negativeSlope: negative_slope ?? alpha ?? 0.3 },
        }),
      },
      ELU: { keys: ['alpha'], read: ({ alpha }) => ({ activation: { kind: 'elu', alpha: alpha ?? 1 } }) },
      Softmax: { keys: [], lastAxis: true, read: () => ({ activation: 'softmax' }) },
    },
    write({ activation }) {
      if (typeof activation === 'string') return null
      return activation.kind === 'elu'
        ? ['ELU', { alpha: activation.alpha }]
        : ['LeakyReLU', { negative_slope: activation.negativeSlope }]
    },
  },
  fields,
  role: 'activation',
  inputs: 'one',
  outputShape: (_, inputs) => inputs[0]!,
  lower: (spec, lowering) => lowerActivation(spec.activation, lowering.inputs[0]!, lowering),
}
