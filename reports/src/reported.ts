import type { ExperimentSpec } from 'heddle'
import activationHeads from '../../experiments/activation-heads.ts'
import basicVsStandard from '../../experiments/basic-vs-standard.ts'
import conv1dEight from '../../experiments/conv1d-eight.ts'
import threeClass from '../../experiments/three-class.ts'
import threeClassAugmented from '../../experiments/three-class-augmented.ts'
import threeConv from '../../experiments/three-conv.ts'
import { assumed, fitted, type Origins, stated, statedAs } from './origins.ts'

/** What a report prints about one model; `null` where it is silent. */
export interface ReportedModel {
  /** `000/1`: what the command line and the tables call it. */
  readonly id: string
  /** Its name in the report's first experiment. */
  readonly model: string
  readonly accuracy: number | null
  readonly loss: number | null
  readonly trainAccuracy: number | null
  readonly trainLoss: number | null
  readonly params: number | null
  readonly seconds: number | null
  readonly epochs: number | null
  /** Where each value of its training here comes from. */
  readonly origins: Origins
  /** How often it is trained here. */
  readonly runs: number
}

/** Three seeds show a spread. */
export const RUNS = 3

/** Heads whose outputs die by the draw of the weights: three draws would not show how often. */
const RUNS_OF_DYING_HEADS = 10

export interface Report {
  readonly id: string
  readonly title: string
  readonly author: string
  /** Models that the report does not print are its follow-ups. */
  readonly experiments: readonly [ExperimentSpec, ...ExperimentSpec[]]
  readonly models: readonly ReportedModel[]
  /**
   * How its training numbers were measured: `history` means over the last epoch, dropout on, as Keras' fit prints them;
   * `evaluate` after training, dropout off. `null`: it prints none.
   */
  readonly trainMeasure: 'history' | 'evaluate' | null
  /** How many decimals it prints of accuracies (shares) and losses. */
  readonly decimals: { readonly accuracy: number; readonly loss: number }
}

/** All reports tested on Fashion-MNIST's 10,000 images. */
export const REPORTED_TEST_COUNT = 10_000

type Printed = Partial<Omit<ReportedModel, 'id' | 'model' | 'origins'>>

function model(id: string, name: string, origins: Origins, printed: Printed): ReportedModel {
  return {
    id,
    model: name,
    accuracy: null,
    loss: null,
    trainAccuracy: null,
    trainLoss: null,
    params: null,
    seconds: null,
    epochs: null,
    origins,
    runs: RUNS,
    ...printed,
  }
}

/** All reports have this in common. */
const common = {
  initializers: assumed("Keras' defaults."),
  runs: assumed('The report has one run of each model, and does not state its seed.'),
} as const

const sweep = 'Nearest to the printed accuracies of five optimizers in the sweep of docs/log.md.'

const origins000: Origins = {
  ...common,
  layers: assumed(
    'Stated: filters, kernel and pool sizes. Assumed: their order (convolution, pooling, dropout, normalisation, as in report 001), and a dense layer of ten units.',
  ),
  activations: assumed('None in the convolutions, as in report 001; a softmax at the end.'),
  dropout: stated,
  optimizer: fitted(sweep),
  learningRate: fitted("Keras' default of the optimizer, chosen with it."),
  loss: assumed('Its size is that of a cross-entropy.'),
  epochs: stated,
  batchSize: stated,
  pixelRange: assumed('The report says 0 to 255 and mentions no scaling.'),
  validation: assumed('The test images; no value of the training depends on them.'),
}

const origins0001: Origins = {
  ...origins000,
  epochs: statedAs('The table says 10 and the text 20; the printed training numbers fit 10.'),
}

/** Seconds, training loss and accuracy, test loss and accuracy, epochs: the report's two tables. */
const results000 = [
  [62, 1.071, 0.622, 0.569, 0.797, 10],
  [168, 0.966, 0.664, 0.746, 0.746, 10],
  [169, 0.823, 0.713, 0.691, 0.758, 10],
  [86, 0.7, 0.749, 0.614, 0.778, 20],
  [96, 0.621, 0.779, 0.572, 0.797, 20],
  [122, 0.836, 0.716, 0.696, 0.757, 20],
  [123, 0.663, 0.772, 0.617, 0.787, 20],
  [46, 0.776, 0.729, 0.697, 0.756, 20],
] as const

const origins001: Origins = {
  ...common,
  layers: stated,
  activations: stated,
  dropout: stated,
  initializers: stated,
  optimizer: fitted(sweep),
  learningRate: fitted("Keras' default of the optimizer, chosen with it."),
  loss: assumed('Its labels are one-hot, so the loss is the categorical one.'),
  epochs: fitted('Of 10 and 20 in the sweep, 10 comes nearer to the printed accuracies.'),
  batchSize: assumed('That of report 000, which uses the same template.'),
  pixelRange: stated,
  validation: assumed('The test images; no value of the training depends on them.'),
}
const origins0012: Origins = {
  ...origins001,
  dropout: statedAs('The listing has 0.3 and 0.2; table 1 says 0.3.'),
}

