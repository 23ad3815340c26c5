import { number, type Options, optional, parseSpec, type Spec } from '../../base/schema.ts'
import { activationAttributes } from '../../ops/activation.ts'
import type { LayerDefinition } from './layer.ts'

const fields = {
  /** The largest output, at least 0; left out, nothing is cut. Default null. */
  maxValue: optional(number(undefined, { min: 0 })),
  /** The slope of what lies below the threshold, at least 0. Default 0. */
  negativeSlope: number(0, { min: 0 }),
  /** Values above it pass, at least 0. Default 0. */
  threshold: number(0, { min: 0 }),
}

export interface ReLUOptions extends Options<typeof fields> {}
export type ReLUSpec = Spec<'reLU', typeof fields>

/**
 * A rectifier with Keras' options: y = x > threshold ? min(x, maxValue) : negativeSlope · (x − threshold)
 *
 * In and out have one shape. `reLU({ maxValue: 6 })` is the activation `relu6`. Throws a `UsageError` for a negative
 * option. Source: https://keras.io/api/layers/activation_layers/relu/.
 *
 * @example
 * reLU({ maxValue: 6 }) // { kind: 'reLU', maxValue: 6, negativeSlope: 0, threshold: 0 }
 */
export function reLU(options: ReLUOptions = {}): ReLUSpec {
  return parseSpec('reLU', fields, options)
}

export const reLULayer: LayerDefinition<ReLUSpec> = {
  className: 'ReLU',
  keras: {
    tfjs: {
      refused: ({ negative_slope: slope, threshold }) =>
        slope || threshold
          ? 'TensorFlow.js has no negative slope and no threshold in ReLU. Use the activation leakyRelu.'
          : null,
    },
  },
  fields,
  role: 'activation',
  inputs: 'one',
  outputShape: (_, inputs) => inputs[0]!,
  lower({ maxValue, negativeSlope, threshold }, { inputs: [x], emit }) {
    const plain = maxValue === null && threshold === 0
    const name = !plain ? 'clippedRelu' : negativeSlope === 0 ? 'relu' : 'leakyRelu'
    const limit = maxValue ?? Number.POSITIVE_INFINITY
    const attributes = activationAttributes(name, { slope: negativeSlope, limit, threshold })
    return emit('activation', { inputs: [x!], outputShape: x!.shape, attributes })
  },
}
