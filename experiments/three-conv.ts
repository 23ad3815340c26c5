/**
 * Report 004 (COMP 475): three convolutions, and what its section 6.3 recommends to try next.
 *
 * Stated: the layers of `reported` (97,482 parameters), Adam, categorical cross-entropy, 10 epochs, batch size 64, a
 * validation split of 0.2, scaling to [0, 1]. The report prints the first epoch only (loss 0.5846, accuracy 0.7841,
 * validation 0.4175 and 0.8463) and no test result. Assumed: the follow-ups' sizes and rates, and the patience.
 */
import {
  adam,
  conv2d,
  dense,
  dropout,
  earlyStopping,
  experiment,
  fashionMnist,
  flatten,
  maxPooling2d,
  sequential,
} from 'heddle'

const convolution = (filters: number) => conv2d({ filters, kernelSize: 3, activation: 'relu' })
const hidden = (units: number) => dense({ units, activation: 'relu' })
const softmax = dense({ units: 10, activation: 'softmax' })

export default experiment({
  name: 'three-conv',
  data: fashionMnist(),
  models: {
    reported: sequential([
      convolution(32),
      maxPooling2d(),
      convolution(64),
      maxPooling2d(),
      convolution(64),
      flatten(),
      hidden(64),
      hidden(64),
      softmax,
    ]),
    // 6.3.3: dropout against over-reliance on single paths.
    dropout: sequential([
      convolution(32),
      maxPooling2d(),
      dropout({ rate: 0.2 }),
      convolution(64),
      maxPooling2d(),
      dropout({ rate: 0.2 }),
      convolution(64),
      flatten(),
      hidden(64),
      dropout({ rate: 0.3 }),
      hidden(64),
      softmax,
    ]),
    // 6.3.2: another convolution, and more filters and units.
    'four-conv': sequential([
      convolution(32),
      convolution(32),
      maxPooling2d(),
      convolution(64),
      convolution(64),
      maxPooling2d(),
      flatten(),
      hidden(128),
      softmax,
    ]),
  },
  train: {
    optimizer: adam(),
    loss: 'categoricalCrossentropy',
    epochs: 10,
    batchSize: 64,
    validationSplit: 0.2,
    // 6.3.1: stop when validation no longer improves, and go back to the best epoch.
    callbacks: [earlyStopping({ monitor: 'valLoss', patience: 3, restoreBestWeights: true })],
  },
  // The report itself trained for all ten epochs.
  overrides: { reported: { callbacks: [] } },
})
