import type { Shape } from '../../../base/shape.ts'
import { activation } from '../../../nn/layers/activation.ts'
import type { Activation } from '../../../nn/layers/activations.ts'
import { type LayerSpec, parseLayer } from '../../../nn/layers/index.ts'
import type { ModelLayer } from '../../model.ts'

export type Json = Readonly<Record<string, unknown>>

/** One of the layers that stand for a layer of Heddle, one after the other. */
export interface Part {
  readonly layer: LayerSpec
  /** What follows the layer's name in its own; the part without it has the weights. */
  readonly suffix: '' | `.${string}`
  /** Weights by name, where they are options in Heddle. */
  readonly weights?: Readonly<Record<string, Float32Array>>
  /** What is not quite the same. */
  readonly remark?: string
}

/** How a program spells the models of Keras. */
export interface KerasWords {
  readonly program: string
  readonly batchShape: 'batch_shape' | 'batch_input_shape'
  /** Keys and weights have the names of Keras 2, where a layer's definition has others (`formerly`). */
  readonly isOld: boolean
  partsOf(layer: ModelLayer): readonly Part[]
  /** Why the program does not have a layer, and what to do; `null`: it has. */
  refusal(className: string, config: Json): string | null
  regularizer(className: string, config: Json): Json
  /** A layer or a model. */
  named(className: string, config: Json): Json
  /** The entry of a layer that names its inputs. */
  reading(inputs: readonly string[], shapes: ReadonlyMap<string, Shape>): unknown
}

/** Activations with parameters are layers of their own, such as ELU; so are those of `others`, which have no name. */
export function withOwnActivation(
  layer: LayerSpec,
  others: Readonly<Record<string, Activation>> = {},
): Part[] {
  const given = 'activation' in layer ? (layer.activation as Activation) : 'linear'
  const own = typeof given === 'string' ? others[given] : given
  if (own === undefined) return [{ layer, suffix: '' }]
  if (layer.kind === 'activation') return [{ layer: activation({ activation: own }), suffix: '' }]
  return [
    { layer: parseLayer({ ...layer, activation: 'linear' }, 'layer'), suffix: '' },
    { layer: activation({ activation: own }), suffix: '.activation' },
  ]
}

export const keras3: KerasWords = {
  program: 'Keras 3',
  batchShape: 'batch_shape',
  isOld: false,
  partsOf: ({ layer }) => withOwnActivation(layer),
  refusal: () => null,
  regularizer: (className, config) => ({
    module: 'keras.regularizers',
    class_name: className,
    config,
    registered_name: null,
  }),
  // As Keras writes them: Functional has no public name there.
  named: (className, config) =>
    className === 'Functional'
      ? { module: 'keras.src.models.functional', class_name: className, config, registered_name: className }
      : {
          module: className === 'Sequential' ? 'keras' : 'keras.layers',
          class_name: className,
          config,
          registered_name: null,
        },
  reading(inputs, shapes) {
    const tensors = inputs.map(name => ({
      class_name: '__keras_tensor__',
      config: { shape: [null, ...shapes.get(name)!], dtype: 'float32', keras_history: [name, 0, 0] },
    }))
    return { args: tensors.length === 1 ? tensors : [tensors], kwargs: {} }
  },
}

function named(className: string, config: Json): Json {
  return { class_name: className, config }
}

/** Names that were the same before Keras 3 but another function, or none. */
const NEW_ACTIVATIONS = ['hard_sigmoid', 'hard_silu']

/** Keras 3 reads these files too. */
export const keras2: KerasWords = {
  ...keras3,
  program: 'Keras 2',
  batchShape: 'batch_input_shape',
  isOld: true,
  refusal: (_, { activation: name }) =>
    NEW_ACTIVATIONS.includes(String(name))
      ? `Keras 2 does not have the activation ${name} of Keras 3.`
      : null,
  regularizer: named,
  named,
  reading: inputs => inputs.map(name => [name, 0, 0, {}]),
}
