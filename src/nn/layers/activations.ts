import { type Definition, family } from '../../base/family.ts'
import { custom, type Field, number, oneOf } from '../../base/schema.ts'
import { type ActivationAttributes, activationAttributes } from '../../ops/activation.ts'
import type { Lowering, Value } from './layer.ts'

export const activationNames = [
  'linear',
  'relu',
  'sigmoid',
  'tanh',
  'softmax',
  'elu',
  'gelu',
  'silu',
  'leakyRelu',
  'relu6',
  'hardSigmoid',
  'hardSilu',
  'softplus',
  'softsign',
  'mish',
] as const

type ActivationName = (typeof activationNames)[number]

/** A name, or one of the two activations that have a parameter. */
export type Activation =
  | ActivationName
  | { readonly kind: 'elu'; readonly alpha: number }
  | { readonly kind: 'leakyRelu'; readonly negativeSlope: number }

/** The defaults of Keras' functions `elu` and `leaky_relu`. */
const defaultSlopes = { elu: 1, leakyRelu: 0.2 } as const

const sloped = family('activation', {
  elu: {
    fields: {
      /** What −∞ goes to, negated; at least 0. */
      alpha: number(defaultSlopes.elu, { min: 0 }),
    },
  } as Definition<Extract<Activation, { kind: 'elu' }>>,
  leakyRelu: {
    fields: {
      /** The slope below 0, at least 0. */
      negativeSlope: number(defaultSlopes.leakyRelu, { min: 0 }),
    },
  } as Definition<Extract<Activation, { kind: 'leakyRelu' }>>,
})

/** The option `activation` of a layer. */
export function activationField(fallback?: Activation): Field<Activation, Activation> {
  const names = oneOf(activationNames)
  return custom(
    fallback,
    (value, path) => {
      const kind = (value as { kind?: unknown } | null | undefined)?.kind
      const isSloped = typeof kind === 'string' && Object.hasOwn(sloped.definitions, kind)
      return isSloped ? sloped.parse(value, path) : names.parse(value, path)
    },
    { ...sloped.form, plain: names.form },
  )
}

/** Adds the op of an activation, or none for `linear`. */
export function lowerActivation(activation: Activation, value: Value, lowering: Lowering): Value {
  const call = { inputs: [value], outputShape: value.shape }
  if (activation === 'linear') return value
  if (activation === 'softmax') return lowering.emit('softmax', { ...call, attributes: {} })
  return lowering.emit('activation', { ...call, attributes: attributesOf(activation) })
}

function attributesOf(activation: Exclude<Activation, 'linear' | 'softmax'>): ActivationAttributes {
  if (activation === 'relu6') return activationAttributes('clippedRelu', { limit: 6 })
  if (activation === 'elu' || activation === 'leakyRelu') {
    return activationAttributes(activation, { slope: defaultSlopes[activation] })
  }
  if (typeof activation === 'string') return activationAttributes(activation)
  const slope = activation.kind === 'elu' ? activation.alpha : activation.negativeSlope
  return activationAttributes(activation.kind, { slope })
}
