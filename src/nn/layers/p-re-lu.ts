import { HeddleError } from '../../base/errors.ts'
import { integer, list, type Options, optional, parseSpec, type Spec } from '../../base/schema.ts'
import { formatShape, type Shape, sizeOf } from '../../base/shape.ts'
import { initializer } from '../initializers/initializer.ts'
import { regularizerField } from '../regularizers/regularizer.ts'
import type { LayerDefinition } from './layer.ts'
import { type WeightOptions, weightFields } from './weight-options.ts'

const fields = {
  /** What alpha starts with. Default 'zeros'. */
  alphaInitializer: initializer('zeros'),
  /** What alpha adds to the loss: `l2()`, `l1()`, `l1l2({ … })` or a name. Default null. */
  alphaRegularizer: regularizerField,
  /** Axes along which all values share one slope, counted from 1 as in Keras: `[1, 2]` gives an image one for each channel. Default null. */
  sharedAxes: optional(list(integer(undefined, { max: 3 }), { min: 1, max: 3 })),
  ...weightFields,
}

export interface PReLUOptions extends WeightOptions, Options<typeof fields> {}
export type PReLUSpec = Spec<'pReLU', typeof fields>

/**
 * A rectifier that learns its slopes below zero: y = x > 0 ? x : alpha · x
 *
 * In and out have one shape; alpha has it too, with 1 along `sharedAxes`. Throws a `UsageError` for a bad option, and a
 * `HeddleError` where a shared axis does not exist.
 * Source: He et al. (2015); https://keras.io/api/layers/activation_layers/prelu/.
 *
 * @example
 * pReLU({ sharedAxes: [1, 2] }).alphaInitializer // 'zeros'
 */
export function pReLU(options: PReLUOptions = {}): PReLUSpec {
  return parseSpec('pReLU', fields, options)
}

export const pReLULayer: LayerDefinition<PReLUSpec> = {
  className: 'PReLU',
  keras: {},
  fields,
  role: 'activation',
  inputs: 'one',

  outputShape(spec, inputs) {
    alphaShapeOf(spec, inputs)
    return inputs[0]!
  },

  parameters(spec, inputs) {
    const shape = alphaShapeOf(spec, inputs)
    const fans = { fanIn: sizeOf(shape), fanOut: sizeOf(shape) }
    const { alphaInitializer, alphaRegularizer: regularizer } = spec
    return [{ name: 'alpha', role: 'slope', shape, initializer: alphaInitializer, regularizer, fans }]
  },

  lower(spec, { inputs: [x], emit }) {
    const attributes = { alphaShape: alphaShapeOf(spec, [x!.shape]) }
    return emit('prelu', { inputs: [x!], outputShape: x!.shape, attributes, parameters: ['alpha'] })
  },
}

function alphaShapeOf({ sharedAxes }: PReLUSpec, [input]: readonly Shape[]): Shape {
  const missing = sharedAxes?.find(axis => axis > input!.length)
  if (missing !== undefined) {
    throw new HeddleError(
      `sharedAxes names axis ${missing}, but its input ${formatShape(input!)} has the axes 1 to ${input!.length}. ` +
        'Leave that axis out.',
    )
  }
  return input!.map((size, axis) => (sharedAxes?.includes(axis + 1) ? 1 : size))
}
