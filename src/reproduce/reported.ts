/** What a report prints about one model; `null` where it is silent. */
export interface ReportedModel {
  /** `000/1`: what the command line and the tables call it. */
  readonly id: string
  /** In experiments/. */
  readonly experiment: string
  readonly model: string
  readonly accuracy: number | null
  readonly loss: number | null
  readonly trainAccuracy: number | null
  readonly trainLoss: number | null
  readonly params: number | null
  readonly seconds: number | null
  readonly epochs: number | null
  /** What has to be known to train it and is not printed. */
  readonly silent: readonly string[]
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
  /** In experiments/; models that the report does not print are its follow-ups. */
  readonly experiments: readonly string[]
  readonly models: readonly ReportedModel[]
  /**
   * How its training numbers were measured: `history` means over the last epoch, dropout on, as Keras' fit prints them;
   * `evaluate` after training, dropout off. `null`: it prints none.
   */
  readonly trainMeasure: 'history' | 'evaluate' | null
}

/** All reports tested on Fashion-MNIST's 10,000 images. */
export const REPORTED_TEST_COUNT = 10_000

type Printed = Partial<Omit<ReportedModel, 'id' | 'experiment' | 'model'>>

function model(id: string, [experiment, name]: readonly [string, string], printed: Printed): ReportedModel {
  return {
    id,
    experiment,
    model: name,
    accuracy: null,
    loss: null,
    trainAccuracy: null,
    trainLoss: null,
    params: null,
    seconds: null,
    epochs: null,
    silent: [],
    runs: RUNS,
    ...printed,
  }
}

const silent000 = ['optimizer', 'loss', 'activations', 'scaling of the pixels']
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

const silent001 = ['optimizer', 'loss', 'epochs', 'batch size']
/** Training loss and accuracy, test loss and accuracy: the report's table 2. */
const results001 = [
  [0.86, 0.709, 0.888, 0.695],
  [2.11, 0.34, 2.11, 0.33],
  [1.71, 0.23, 1.72, 0.235],
  [5.52, 0.058, 5.43, 0.056],
  [7.49, 0.111, 7.49, 0.108],
] as const

const silent003 = ['optimizer', 'batch size']
/** Test loss and accuracy, parameters, and what else is not printed. */
const results003 = [
  [11.742665, 0.9698, 101_770, []],
  [0.566435, 0.985, 420_739, []],
  [0.581192, 0.978, 420_739, ['strength of L2']],
  [0.55928, 0.9922, 420_739, ['dropout rates']],
  [0.572829, 0.9878, 420_739, ['dropout rates', 'strength of L2']],
  [0.594231, 0.9717, 420_995, ['dropout rates', 'strength of L2']],
] as const

export const reports: readonly Report[] = [
  {
    id: '000',
    title: 'Eight networks of one-dimensional convolutions',
    author: 'R. Phelps',
    experiments: ['conv1d-eight'],
    trainMeasure: 'history',
    models: results000.map(([seconds, trainLoss, trainAccuracy, loss, accuracy, epochs], i) =>
      model(`000/${i + 1}`, ['conv1d-eight', `model-${i + 1}`], {
        seconds,
        trainLoss,
        trainAccuracy,
        loss,
        accuracy,
        epochs,
        silent: silent000,
      }),
    ),
  },
  {
    id: '001',
    title: 'Five heads: softmax, sigmoid, tanh and ReLU',
    author: 'S. A. Hochmuth',
    experiments: ['activation-heads'],
    trainMeasure: 'evaluate',
    models: results001.map(([trainLoss, trainAccuracy, loss, accuracy], i) =>
      model(`001/${i + 1}`, ['activation-heads', `model-${i + 1}`], {
        trainLoss,
        trainAccuracy,
        loss,
        accuracy,
        silent: silent001,
        runs: i === 0 ? RUNS : RUNS_OF_DYING_HEADS,
      }),
    ),
  },
  {
    id: '002',
    title: 'Is a second convolution worth its cost?',
    author: 'H. Hernandez',
    experiments: ['basic-vs-standard'],
    trainMeasure: null,
    models: [
      model('002/basic', ['basic-vs-standard', 'basic'], {
        accuracy: 0.903,
        params: 54_000,
        epochs: 8,
        silent: ['batch size'],
      }),
      model('002/standard', ['basic-vs-standard', 'standard'], {
        accuracy: 0.9069,
        params: 121_000,
        epochs: 8,
        silent: ['batch size'],
      }),
    ],
  },
  {
    id: '003',
    title: 'Three classes instead of ten',
    author: 'Deep Learning and its applications to Signal and Image Processing, assignment 1',
    experiments: ['three-class', 'three-class-augmented'],
    trainMeasure: null,
    models: results003.map(([loss, accuracy, params, silent], i) =>
      model(`003/${i + 1}`, ['three-class', `model-${i + 1}`], {
        loss,
        accuracy,
        params,
        epochs: 10,
        silent: [...silent003, ...silent],
      }),
    ),
  },
  {
    id: '004',
    title: 'Three convolutions, and what to try next',
    author: 'COMP 475: A. A. Misheni, O. Gabriel, V. Thomas',
    experiments: ['three-conv'],
    trainMeasure: null,
    models: [model('004/1', ['three-conv', 'reported'], { epochs: 10, silent: ['test accuracy'] })],
  },
]

/** Numbers beside the results that the reports print, and that findings check. */
export const printed = {
  '000': {
    /** In points: (training loss − test loss) · 100 and (test accuracy − training accuracy) · 100. */
    deltas: [
      [50.2, 17.5],
      [22, 8.2],
      [13.2, 4.5],
      [8.6, 2.9],
      [4.9, 1.8],
      [14, 4.1],
      [4.6, 1.5],
      [7.9, 2.7],
    ],
    /** In the text, where the tables say 10 and 46. */
    textEpochsOfModel1: 20,
    textSecondsOfModel8: 45,
    /** What the text calls suffering from overfitting. */
    calledOverfitting: [1, 2, 6, 8],
  },
  '001': {
    modelsInConclusion: 8,
    oneHotLength: 9,
    labelCalledCorrectForTshirt: 1,
    accuracyDrops: [null, 36, 46, 64, 58.7],
    /** In the text, beside 0.888 in the table and elsewhere in the text. */
    textLossOfModel1: 0.88,
    /** Numbers in the printed rows of train_x[1] and test_x[1]. */
    rowLengths: [26, 27],
  },
  '002': { cost: { claim: 'half as computationally expensive', ratio: 2 } },
  '003': {
    supports: { Top: 5000, Accessories: 4000, Bottom: 1000 } as Readonly<Record<string, number>>,
    /** One against the rest, for Top, Accessories and Bottom as printed. */
    perClass: [
      [0.9867, 0.9924, 0.9913],
      [0.9918, 0.9937, 0.9959],
      [0.9873, 0.992, 0.9927],
      [0.9934, 0.9958, 0.9958],
      [0.986, 0.9914, 0.9908],
      [0.9801, 0.9859, 0.984],
    ],
    /** Of the second convolution and of the second pooling. */
    receptiveFields: [10, 16],
    betterWithoutAugmentation: [1, 1.5],
  },
  '004': {
    steps: 750,
    secondsPerEpoch: 47,
    msPerStep: 60,
    firstEpoch: { loss: 0.5846, accuracy: 0.7841, valLoss: 0.4175, valAccuracy: 0.8463 },
    /** "three convolutional layers followed by max-pooling layers". */
    poolings: 3,
  },
} as const
