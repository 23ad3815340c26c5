import { describe, expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import { RandomStream } from '../../base/random.ts'
import { createDataset, type Dataset } from '../../data/dataset.ts'
import { referenceBackend } from '../../engine/backends/reference.ts'
import { sequential } from '../../model/graph.ts'
import { createNetwork, type Network } from '../../network/network.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import { metrics } from '../../nn/metrics/index.ts'
import { sgd } from '../../nn/optimizers/index.ts'
import type { EpochMetrics, TrainEvent } from '../../protocol/events.ts'
import type { Measurements } from '../../protocol/metric.ts'
import { fit } from '../fit.ts'
import { earlyStopping, earlyStoppingCallback } from './early-stopping.ts'
import { keptEpoch } from './index.ts'

const networkOf = (): Network =>
  createNetwork(sequential([flatten(), dense({ units: 2, activation: 'softmax', useBias: false })]), {
    inputShape: [2, 1, 1],
    backend: referenceBackend(),
  })

const unmeasured: EpochMetrics = {
  loss: 1,
  accuracy: 0.5,
  learningRate: 0.01,
}

const epochEvent = (epoch: number, metrics: Measurements): TrainEvent => ({
  type: 'epoch',
  epoch,
  metrics: { ...unmeasured, ...metrics },
  trainMs: 0,
  durationMs: 0,
})

/** Feeds one number for each epoch, whose weights are filled with the epoch, until told to stop. */
async function drive(options: Parameters<typeof earlyStopping>[0], values: readonly number[]) {
  const network = networkOf()
  const notices: string[] = []
  const spec = earlyStopping(options)
  const callback = earlyStoppingCallback.create(spec, {
    network,
    rate: { scale: 1, base: null },
    onNotice: message => notices.push(message),
  })
  let stoppedAt: number | null = null
  const seen: EpochMetrics[] = []
  for (const [epoch, value] of values.entries()) {
    network.weights = new Map([['dense/kernel', new Float32Array(4).fill(epoch)]])
    seen.push({ ...unmeasured, [spec.monitor]: value })
    if ((await callback.onEvent(epochEvent(epoch, { [spec.monitor]: value }))) === 'stop') {
      stoppedAt = epoch
      break
    }
  }
  await callback.onEnd?.()
  const weightsOfEpoch = network.weights.get('dense/kernel')![0]
  // What is said of the weights without training.
  expect(keptEpoch([spec], seen)).toBe(weightsOfEpoch)
  return { stoppedAt, weightsOfEpoch, notices }
}

// What Keras 3 does, epoch by epoch: keras/src/callbacks/early_stopping.py, on_epoch_end.
describe('stops where Keras stops', () => {
  test.each<[string, Parameters<typeof earlyStopping>[0], number[], number | null]>([
    ['patience 0: the first epoch without improvement', {}, [3, 2, 1, 1.5, 0], 3],
    ['an equal number is no improvement', {}, [3, 2, 2], 2],
    ['patience 2 waits for two in a row', { patience: 2 }, [3, 4, 2, 4, 4, 0], 4],
    ['as long as it improves now and then', { patience: 2 }, [3, 4, 2, 4, 1, 4, 0.5], null],
    ['patience counts from the best epoch', { patience: 3 }, [1, 2, 2, 2, 0], 3],
    ['a gain of minDelta is too small', { minDelta: 0.5 }, [3, 2.5, 1], 1],
    ['a gain above minDelta counts', { minDelta: 0.5 }, [3, 2.25, 1.5], null],
    // The best stays 3 while gains are too small, so that they add up.
    ['small gains add up', { minDelta: 0.5, patience: 2 }, [3, 2.75, 2.25, 2.25, 2.25], 4],
    ['an accuracy improves by growing', { monitor: 'valAccuracy' }, [0.5, 0.6, 0.55], 2],
    ['so does a top-k accuracy', { monitor: 'topKAccuracy' }, [0.5, 0.6, 0.55], 2],
    ['so it does in mode max', { monitor: 'valLoss', mode: 'max' }, [0.5, 0.6, 0.55], 2],
    ['mode min turns it around', { monitor: 'accuracy', mode: 'min' }, [0.5, 0.4, 0.45], 2],
    ['minDelta in mode max', { monitor: 'accuracy', minDelta: 0.125 }, [0.5, 0.625, 0.75], 1],
    // Improving epochs return before the count is compared, but they only reset it when they beat the baseline.
    ['improvements that miss the baseline go on waiting', { baseline: 1, patience: 2 }, [5, 4, 3, 3.5], 3],
    ['improvements alone never stop', { baseline: 1, patience: 2 }, [5, 4, 3, 2.5, 2], null],
    ['the baseline once beaten', { baseline: 1, patience: 2 }, [5, 0.5, 2, 2], 3],
    ['the baseline of an accuracy', { monitor: 'accuracy', baseline: 0.9, patience: 2 }, [0.5, 0.6, 0.55], 2],
    ['epochs before startFromEpoch do not count', { startFromEpoch: 2 }, [0, 9, 5, 4, 4.5], 4],
    ['nor do they set the best', { startFromEpoch: 1, patience: 1 }, [0, 3, 2, 1], null],
    ['never after the first epoch', {}, [Number.NaN, 1, 0.5], null],
    ['what is not a number never improves', { patience: 2 }, [1, Number.NaN, Number.NaN], 2],
  ])('%s', async (_, options, values, stop) => {
    expect((await drive(options, values)).stoppedAt).toBe(stop)
  })
})

describe('restoreBestWeights', () => {
  test.each([
    ['after it stopped', [3, 1, 2, 2], 1],
    ['when training ends by itself', [3, 1, 2], 1],
    ['when the last epoch is the best', [3, 2, 1], 2],
    ['when nothing ever improved: the first weights', [Number.NaN, Number.NaN, Number.NaN], 0],
  ])('%s', async (_, values, best) => {
    const { weightsOfEpoch } = await drive({ patience: 2, restoreBestWeights: true }, values)
    expect(weightsOfEpoch).toBe(best)
  })

  test('without it the weights stay those of the last epoch', async () => {
    expect(await drive({ patience: 2 }, [3, 1, 2, 2])).toMatchObject({ stoppedAt: 3, weightsOfEpoch: 3 })
  })

  test('epochs that are not watched are not restored', async () => {
    const options = { restoreBestWeights: true, startFromEpoch: 1, patience: 5 }
    expect((await drive(options, [0, 3, 2, 4])).weightsOfEpoch).toBe(2)
  })

  test('training that ended before the first epoch keeps its weights', async () => {
    expect((await drive({ restoreBestWeights: true, startFromEpoch: 9 }, [1, 2])).weightsOfEpoch).toBe(1)
  })
})

test('it says why it stopped', async () => {
  const { notices } = await drive({ patience: 1 }, [3, 1.23456, 2])
  expect(notices).toEqual(['Stopped after epoch 3: valLoss was best at epoch 2 (1.2346).'])
})

/** Every metric of the validation, of the training and of the training examples measured again. */
const names = ['val', '', 'train'].flatMap(side =>
  metrics.map(({ name }) => `'${side === '' ? name : side + name[0]!.toUpperCase() + name.slice(1)}'`),
)

describe('errors', () => {
  test.each([
    [
      { monitor: 'val_loss' },
      `earlyStopping: monitor must be one of ${names.join(', ')}, not "val_loss". Did you mean "valLoss"?`,
    ],
    [{ patience: -1 }, 'earlyStopping: patience must be a whole number of at least 0, not -1.'],
    [{ minDelta: -0.1 }, 'earlyStopping: minDelta must be a number of at least 0, not -0.1.'],
    [{ mode: 'up' }, "earlyStopping: mode must be one of 'auto', 'min', 'max', not \"up\"."],
    [{ baseline: '1' }, 'earlyStopping: baseline must be a number, not "1".'],
    [
      { restoreBestWeight: true },
      'earlyStopping: unknown option "restoreBestWeight". Did you mean "restoreBestWeights"?',
    ],
  ])('%j', (options, message) => {
    expect(() => earlyStopping(options as never)).toThrow(UsageError)
    expect(() => earlyStopping(options as never)).toThrow(message)
  })
})

describe('in fit()', () => {
  const stream = new RandomStream(4)
  const labels = Int32Array.from({ length: 40 }, (_, i) => Number(stream.uniform(i) < 0.5))
  const images = Uint8Array.from({ length: 80 }, (_, i) => Math.floor(256 * stream.uniform(100 + i)))
  // Noise: nothing can be learnt from it.
  const noise: Dataset = createDataset({
    name: 'noise',
    classNames: ['a', 'b'],
    imageShape: [2, 1, 1],
    train: { images, labels },
    test: { images, labels },
  })
  const options = {
    optimizer: sgd({ learningRate: 5 }),
    loss: 'sparseCategoricalCrossentropy',
    epochs: 200,
  } as const

  test('it ends the training early, says so, and restores the best epoch', async () => {
    const network = networkOf()
    const notices: string[] = []
    const weights: Float32Array[] = []
    const history = await fit(network, noise, {
      ...options,
      validationSplit: 0.25,
      callbacks: [earlyStopping({ patience: 3, restoreBestWeights: true })],
      onNotice: message => notices.push(message),
      onEvent: event => {
        if (event.type === 'epoch') weights.push(network.weights.get('dense/kernel')!)
      },
    })
    const valLoss = history.valLoss!
    const best = valLoss.indexOf(Math.min(...valLoss))
    expect(valLoss.length).toBeLessThan(200)
    expect(valLoss).toHaveLength(best + 1 + 3)
    expect(network.weights.get('dense/kernel')).toEqual(weights[best])
    expect(weights[best]).not.toEqual(weights.at(-1))
    expect(notices).toEqual([
      `Stopped after epoch ${valLoss.length}: valLoss was best at epoch ${best + 1} (${valLoss[best]!.toFixed(4)}).`,
    ])
  })

  test('the best epoch is restored when the training is aborted, too', async () => {
    const network = networkOf()
    const controller = new AbortController()
    const [weights, losses]: [Float32Array[], number[]] = [[], []]
    const running = fit(network, noise, {
      ...options,
      callbacks: [earlyStopping({ monitor: 'loss', patience: 100, restoreBestWeights: true })],
      signal: controller.signal,
      onEvent: event => {
        if (event.type !== 'epoch') return
        weights.push(network.weights.get('dense/kernel')!)
        losses.push(event.metrics.loss)
        if (event.epoch === 5) controller.abort()
      },
    })
    await expect(running).rejects.toThrow('aborted')
    expect(network.weights.get('dense/kernel')).toEqual(weights[losses.indexOf(Math.min(...losses))])
  })

  test('watching what nobody measures is an error before the first step', async () => {
    const seen: string[] = []
    const running = fit(networkOf(), noise, {
      ...options,
      callbacks: [earlyStopping()],
      onEvent: event => seen.push(event.type),
    })
    await expect(running).rejects.toThrow(
      new UsageError(
        'earlyStopping watches "valLoss", which is not measured: give the training validationSplit: 0.2, or watch "loss".',
      ),
    )
    expect(seen).toEqual(['run-start'])
  })

  test('watching the training examples needs evaluateTraining', async () => {
    const callbacks = [earlyStopping({ monitor: 'trainLoss' })]
    await expect(fit(networkOf(), noise, { ...options, callbacks })).rejects.toThrow(
      'earlyStopping watches "trainLoss", which is not measured: give the training evaluateTraining: true, or watch "loss".',
    )
    await fit(networkOf(), noise, { ...options, epochs: 2, callbacks, evaluateTraining: true })
  })

  test.each([
    ['topKAccuracy', 'topK: 3'],
    ['trainTopKAccuracy', 'evaluateTraining: true and topK: 3'],
    ['valTopKAccuracy', 'validationSplit: 0.2 and topK: 3'],
  ] as const)('watching %s needs %s', async (monitor, needs) => {
    const callbacks = [earlyStopping({ monitor })]
    const measured = { ...options, epochs: 1, validationSplit: 0.5, evaluateTraining: true, callbacks }
    await expect(fit(networkOf(), noise, measured)).rejects.toThrow(
      `earlyStopping watches "${monitor}", which is not measured: give the training ${needs}, or watch "loss".`,
    )
    await fit(networkOf(), noise, { ...measured, topK: 1 })
  })
})
