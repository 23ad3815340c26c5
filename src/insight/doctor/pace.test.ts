import { describe, expect, test } from 'vitest'
import { fashionMnistMini, loadDataset } from '../../data/source.ts'
import { sequential } from '../../model/graph.ts'
import { batchNormalization, dense, flatten } from '../../nn/layers/index.ts'
import { adam } from '../../nn/optimizers/index.ts'
import { cosineDecay, exponentialDecay, piecewiseConstantDecay } from '../../nn/schedules/schedule.ts'
import { earlyStopping } from '../../train/callbacks/early-stopping.ts'
import { learningRateScheduler } from '../../train/callbacks/learning-rate-scheduler.ts'
import { experiment } from '../../train/experiment.ts'
import type { TrainOptions } from '../../train/options.ts'
import { lintExperiment } from './index.ts'
import { paceRules } from './pace.ts'

const data = await loadDataset(fashionMnistMini())
const model = sequential([flatten(), batchNormalization(), dense({ units: 10, activation: 'softmax' })])

/** What these rules find; 1500 training images in batches of 32 are 47 steps an epoch. */
function found(train: Partial<TrainOptions>): string[] {
  const made = experiment({
    name: 'pace',
    data: fashionMnistMini(),
    models: { model },
    train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 10, ...train },
  })
  return lintExperiment(made, data)
    .filter(({ rule }) => paceRules.some(({ id }) => id === rule))
    .map(({ rule, severity, message }) => `${rule}, ${severity}: ${message}`)
}

const steps = Math.ceil(data.train.count / 32) * 10
const rated = (
  learningRate: ReturnType<typeof cosineDecay | typeof exponentialDecay | typeof piecewiseConstantDecay>,
) => ({
  optimizer: adam({ learningRate }),
})

describe('a schedule fits the length of the training', () => {
  test.each([
    ['as long as the training', rated(cosineDecay({ initialLearningRate: 0.01, decaySteps: steps }))],
    [
      'with a warm-up',
      rated(
        cosineDecay({ initialLearningRate: 0, warmupTarget: 0.01, warmupSteps: 40, decaySteps: steps - 40 }),
      ),
    ],
    ['that ends higher', rated(cosineDecay({ initialLearningRate: 0.01, decaySteps: 100, alpha: 0.1 }))],
    [
      'of epochs',
      {
        callbacks: [
          learningRateScheduler({ schedule: cosineDecay({ initialLearningRate: 0.01, decaySteps: 10 }) }),
        ],
      },
    ],
  ] as const)('%s: nothing is found', (_, train) => expect(found(train)).toEqual([]))

  test.each([
    [
      'epochs where steps are counted',
      rated(cosineDecay({ initialLearningRate: 0.01, decaySteps: 10 })),
      `schedule-pace, error: cosineDecay: for about 97 % of the training the learning rate is next to zero, and the network learns very little. The training has ${steps} steps.`,
    ],
    [
      'steps where epochs are counted',
      {
        callbacks: [
          learningRateScheduler({
            schedule: exponentialDecay({ initialLearningRate: 0.01, decaySteps: 1000, decayRate: 0.9 }),
          }),
        ],
      },
      'schedule-pace, warning: exponentialDecay: the learning rate changes by 0.1 % in the whole training. The training has 10 epochs.',
    ],
    [
      'boundaries behind the end',
      rated(piecewiseConstantDecay({ boundaries: [1e6], values: [0.01, 0.001] })),
      `schedule-pace, warning: piecewiseConstantDecay: the learning rate changes by 0.0 % in the whole training. The training has ${steps} steps.`,
    ],
  ] as const)('%s', (_, train, message) => expect(found(train)).toEqual([message]))
})

describe('early stopping is patient', () => {
  test.each([
    [earlyStopping({ patience: 3, restoreBestWeights: true }), []],
    [
      earlyStopping(),
      [
        'impatient-stopping, warning: earlyStopping has the patience 0: it stops at the first epoch that is not better than the best one.',
      ],
    ],
    [
      earlyStopping({ patience: 4 }),
      [
        'impatient-stopping, warning: earlyStopping ends 4 epochs after the best one, and the network keeps the weights of the last.',
      ],
    ],
  ])('%#', (callback, messages) => {
    expect(found({ callbacks: [callback], validationSplit: 0.2 })).toEqual(messages)
  })
})

describe('averages have had their time', () => {
  test('of a batch normalisation', () => {
    const [message] = found({ epochs: 1, batchSize: 100 })
    const short = Math.ceil(data.train.count / 100)
    expect(message).toBe(
      `slow-averages, warning: After all ${short} steps, the moving mean and variance of "batch_normalization" still hold ${Math.round(100 * 0.99 ** short)} % of their start: its momentum is 0.99.`,
    )
  })

  test('of the weights', () => {
    expect(found({ optimizer: adam({ useEma: true }) })).toEqual([])
    expect(found({ optimizer: adam({ useEma: true, emaMomentum: 0.999 }) })).toEqual([
      `slow-averages, warning: After all ${steps} steps, the averaged weights still hold ${Math.round(100 * 0.999 ** steps)} % of the initial ones: emaMomentum is 0.999.`,
    ])
  })
})
