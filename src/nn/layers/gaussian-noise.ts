import { number, type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import type { LayerDefinition } from './layer.ts'

const fields = {
  /** The standard deviation of what is added, in [0, 1]. Required. */
  stddev: required(number(undefined, { min: 0, max: 1 })),
}

export interface GaussianNoiseOptions extends Options<typeof fields> {}
export type GaussianNoiseSpec = Spec<'gaussianNoise', typeof fields>

/**
 * Noise while training: y = x + stddev · n, with n from N(0, 1) for each value. Outside training it does nothing.
 *
 * In and out have one shape. Throws a `UsageError` for a standard deviation outside [0, 1].
 * Source: https://keras.io/api/layers/regularization_layers/gaussian_noise/.
 *
 * @example
 * gaussianNoise({ stddev: 0.1 }) // { kind: 'gaussianNoise', stddev: 0.1 }
 */
export function gaussianNoise(options: GaussianNoiseOptions): GaussianNoiseSpec {
  return parseSpec('gaussianNoise', fields, options)
}

export const gaussianNoiseLayer: LayerDefinition<GaussianNoiseSpec> = {
  className: 'GaussianNoise',
  keras: { ignored: ['seed'] },
  fields,
  role: 'noise',
  inputs: 'one',
  outputShape: (_, inputs) => inputs[0]!,
  lower({ stddev }, { inputs: [x], emit, nextOrdinal }) {
    const ordinal = nextOrdinal()
    if (stddev === 0) return x!
    return emit('gaussianNoise', { inputs: [x!], outputShape: x!.shape, attributes: { stddev, ordinal } })
  },
}