/** Training loss and accuracy, test loss and accuracy: the report's table 2. */
const results001 = [
  [0.86, 0.709, 0.888, 0.695],
  [2.11, 0.34, 2.11, 0.33],
  [1.71, 0.23, 1.72, 0.235],
  [5.52, 0.058, 5.43, 0.056],
  [7.49, 0.111, 7.49, 0.108],
] as const

const origins002: Origins = {
  ...common,
  layers: stated,
  activations: stated,
  initializers: stated,
  optimizer: stated,
  learningRate: assumed("Keras' default."),
  loss: stated,
  epochs: stated,
  batchSize: assumed("Keras' default."),
  pixelRange: stated,
  validation: stated,
}

const origins003: Origins = {
  ...common,
  layers: stated,
  activations: fitted(
    'Assumed: relu. Fitted: a softmax at the end of models 2 to 6, since the printed losses lie just above the floor of a double softmax; none at the end of model 1, since its loss is too large for probabilities.',
  ),
  dropout: assumed('The report does not state the rates.'),
  l2: fitted(
    "Of 0.001 and 0.01 (Keras' default), 0.01 comes nearer to the printed loss of model 3 (docs/log.md).",
  ),
  optimizer: assumed('The report does not state it.'),
  learningRate: assumed("Keras' default."),
  loss: fitted(
    'The loss applies a softmax to whatever it is given: only then can losses of 0.56 belong to accuracies of 0.985.',
  ),
  epochs: stated,
  batchSize: assumed("Keras' default."),
  pixelRange: stated,
  validation: assumed('The test images: the report names no other validation data.'),
}

/** Test loss and accuracy, parameters. */
const results003 = [
  [11.742665, 0.9698, 101_770],
  [0.566435, 0.985, 420_739],
  [0.581192, 0.978, 420_739],
  [0.55928, 0.9922, 420_739],
  [0.572829, 0.9878, 420_739],
  [0.594231, 0.9717, 420_995],
] as const

const origins004: Origins = {
  ...common,
  layers: stated,
  activations: stated,
  initializers: stated,
  optimizer: stated,
  learningRate: stated,
  loss: stated,
  epochs: stated,
  batchSize: stated,
  pixelRange: stated,
  validation: stated,
}

export const reports: readonly Report[] = [
  {
    id: '000',
    title: 'Eight networks of one-dimensional convolutions',
    author: 'R. Phelps',
    experiments: [conv1dEight],
    trainMeasure: 'history',
    decimals: { accuracy: 3, loss: 3 },
    models: results000.map(([seconds, trainLoss, trainAccuracy, loss, accuracy, epochs], i) =>
      model(`000/${i + 1}`, `model-${i + 1}`, i === 0 ? origins0001 : origins000, {
        seconds,
        trainLoss,
        trainAccuracy,
        loss,
        accuracy,
        epochs,
      }),
    ),
  },
  {
    id: '001',
    title: 'Five heads: softmax, sigmoid, tanh and ReLU',
    author: 'S. A. Hochmuth',
    experiments: [activationHeads],
    trainMeasure: 'evaluate',
    decimals: { accuracy: 3, loss: 2 },
    models: results001.map(([trainLoss, trainAccuracy, loss, accuracy], i) =>
      model(`001/${i + 1}`, `model-${i + 1}`, i === 1 ? origins0012 : origins001, {
        trainLoss,
        trainAccuracy,
        loss,
        accuracy,
        runs: i === 0 ? RUNS : RUNS_OF_DYING_HEADS,
      }),
    ),
  },
  {
    id: '002',
    title: 'Is a second convolution worth its cost?',
    author: 'H. Hernandez',
    experiments: [basicVsStandard],
    trainMeasure: null,
    decimals: { accuracy: 4, loss: 4 },
    models: [
      model('002/basic', 'basic', origins002, {
        accuracy: 0.903,
        params: 54_000,
        epochs: 8,
      }),
      model('002/standard', 'standard', origins002, {
        accuracy: 0.9069,
        params: 121_000,
        epochs: 8,
      }),
    ],
  },
  {
    id: '003',
    title: 'Three classes instead of ten',
    author: 'Deep Learning and its applications to Signal and Image Processing, assignment 1',
    experiments: [threeClass, threeClassAugmented],
    trainMeasure: null,
    decimals: { accuracy: 4, loss: 6 },
    models: results003.map(([loss, accuracy, params], i) =>
      model(`003/${i + 1}`, `model-${i + 1}`, origins003, {
        loss,
        accuracy,
        params,
        epochs: 10,
      }),
    ),
  },
  {
    id: '004',
    title: 'Three convolutions, and what to try next',
    author: 'COMP 475: A. A. Misheni, O. Gabriel, V. Thomas',
    experiments: [threeConv],
    trainMeasure: null,
    decimals: { accuracy: 4, loss: 4 },
    models: [model('004/1', 'reported', origins004, { epochs: 10 })],
  },
]
