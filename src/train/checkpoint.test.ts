import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomFlip, randomRotation } from '../data/augment/index.ts'
import type { Dataset } from '../data/dataset.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import type { Backend } from '../engine/backend.ts'
import { nativeBackend } from '../engine/backends/native/native.ts'
import { referenceBackend } from '../engine/backends/reference.ts'
import { readSafetensors, writeSafetensors } from '../model/files/safetensors.ts'
import { sequential } from '../model/graph.ts'
import type { Weights } from '../model/weights.ts'
import { createNetwork } from '../network/network.ts'
import { batchNormalization, conv2d, dense, dropout, flatten, maxPooling2d } from '../nn/layers/index.ts'
import { adagrad, adam, nadam, rmsprop, sgd } from '../nn/optimizers/index.ts'
import { exponentialDecay } from '../nn/schedules/schedule.ts'
import type { History } from '../protocol/events.ts'
import { csvLogger } from './callbacks/csv-logger.ts'
import { earlyStopping } from './callbacks/early-stopping.ts'
import { type Checkpoint, checkpointFromSafetensors, checkpointToSafetensors } from './checkpoint.ts'
import { fit } from './fit.ts'
import type { TrainOptions } from './options.ts'

let data: Dataset
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-checkpoint-'))
  const mini = await loadDataset(fashionMnistMini())
  data = { ...mini, train: mini.train.first(90), test: mini.test.first(30) }
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Everything that remembers: moving statistics, masks, slots. */
const model = sequential([
  conv2d({ filters: 3, kernelSize: 3, strides: 3 }),
  batchNormalization(),
  maxPooling2d(),
  flatten(),
  dropout({ rate: 0.4 }),
  dense({ units: 10, activation: 'softmax' }),
])

const base: TrainOptions = {
  optimizer: adam(),
  loss: 'sparseCategoricalCrossentropy',
  epochs: 4,
  batchSize: 16,
  validationSplit: 0.2,
  topK: 3,
}

interface Outcome {
  readonly history: unknown
  readonly weights: Weights
}

/** Trains, from a checkpoint or from the start; `onCheckpoint` gets one wherever one can be made. */
async function run(
  options: TrainOptions,
  backend: Backend,
  more: {
    readonly from?: Checkpoint
    readonly onCheckpoint?: (checkpoint: Checkpoint) => Promise<void>
  } = {},
): Promise<Outcome> {
  const network = createNetwork(model, { inputShape: data.imageShape, seed: 3, backend })
  const { from, onCheckpoint } = more
  const history = await fit(network, data, {
    ...options,
    seed: 3,
    from,
    checkpoints: {
      due: () => onCheckpoint !== undefined,
      save: async checkpoint => onCheckpoint!(checkpoint),
    },
  })
  return { history, weights: network.weights }
}

/** Through a file, as a process that comes later reads it. */
async function throughFile(checkpoint: Checkpoint, name = 'checkpoint'): Promise<Checkpoint> {
  const path = join(folder, name)
  await writeSafetensors(path, checkpointToSafetensors(checkpoint))
  return checkpointFromSafetensors(await readSafetensors(path), path)
}

const backends = [
  ['native', nativeBackend({ threads: 2 })],
  ['reference', referenceBackend()],
] as const

describe.each(backends)('on the %s backend', (_, backend) => {
  test.each([
    ['Adam', {}],
    [
      'SGD with momentum, a schedule and augmentation',
      {
        optimizer: sgd({
          momentum: 0.9,
          learningRate: exponentialDecay({ initialLearningRate: 0.1, decaySteps: 3, decayRate: 0.9 }),
        }),
        augmentation: [randomFlip({ mode: 'horizontal' }), randomRotation({ factor: 0.1 })],
      },
    ],
    ['SGD, which has no state', { optimizer: sgd() }],
    ['Adagrad, whose state starts elsewhere', { optimizer: adagrad() }],
    ['centered RMSprop', { optimizer: rmsprop({ centered: true, momentum: 0.9 }), evaluateTraining: true }],
    [
      'a moving average of the weights, with clipped gradients',
      {
        optimizer: sgd({
          momentum: 0.9,
          globalClipNorm: 1,
          useEma: true,
          emaMomentum: 0.9,
          emaOverwriteFrequency: 7,
        }),
      },
    ],
    ['Nadam without shuffling', { optimizer: nadam(), shuffle: false }],
  ] satisfies [string, Partial<TrainOptions>][])(
    '%s goes on to the bit from every place',
    async (_name, options) => {
      const settings = { ...base, ...options }
      const checkpoints: Checkpoint[] = []
      const whole = await run(settings, backend, {
        onCheckpoint: async checkpoint => void checkpoints.push(await throughFile(checkpoint)),
      })
      expect(await run(settings, backend)).toEqual(whole)
      // Within epochs, between them, and behind the last step.
      const places = checkpoints.map(({ train }) => [train.epoch, train.done] as const)
      expect(places.some(([, done]) => done > 0 && done < 71)).toBe(true)
      expect(places).toEqual(
        expect.arrayContaining([
          [1, 0],
          [3, 71],
          [4, 0],
        ]),
      )
      for (const from of checkpoints) expect(await run(settings, backend, { from })).toEqual(whole)
    },
  )
})

