/**
 * Report 003: six networks for three classes.
 *
 * Stated: the layers and parameter counts (420,739; 420,995 with batch normalisation), which layers are regularised, ten
 * epochs, pixels in [0, 1], the three classes. Model 1 keeps the ten outputs of the tutorial it came from.
 * Inferred from the printed losses: models 2 to 6 end in softmax and their loss applies another one. Its floor with three
 * classes is ln(1 + 2/e) = 0.551445, and they lie above it by their errors and their L2 penalty
 * (docs/decisions/0007-loss-semantics.md).
 * Assumed: Adam, batch size 32, relu, the dropout rate 0.3. Chosen as what comes nearest to the printed losses: L2 with
 * Keras' default of 0.01 (docs/log.md).
 */
import {
  activation,
  batchNormalization,
  conv2d,
  dense,
  dropout,
  experiment,
  fashionMnist,
  flatten,
  l2,
  maxPooling2d,
  relabel,
  sequential,
  sparseCategoricalCrossentropy,
} from 'heddle'

const RATE = 0.3
const penalty = l2()

const convolution = (filters: number) =>
  conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' })

const head = (kernelRegularizer: typeof penalty | null = null) => [
  flatten(),
  dense({ units: 128, activation: 'relu', kernelRegularizer }),
  dense({ units: 3, activation: 'softmax', kernelRegularizer }),
]

const plain = [convolution(32), maxPooling2d(), convolution(64), maxPooling2d()]

const dropped = [
  convolution(32),
  dropout({ rate: RATE }),
  maxPooling2d(),
  convolution(64),
  dropout({ rate: RATE }),
  maxPooling2d(),
]

// The relu of its convolutions stands in layers of its own.
const normalized = [
  conv2d({ filters: 32, kernelSize: 3, padding: 'same' }),
  dropout({ rate: RATE }),
  activation({ activation: 'relu' }),
  maxPooling2d(),
  conv2d({ filters: 64, kernelSize: 3, padding: 'same', kernelRegularizer: penalty }),
  batchNormalization(),
  activation({ activation: 'relu' }),
  dropout({ rate: RATE }),
  maxPooling2d(),
]

export default experiment({
  name: 'three-class',
  data: relabel(fashionMnist(), { Top: [0, 2, 3, 4, 6], Bottom: [1, 5, 7, 9], Accessories: [8] }),
  models: {
    'model-1': sequential([flatten(), dense({ units: 128, activation: 'relu' }), dense({ units: 10 })]),
    'model-2': sequential([...plain, ...head()]),
    'model-3': sequential([...plain, ...head(penalty)]),
    'model-4': sequential([...dropped, ...head()]),
    'model-5': sequential([...dropped, ...head(penalty)]),
    'model-6': sequential([...normalized, ...head(penalty)]),
  },
  train: {
    optimizer: 'adam',
    loss: sparseCategoricalCrossentropy({ fromLogits: true, semantics: 'literal' }),
    epochs: 10,
    batchSize: 32,
    validationData: 'test',
  },
  overrides: { 'model-1': { spareOutputs: true } },
})
