import { HeddleError, UsageError } from '../../base/errors.ts'
import { custom, type Field, type Options, parseSpec, required, type Spec, show } from '../../base/schema.ts'
import type { Substitute } from './keras-form.ts'
import type { LayerDefinition } from './layer.ts'

/** One number for all channels, or one for each. */
type PerChannel = number | readonly number[]

/** As many as the engine takes. */
const MAX_CHANNELS = 2 ** 16

/** Keras divides by no less, so that a constant channel becomes zero. */
const LEAST_DEVIATION = 1e-7

const fields = {
  /** Subtracted: one number, or one for each channel. Required. */
  mean: required(perChannel()),
  /** Divided by its square root: one number of at least 0, or one for each channel. Required. */
  variance: required(perChannel({ min: 0 })),
}

export interface NormalizationOptions extends Options<typeof fields> {}
export type NormalizationSpec = Spec<'normalization', typeof fields>

/**
 * Values with a known mean and variance brought to 0 and 1: y = (x − mean[c]) / max(√variance[c], 1e-7)
 *
 * `mean` and `variance` are one number for all channels, or a list with one for each; `normalizationOf(dataset)` measures
 * them. In and out `[…, channels]`. Throws a `UsageError` for a negative variance, or where the two lengths differ.
 * Source: https://keras.io/api/layers/preprocessing_layers/numerical/normalization/.
 *
 * @example
 * normalization({ mean: 0.5, variance: 0.25 }) // { kind: 'normalization', mean: 0.5, variance: 0.25 }
 */
export function normalization(options: NormalizationOptions): NormalizationSpec {
  const spec = parseSpec('normalization', fields, options)
  const [means, variances] = [lengthOf(spec.mean), lengthOf(spec.variance)]
  if (means !== variances) {
    throw new UsageError(
      `normalization: mean and variance must both be one number or lists of one length, not ${show(spec.mean)} and ` +
        `${show(spec.variance)}.`,
    )
  }
  return spec
}

export const normalizationLayer: LayerDefinition<NormalizationSpec> = {
  className: 'Normalization',
  keras: { lastAxis: true, stored: ['mean', 'variance'], tfjs: { instead: asBatchNormalization } },
  fields,
  role: 'scaling',
  inputs: 'one',

  outputShape({ mean }, inputs) {
    const [length, channels] = [lengthOf(mean), inputs[0]!.at(-1)!]
    if (length !== null && length !== channels) {
      throw new HeddleError(
        `mean and variance are given for ${length} channels, but it has ${channels}. Give one number for each channel, ` +
          'or a single one for all.',
      )
    }
    return inputs[0]!
  },

  lower({ mean, variance }, { inputs: [x], emit }) {
    const center = [mean].flat()
    const scale = [variance].flat().map(value => 1 / Math.max(Math.sqrt(value), LEAST_DEVIATION))
    const offset = center.map(() => 0)
    return emit('affine', { inputs: [x!], outputShape: x!.shape, attributes: { center, scale, offset } })
  },
}

/** TensorFlow.js has no such layer, and a batch normalisation that learns nothing computes the same. */
function asBatchNormalization(
  { mean, variance }: NormalizationSpec,
  { channels }: { readonly channels: number },
): readonly Substitute[] {
  const all = (numbers: PerChannel): Float32Array =>
    typeof numbers === 'number' ? new Float32Array(channels).fill(numbers) : Float32Array.from(numbers)
  const weights = {
    moving_mean: all(mean),
    moving_variance: all(variance).map(value => Math.max(value, LEAST_DEVIATION ** 2)),
  }
  const layer = { kind: 'batchNormalization', center: false, scale: false, epsilon: 0 }
  return [{ layer, weights, remark: 'a batch normalisation there, which training would change' }]
}

/** `null` for one number, which is not a list of one. */
function lengthOf(numbers: PerChannel): number | null {
  return typeof numbers === 'number' ? null : numbers.length
}

function perChannel({ min = -Infinity } = {}): Field<PerChannel, PerChannel> {
  const fits = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= min
  return custom<PerChannel, PerChannel>(undefined, (value, path) => {
    if (typeof value === 'number' && fits(value)) return value
    const list =
      Array.isArray(value) && value.length >= 1 && value.length <= MAX_CHANNELS && value.every(fits)
    if (!list) {
      const range = min > -Infinity ? ` of at least ${min}` : ''
      throw new UsageError(
        `${path} must be a number${range}, or a list with one for each channel, not ${show(value)}.`,
      )
    }
    return Object.freeze([...value])
  })
}
