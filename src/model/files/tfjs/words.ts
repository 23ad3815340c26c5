import { definitionOf, parseLayer } from '../../../nn/layers/index.ts'
import type { ModelLayer } from '../../model.ts'
import { definitionOfClass } from '../keras/layer-options.ts'
import { type KerasWords, keras2, type Part, withOwnActivation } from '../keras/words.ts'

// Source: the layers of @tensorflow/tfjs-layers 4.22.0, https://github.com/tensorflow/tfjs/tree/master/tfjs-layers/src.

/** Layers of Keras that TensorFlow.js has, and Heddle too. */
const CLASSES = new Set([
  ...['Activation', 'ELU', 'LeakyReLU', 'PReLU', 'ReLU', 'Softmax'],
  ...['Add', 'Average', 'Concatenate', 'Maximum', 'Multiply'],
  ...['AveragePooling1D', 'AveragePooling2D', 'MaxPooling1D', 'MaxPooling2D'],
  ...['GlobalAveragePooling1D', 'GlobalAveragePooling2D', 'GlobalMaxPooling1D', 'GlobalMaxPooling2D'],
  ...['Conv1D', 'Conv2D', 'DepthwiseConv2D', 'SeparableConv2D', 'Dense'],
  ...['BatchNormalization', 'LayerNormalization', 'Rescaling'],
  ...['Dropout', 'GaussianNoise', 'SpatialDropout1D'],
  ...['Cropping2D', 'Flatten', 'InputLayer', 'Permute', 'Reshape', 'UpSampling2D', 'ZeroPadding2D'],
])

/** Activations that have no name there, but a layer. */
const UNNAMED = { leakyRelu: { kind: 'leakyRelu', negativeSlope: 0.2 } } as const

/** TensorFlow.js understands the words of Keras 2, and has fewer layers. */
export const tfjsWords: KerasWords = {
  ...keras2,
  program: 'TensorFlow.js',
  partsOf: layer => substitutes(layer) ?? withOwnActivation(layer.layer, UNNAMED),
  refusal(className, config) {
    if (!CLASSES.has(className))
      return `TensorFlow.js has no layer like ${className}. Replace it, and train again.`
    const { activation } = config
    if (activation === 'hard_sigmoid' || activation === 'hard_silu')
      return `TensorFlow.js does not have the activation ${activation} of Keras 3. Train it with another one.`
    return definitionOfClass(className)?.keras?.tfjs?.refused?.(config, className) ?? null
  },
  // It has one class for all of them.
  regularizer: (_, { l1 = 0, l2 = 0 }) => ({ class_name: 'L1L2', config: { l1, l2 } }),
}

function substitutes({ layer, inputShapes, outputShape }: ModelLayer): readonly Part[] | null {
  const shapes = { channels: inputShapes[0]!.at(-1)!, outputShape }
  const others = definitionOf(layer).keras?.tfjs?.instead?.(layer, shapes) ?? null
  return (
    others?.map(({ layer, ...rest }, i) => ({
      ...rest,
      layer: parseLayer(layer, 'layer'),
      suffix: i === 0 ? '' : `.${i + 1}`,
    })) ?? null
  )
}
