/**
 * Report 001 (S. Hochmuth): what activations at the end of a network of one-dimensional convolutions do to it.
 *
 * Stated: every layer (236 filters, printed five times, though its sibling 000 has 256), dropout rates, pool sizes,
 * one-hot labels, pixels from 0 to 255 (it prints arrays of them and mentions no scaling). Assumed: categorical cross-entropy,
 * batch size 128 and 10 epochs (the template's, as in report 000). Chosen as what comes nearest to the printed accuracies
 * (bench/optimizer-sweep.ts, docs/log.md): Adadelta with Keras' learning rate of 0.001.
 */
import {
  type Activation,
  batchNormalization,
  conv1d,
  dense,
  dropout,
  experiment,
  fashionMnist,
  flatten,
  maxPooling1d,
  reshape,
  sequential,
} from 'heddle'

interface Template {
  readonly poolSize?: number
  readonly firstRate?: number
}

const network = (heads: readonly Activation[], { poolSize = 2, firstRate = 0.2 }: Template = {}) =>
  sequential([
    reshape({ targetShape: [28, 28] }),
    conv1d({ filters: 236, kernelSize: 2 }),
    maxPooling1d({ poolSize }),
    dropout({ rate: firstRate }),
    batchNormalization(),
    conv1d({ filters: 128, kernelSize: 2 }),
    maxPooling1d({ poolSize }),
    dropout({ rate: 0.2 }),
    batchNormalization(),
    flatten(),
    ...heads.map(activation => dense({ units: 10, activation })),
  ])

export default experiment({
  name: 'activation-heads',
  data: fashionMnist(),
  models: {
    'model-1': network(['softmax']),
    'model-2': network(['softmax', 'sigmoid'], { poolSize: 3, firstRate: 0.3 }),
    'model-3': network(['relu', 'sigmoid']),
    'model-4': network(['tanh']),
    'model-5': network(['sigmoid', 'softmax', 'relu']),
  },
  train: {
    optimizer: 'adadelta',
    loss: 'categoricalCrossentropy',
    epochs: 10,
    batchSize: 128,
    pixelRange: 'raw',
    validationData: 'test',
  },
})
