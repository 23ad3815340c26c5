import { describe, expect, test } from 'vitest'
import { parseAugmentation } from '../data/augment/index.ts'
import { activation, conv2d, dense, dropout, parseLayer } from '../nn/layers/index.ts'
import { adam, sgd } from '../nn/optimizers/index.ts'
import { earlyStopping } from '../train/callbacks/early-stopping.ts'
import { trainSpec } from '../train/options.ts'
import { hintFor } from './keras-names.ts'

const train = (options: object) =>
  trainSpec({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', ...options } as never)

describe('a name that users of Keras or PyTorch type is answered with the name in Heddle', () => {
  test.each<[() => unknown, string]>([
    [() => adam({ lr: 0.1 } as never), 'unknown option "lr". Heddle calls it learningRate.'],
    [() => adam({ learning_rate: 0.1 } as never), 'Did you mean "learningRate"?'],
    [() => sgd({ weight_decay: 0.1 } as never), 'adamw({ weightDecay }) has it'],
    [() => adam({ clipnorm: 1 } as never), 'Did you mean "clipNorm"?'],
    [() => adam({ beta_1: 0.9 } as never), 'Did you mean "beta1"?'],
    [() => dense({ units: 3, activation: 'swish' as never }), "Heddle calls it 'silu'."],
    [() => dense({ units: 3, activation: 'ReLU' as never }), 'Did you mean "relu"?'],
    [() => conv2d({ filters: 3, kernel_size: 3 } as never), 'Did you mean "kernelSize"?'],
    [() => conv2d({ filters: 3, kernelSize: 3, padding: 'SAME' as never }), 'Did you mean "same"?'],
    [() => conv2d({ out_channels: 3, kernelSize: 3 } as never), 'Heddle calls it filters.'],
    [() => dropout({ rate: 0.3, trainable: false } as never), 'Only layers with weights have it'],
    [() => dense({ units: 3, name: 'head' } as never), 'graph({'],
    [() => dropout({ dropout_rate: 0.3 } as never), 'dropout({ rate }) calls it rate.'],
    [() => activation({ activation: 'leaky_relu' as never }), 'Did you mean "leakyRelu"?'],
    [() => parseLayer({ kind: 'Conv2D' }, 'a'), 'Did you mean "conv2d"?'],
    [() => parseLayer({ kind: 'MaxPool2D' }, 'a'), 'Heddle calls it maxPooling2d'],
    [() => parseLayer({ kind: 'BatchNorm2d' }, 'a'), 'Heddle calls it batchNormalization.'],
    [() => parseLayer({ kind: 'InputLayer' }, 'a'), 'Heddle takes the input shape from the data.'],
    [() => parseAugmentation({ kind: 'RandomFlip' }, 'a'), 'Did you mean "randomFlip"?'],
    [() => parseAugmentation({ kind: 'MixUp' }, 'a'), 'Did you mean "mixup"?'],
    [() => train({ nb_epoch: 3 }), 'Heddle calls it epochs.'],
    [() => earlyStopping({ monitor: 'val_acc' as never }), "Heddle calls it 'valAccuracy'."],
    [() => dense({ units: 3, activation: 'selu' as never }), "'elu' is the nearest"],
    [() => dense({ units: 3, activation: 'hard_swish' as never }), "Heddle calls it 'hardSilu'."],
    [() => train({ batch_size: 3 }), 'Did you mean "batchSize"?'],
    [() => train({ metrics: ['acc'] }), "Heddle calls it 'accuracy'."],
    [
      () => train({ loss: 'sparse_categorical_crossentropy' }),
      'Did you mean "sparseCategoricalCrossentropy"?',
    ],
    [() => train({ loss: 'mse' }), "Heddle calls it 'meanSquaredError'."],
    [
      () => train({ loss: { kind: 'meanSquaredError', labelSmoothing: 0.1 } }),
      'sparseCategoricalCrossentropy and categoricalCrossentropy have labelSmoothing.',
    ],
    [() => train({ loss: (a: number) => a }), 'a function is not a loss. Options are plain values'],
    [() => train({ callbacks: [{ kind: 'ReduceLROnPlateau' }] }), 'Did you mean "reduceLROnPlateau"?'],
    [() => train({ callbacks: [{ kind: 'ModelCheckpoint' }] }), 'Did you mean "modelCheckpoint"?'],
    [
      () => train({ callbacks: [{ kind: 'TerminateOnNaN' }] }),
      'Every training stops when the loss is not finite.',
    ],
    [() => train({ callbacks: [() => 1] }), 'fit(…, { onEvent }) calls your function'],
    [() => train({ optimizer: 'Adam' }), 'Did you mean "adam"?'],
  ])('%s', (make, answer) => expect(make).toThrow(answer))
})

test('a typing error still gets the nearest name, and a stranger nothing', () => {
  expect(hintFor('fliters', ['filters', 'units'])).toBe(' Did you mean "filters"?')
  expect(hintFor('constructor', ['filters'])).toBe('')
  expect(hintFor('x'.repeat(1e6), ['filters'])).toBe('')
})
