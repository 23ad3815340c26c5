/**
 * Report 004 (COMP 475), section 6.3: the hyper-parameters that it recommends to search, from its own network on.
 *
 *     heddle search report-004-search --workers 2
 *
 * Stated: what to vary (learning rate, batch size, epochs with early stopping, convolutions and their filters, dense units,
 * dropout, L2, augmentation by rotation, scaling and flipping) and its network, which is the starting point. Assumed: the
 * ranges; `same` padding and smaller learning rates on a plateau as further choices; a tenth of the training images for
 * validation instead of a fifth, for the starting point as well.
 */
import {
  adam,
  asha,
  choice,
  conv2d,
  dense,
  dropout,
  earlyStopping,
  fashionMnist,
  flatten,
  intRange,
  l2,
  logUniform,
  maxPooling2d,
  randomFlip,
  randomRotation,
  randomZoom,
  reduceLROnPlateau,
  search,
  sequential,
  uniform,
} from 'heddle'

export default search({
  experiment: {
    name: 'report-004-search',
    data: fashionMnist(),
    train: {
      optimizer: adam(),
      loss: 'categoricalCrossentropy',
      epochs: 10,
      batchSize: 64,
      validationSplit: 0.1,
      augmentation: [
        randomFlip({ mode: 'horizontal' }),
        randomRotation({ factor: 0 }),
        randomZoom({ heightFactor: 0 }),
      ],
      callbacks: [
        reduceLROnPlateau({ monitor: 'valLoss', patience: 1, factor: 0.5 }),
        earlyStopping({ monitor: 'valLoss', patience: 3, restoreBestWeights: true }),
      ],
    },
  },
  space: {
    // 6.3.1: hyper-parameters of training.
    learningRate: logUniform(3e-4, 3e-3),
    batchSize: choice([32, 64, 128]),
    epochs: choice([10, 14]),
    earlyStopping: choice([false, true]),
    reduceLROnPlateau: choice([false, true]),
    // 6.3.2: the architecture.
    convolutions: choice([2, 3]),
    filters: intRange(16, 48, { step: 8 }),
    padding: choice(['valid', 'same']),
    units: intRange(64, 256, { step: 64 }),
    hidden: choice([1, 2]),
    // 6.3.3: regularisation.
    rate: uniform(0, 0.5),
    l2: choice([0, 1e-5, 1e-4]),
    // 6.3.4: augmentation.
    randomFlip: choice([false, true]),
    'randomRotation.factor': uniform(0, 0.03),
    'randomZoom.heightFactor': uniform(0, 0.1),
  },
  model({ convolutions, filters, padding, units, hidden, rate, l2: strength }) {
    const kernelRegularizer = strength === 0 ? null : l2({ l2: strength })
    const convolution = (width: number) =>
      conv2d({ filters: width, kernelSize: 3, padding, activation: 'relu', kernelRegularizer })
    return sequential([
      convolution(filters),
      maxPooling2d(),
      convolution(2 * filters),
      maxPooling2d(),
      ...(convolutions === 3 ? [convolution(2 * filters)] : []),
      flatten(),
      ...(rate > 0 ? [dropout({ rate })] : []),
      ...Array.from({ length: hidden }, () => dense({ units, activation: 'relu', kernelRegularizer })),
      dense({ units: 10, activation: 'softmax' }),
    ])
  },
  // The report's own network and training.
  start: {
    convolutions: 3,
    filters: 32,
    padding: 'valid',
    units: 64,
    hidden: 2,
    rate: 0,
    l2: 0,
    randomFlip: false,
    earlyStopping: false,
    reduceLROnPlateau: false,
  },
  scheduler: asha({ minEpochs: 3 }),
  minutes: 20,
  repeats: { top: 1, seeds: 5 },
})
