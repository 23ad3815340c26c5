import { number, type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import type { LayerDefinition } from './layer.ts'

const fields = {
  /** The share of values set to zero while training, in [0, 1). Required. */
  rate: required(number(undefined, { min: 0, below: 1 })),
}

export interface DropoutOptions extends Options<typeof fields> {}
export type DropoutSpec = Spec<'dropout', typeof fields>

/**
 * Inverted dropout: while training, each value is zero with probability `rate`, else divided by 1 − `rate`.
 * Outside training it does nothing. In and out have one shape. Throws a `UsageError` for a rate outside [0, 1).
 *
 * Source: Srivastava et al. (2014); https://keras.io/api/layers/regularization_layers/dropout/.
 *
 * @example
 * dropout({ rate: 0.5 }) // { kind: 'dropout', rate: 0.5 }
 */
export function dropout(options: DropoutOptions): DropoutSpec {
  return parseSpec('dropout', fields, options)
}

export const dropoutLayer: LayerDefinition<DropoutSpec> = {
  className: 'Dropout',
  keras: { ignored: ['seed'] },
  fields,
  role: 'dropout',
  inputs: 'one',
  outputShape: (_, inputs) => inputs[0]!,
  lower({ rate }, { inputs: [x], emit, nextOrdinal }) {
    const ordinal = nextOrdinal()
    if (rate === 0) return x!
    return emit('dropout', {
      inputs: [x!],
      outputShape: x!.shape,
      attributes: { rate, ordinal, covers: 'element' },
    })
  },
}