test('a training resumed again and again ends as the one that never stopped', async () => {
  const backend = nativeBackend({ threads: 1 })
  const whole = await run(base, backend)
  let from: Checkpoint | undefined
  for (let i = 0; i < 40; i++) {
    let latest: Checkpoint | undefined
    const stop = new Error('stopped here')
    const onCheckpoint = async (checkpoint: Checkpoint): Promise<void> => {
      if (from && checkpoint.train.step <= from.train.step) return
      latest = await throughFile(checkpoint)
      throw stop
    }
    const ended = await run(base, backend, { ...(from && { from }), onCheckpoint }).catch(error => {
      expect(error).toBe(stop)
      return null
    })
    if (ended) {
      expect(i).toBeGreaterThan(10)
      expect(ended).toEqual(whole)
      return
    }
    from = latest
  }
  expect.unreachable()
})

test('callbacks go on too: what early stopping waits for and restores, and the lines of a log', async () => {
  const backend = nativeBackend({ threads: 1 })
  const settings = (name: string): TrainOptions => ({
    ...base,
    epochs: 30,
    optimizer: sgd({ learningRate: 0.3 }),
    callbacks: [
      earlyStopping({ patience: 3, restoreBestWeights: true }),
      csvLogger({ path: join(folder, `${name}.csv`) }),
    ],
  })
  const log = (name: string): string => readFileSync(join(folder, `${name}.csv`), 'utf8')
  const whole = await run(settings('whole'), backend)
  const epochs = (whole.history as History).loss!.length
  expect(epochs).toBeLessThan(30)
  for (const stopAt of [1, 2, epochs - 1]) {
    const name = `stopped-${stopAt}`
    let from: Checkpoint | undefined
    const onCheckpoint = async (checkpoint: Checkpoint): Promise<void> => {
      if (checkpoint.train.epoch === stopAt && checkpoint.train.done === 0)
        from = await throughFile(checkpoint)
      // It is killed later than its last checkpoint: its log is ahead.
      if (checkpoint.train.epoch > stopAt) throw new Error('killed')
    }
    await run(settings(name), backend, { onCheckpoint }).catch(() => null)
    expect(await run(settings(name), backend, { from: from! })).toEqual(whole)
    expect(log(name)).toBe(log('whole'))
  }
})

test('a checkpoint of another model, optimizer or format is refused', async () => {
  const backend = referenceBackend()
  let made: Checkpoint | undefined
  await run({ ...base, epochs: 1 }, backend, {
    onCheckpoint: async checkpoint => {
      made = checkpoint
    },
  })
  const from = made!
  await expect(run({ ...base, optimizer: sgd() }, backend, { from })).rejects.toThrow(
    'The checkpoint holds optimizer numbers that this training does not have: it belongs to another model or optimizer.',
  )
  const weights = new Map([...from.train.weights, ['dense/bias', new Float32Array(3)]])
  await expect(run(base, backend, { from: { ...from, train: { ...from.train, weights } } })).rejects.toThrow(
    'The parameters "dense/bias" must be 10 numbers, received 3: the checkpoint belongs to another model or optimizer.',
  )
  const file = checkpointToSafetensors(from)
  expect(() => checkpointFromSafetensors({ ...file, metadata: {} }, 'a.file')).toThrow(
    'a.file is not a checkpoint of Heddle.',
  )
  expect(() =>
    checkpointFromSafetensors({ ...file, metadata: { ...file.metadata, heddle: '2' } }, 'a.file'),
  ).toThrow('a.file was written by a newer Heddle (format 2, this one reads 1).')
})

test('Ctrl-C leaves a checkpoint of where it was', async () => {
  const controller = new AbortController()
  const saved: Checkpoint[] = []
  const network = createNetwork(model, { inputShape: data.imageShape, seed: 3 })
  const training = fit(network, data, {
    ...base,
    seed: 3,
    signal: controller.signal,
    checkpoints: { due: () => false, save: checkpoint => void saved.push(checkpoint) },
    onEvent: event => event.type === 'step' && event.step === 7 && controller.abort(new Error('enough')),
  })
  await expect(training).rejects.toThrow('enough')
  expect(saved).toHaveLength(1)
  expect(saved[0]!.train.step).toBeGreaterThanOrEqual(8)
  const resumed = await run(base, nativeBackend({ threads: 1 }), { from: saved[0]! })
  expect(resumed).toEqual(await run(base, nativeBackend({ threads: 1 })))
})
