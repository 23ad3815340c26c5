import { HeddleError, UsageError } from '../../base/errors.ts'
import type { OwnFactory } from '../../base/family.ts'
import { type Fields, type Options, type Spec, show, type Values } from '../../base/schema.ts'
import { formatShape, type Shape, sameShape, sizeOf } from '../../base/shape.ts'
import type { Initializer } from '../initializers/initializer.ts'
import { type LayerSpec, layers } from './index.ts'
import type { LayerDefinition, LayerRole, Lowering, ParameterSpec, Value } from './layer.ts'

/** An array that a layer of your own learns. */
export interface OwnParameter extends Pick<ParameterSpec, 'name' | 'shape' | 'trainable' | 'regularizer'> {
  /** Such as 'glorotUniform', 'zeros' or 'ones'. */
  readonly initializer: Initializer
  /** Default 'kernel'. */
  readonly role?: ParameterSpec['role']
}

/** A layer as you define it. Shapes are those of one example, without the batch axis. */
export interface OwnLayer<F extends Fields> {
  /** Letters and digits: its kind is `own:name`, and summaries show it. */
  readonly name: string
  /** By name: `{ start: option.number(1) }`. Default none. */
  readonly options?: F
  /** How many values enter. Default 'one'. */
  readonly inputs?: 'one' | 'many'
  /** What it does, for the checks of `heddle doctor`. Default 'activation'. */
  readonly role?: LayerRole
  /** Default: the shape of the (first) input. Throw a `HeddleError` if the inputs do not fit. */
  outputShape?(options: Values<F>, inputs: readonly Shape[]): Shape
  /** Default none. */
  parameters?(options: Values<F>, inputs: readonly Shape[]): readonly OwnParameter[]
  /** Multiply-adds for one example, forward. Default 0. */
  multiplyAdds?(options: Values<F>, inputs: readonly Shape[]): number
  /** Emits ops, and returns the value of the last one. */
  lower(options: Values<F>, lowering: Lowering): Value
}

/**
 * A layer of your own, from the ops that every backend has (`OpAttributes` lists them): returns the function that makes its values.
 *
 * It is differentiated, trained and run on threads like any other layer, and `layerContract` of `heddle/testing` checks it. Files
 * hold no code: experiments and other formats refuse it by name, and a saved model is read with `loadModel(path, { layers: [mine] })`.
 * A block of layers needs no definition: write a function that returns nodes for `graph`, as `squeezeExcite` does.
 * Throws a `UsageError` for a bad name; models throw a `HeddleError` where `lower` and the declared shapes contradict each other.
 *
 * @example
 * const gatedDense = defineLayer({
 *   name: 'gatedDense',
 *   options: { units: option.required(option.integer()) },
 *   outputShape: ({ units }) => [units],
 *   parameters: ({ units }, [input]) => [
 *     { name: 'kernel', shape: [units, input![0]!], initializer: 'glorotUniform' },
 *     { name: 'gate', shape: [units, input![0]!], initializer: 'glorotUniform' },
 *   ],
 *   lower({ units }, { inputs, emit }) {
 *     const outputShape = [units]
 *     const product = (name: string) => emit('dense', { inputs, outputShape, attributes: {}, parameters: [name] })
 *     const gate = emit('activation', { inputs: [product('gate')], outputShape, attributes: activationAttributes('sigmoid') })
 *     return emit('merge', { inputs: [product('kernel'), gate], outputShape, attributes: { rule: 'product' } })
 *   },
 * })
 * const model = buildModel(sequential([flatten(), gatedDense({ units: 8 }), dense({ units: 2, activation: 'softmax' })]), [2, 2, 1])
 * model.layers[1]!.parameterCount // 64
 */
export function defineLayer<F extends Fields = Record<never, never>>(
  own: OwnLayer<F>,
): OwnFactory<Options<F>, LayerSpec> {
  const { name, options = {} as F, inputs = 'one', role = 'activation' } = own
  type Own = Spec<string, F>
  const shapeOf = (spec: Own, shapes: readonly Shape[]): Shape =>
    own.outputShape ? checkShape(own.outputShape(spec, shapes)) : shapes[0]!
  const definition: LayerDefinition<Own> = {
    className: name,
    fields: options,
    role,
    inputs,
    outputShape: shapeOf,
    parameters: (spec, shapes) => own.parameters?.(spec, shapes).map(parameterOf) ?? [],
    multiplyAdds: (spec, shapes) => own.multiplyAdds?.(spec, shapes) ?? 0,
    lower(spec, lowering) {
      const shapes = lowering.inputs.map(({ shape }) => shape)
      const known = (own.parameters?.(spec, shapes) ?? []).map(parameter => parameter.name)
      const expected = shapeOf(spec, shapes)
      const output = own.lower(spec, { ...lowering, emit: checkedEmit(name, lowering, known) })
      if (sameShape(output.shape, expected)) return output
      throw new HeddleError(
        `The layer ${name} declares the output ${formatShape(expected)}, and its lower returns ${formatShape(output.shape)}. Make them the same.`,
      )
    },
  }
  return layers.define(name, definition as never) as OwnFactory<Options<F>, LayerSpec>
}

function parameterOf({ role = 'kernel', ...parameter }: OwnParameter): ParameterSpec {
  const [outputs = 1] = parameter.shape
  return { ...parameter, role, fans: { fanIn: sizeOf(parameter.shape) / outputs, fanOut: outputs } }
}

function checkShape(shape: unknown): Shape {
  if (
    Array.isArray(shape) &&
    shape.length > 0 &&
    shape.every(axis => Number.isSafeInteger(axis) && axis >= 1)
  )
    return shape
  throw new UsageError(`its outputShape must return a list of whole numbers from 1 on, not ${show(shape)}.`)
}

/** Throws a `HeddleError` for a parameter that the layer does not declare. */
function checkedEmit(name: string, { emit }: Lowering, known: readonly string[]): Lowering['emit'] {
  return (kind, call) => {
    const stranger = call.parameters?.find(parameter => !known.includes(parameter))
    if (stranger === undefined) return emit(kind, call)
    throw new HeddleError(
      `The layer ${name} gives the op ${kind} the parameter "${stranger}", which its parameters do not list: ${known.join(', ') || 'none'}.`,
    )
  }
}
