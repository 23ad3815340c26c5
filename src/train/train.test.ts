import { describe, expect, test } from 'vitest'
import { backends } from '../../test/support/engines.ts'
import { HeddleError, UsageError } from '../base/errors.ts'
import type { Shape } from '../base/shape.ts'
import type { Dataset } from '../data/dataset.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import type { Backend } from '../engine/backend.ts'
import { referenceBackend } from '../engine/backends/reference.ts'
import { sequential } from '../model/graph.ts'
import type { Weights } from '../model/weights.ts'
import { evaluate } from '../network/evaluate.ts'
import { createNetwork, type Network } from '../network/network.ts'
import { averagePooling2d, conv2d, dense, dropout, flatten, maxPooling2d } from '../nn/layers/index.ts'
import { adam, adamw, rmsprop, sgd } from '../nn/optimizers/index.ts'
import { cosineDecay, piecewiseConstantDecay } from '../nn/schedules/schedule.ts'
import type { TrainEvent } from '../protocol/events.ts'
import { type TrainOptions, trainSpec } from './options.ts'
import { planTraining } from './plan.ts'
import { type TrainPlan, train } from './train.ts'

const data: Dataset = await loadDataset(fashionMnistMini())

const small = sequential([
  averagePooling2d({ poolSize: 4 }),
  flatten(),
  dense({ units: 12, activation: 'relu' }),
  dropout({ rate: 0.3 }),
  dense({ units: 10, activation: 'softmax' }),
])

interface Given extends Partial<TrainOptions> {
  readonly backend: Backend
  readonly count?: number
  readonly clock?: () => number
}

/** Every reading of this clock is as long after the last one as a call of the engine may take: one step for each call. */
const slowClock = (): (() => number) => {
  let now = 0
  return () => {
    now += 100
    return now
  }
}

/** Time stands still: as many steps for each call as an epoch has. */
const stoppedClock = (): number => 0

function planFor({ backend, count = 70, clock = slowClock(), ...options }: Given): TrainPlan {
  const network = createNetwork(small, { inputShape: data.imageShape, seed: 1, backend })
  const spec = trainSpec({
    optimizer: adam({ learningRate: 0.01 }),
    loss: 'sparseCategoricalCrossentropy',
    batchSize: 16,
    ...options,
  })
  const { images, labels } = data.train
  const train = { images: images.subarray(0, count * 784), labels: labels.subarray(0, count) }
  return { ...planTraining(network.model, { ...data, train }, { spec, seed: 1 }), network, clock }
}

async function collect(events: AsyncIterable<TrainEvent>): Promise<TrainEvent[]> {
  const list: TrainEvent[] = []
  for await (const event of events) list.push(event)
  return list
}

const pick = <T extends TrainEvent['type']>(events: readonly TrainEvent[], type: T) =>
  events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type)

const numbersOf = (weights: Weights): number[][] => [...weights.values()].map(values => [...values])

describe.each(backends)('on the %s backend', (_, backend) => {
  test('events come in order: start, the steps of an epoch, the epoch, …, end', async () => {
    const events = await collect(train(planFor({ backend, epochs: 2 })))
    const steps = ['step', 'step', 'step', 'step', 'step', 'epoch']
    expect(events.map(event => event.type)).toEqual(['run-start', ...steps, ...steps, 'run-end'])
    expect(events[0]).toEqual({
      type: 'run-start',
      seed: 1,
      epochs: 2,
      stepsPerEpoch: 5,
      trainCount: 70,
      validationCount: 0,
      firstStep: 0,
    })
    expect(pick(events, 'step').map(({ step, epoch, batchSize }) => [step, epoch, batchSize])).toEqual([
      ...[16, 16, 16, 16, 6].map((size, i) => [i, 0, size]),
      ...[16, 16, 16, 16, 6].map((size, i) => [5 + i, 1, size]),
    ])
    expect(events.at(-1)).toMatchObject({ type: 'run-end', epochs: 2 })
  })

  test('an epoch’s loss and accuracy are the means over its examples, the partial batch weighted by its size', async () => {
    const events = await collect(train(planFor({ backend, epochs: 2 })))
    const epochs = pick(events, 'epoch')
    expect(epochs).toHaveLength(2)
    for (const { epoch, metrics } of epochs) {
      const steps = pick(events, 'step').filter(step => step.epoch === epoch)
      const mean = (of: 'loss' | 'accuracy'): number =>
        steps.reduce((sum, step) => sum + step[of] * step.batchSize, 0) / 70
      expect(metrics.loss).toBeCloseTo(mean('loss'), 12)
      expect(metrics.accuracy).toBeCloseTo(mean('accuracy'), 12)
      expect(Object.keys(metrics)).toEqual(['loss', 'accuracy', 'learningRate'])
    }
  })

  test('every epoch shows the same examples in an order of its own', async () => {
    const still = sequential([
      averagePooling2d({ poolSize: 4 }),
      flatten(),
      dense({ units: 10, activation: 'softmax' }),
    ])
    const run = async (shuffle: boolean) => {
      // Weights that stay make a batch's loss tell which examples are in it.
      const plan = planFor({ backend, epochs: 2, shuffle, optimizer: sgd({ learningRate: 0 }) })
      const network = createNetwork(still, { inputShape: data.imageShape, backend })
      const events = await collect(train({ ...plan, network }))
      const [first, second] = pick(events, 'epoch').map(({ metrics }) => metrics.loss)
      const losses = pick(events, 'step').map(({ loss }) => loss)
      return { first: first!, second: second!, firstSteps: losses.slice(0, 5), secondSteps: losses.slice(5) }
    }
    const shuffled = await run(true)
    expect(shuffled.second).toBeCloseTo(shuffled.first, 6)
    expect(shuffled.secondSteps).not.toEqual(shuffled.firstSteps)
    const ordered = await run(false)
    expect(ordered.first).toBeCloseTo(shuffled.first, 6)
    expect(ordered.secondSteps).toEqual(ordered.firstSteps)
  })

  test('how many steps a call of the engine makes changes no number', async () => {
    const run = async (clock: () => number) => {
      const plan = planFor({ backend, epochs: 3, clock })
      const events = await collect(train(plan))
      return {
        steps: pick(events, 'step'),
        metrics: pick(events, 'epoch').map(({ metrics }) => metrics),
        weights: numbersOf(plan.network.weights),
      }
    }
    expect(await run(stoppedClock)).toEqual(await run(slowClock()))
  })

  test('nothing happens while no event is pulled', async () => {
    let readings = 0
    const clock = (): number => {
      readings++
      return 100 * readings
    }
    const events = train(planFor({ backend, epochs: 2, clock }))
    for (let i = 0; i < 4; i++) await events.next()
    const before = readings
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(readings).toBe(before)
    await events.next()
    expect(readings).toBeGreaterThan(before)
    await events.return()
  })

  test('return() ends it with the weights of the last step', async () => {
    const weightsAfter = async (steps: number): Promise<number[][]> => {
      // In order and without shuffling, the first steps are an epoch over fewer examples.
      const plan = planFor({ backend, shuffle: false, count: 16 * steps })
      await collect(train(plan))
      return numbersOf(plan.network.weights)
    }
    const plan = planFor({ backend, shuffle: false })
    const events = train(plan)
    let pulled: TrainEvent | undefined
    do pulled = (await events.next()).value as TrainEvent
    while (!(pulled.type === 'step' && pulled.step === 2))
    expect(await events.return()).toEqual({ done: true, value: undefined })
    expect(await events.next()).toEqual({ done: true, value: undefined })
    expect(numbersOf(plan.network.weights)).toEqual(await weightsAfter(3))
    expect(numbersOf(plan.network.weights)).not.toEqual(await weightsAfter(4))
  })

  test('at an epoch’s event the network has that epoch’s weights', async () => {
    const full = planFor({ backend, epochs: 2 })
    const seen: number[][][] = []
    for await (const event of train(full))
      if (event.type === 'epoch') seen.push(numbersOf(full.network.weights))
    const short = planFor({ backend, epochs: 1 })
    await collect(train(short))
    expect(seen[0]).toEqual(numbersOf(short.network.weights))
    expect(seen[1]).toEqual(numbersOf(full.network.weights))
    expect(seen[0]).not.toEqual(seen[1])
  })

  test('a schedule sets the rate of every step, and the history tells that of each epoch’s last one', async () => {
    const learningRate = cosineDecay({ initialLearningRate: 0.1, decaySteps: 9 })
    const plan = planFor({ backend, epochs: 3, optimizer: sgd({ learningRate }) })
    const weights: number[][][] = []
    const rates: number[] = []
    for await (const event of train(plan)) {
      if (event.type !== 'epoch') continue
      rates.push(event.metrics.learningRate)
      weights.push(numbersOf(plan.network.weights))
    }
    // Steps 4, 9 and 14 of a cosine over 9: at its end the rate is zero and the weights stay.
    expect(rates).toEqual([expect.closeTo(0.05 * (1 + Math.cos((Math.PI * 4) / 9)), 12), 0, 0])
    expect(weights[1]).not.toEqual(weights[0])
    expect(weights[2]).toEqual(weights[1])
  })
})

test('a network is trained by one training at a time', async () => {
  const plan = planFor({ backend: referenceBackend(), count: 16 })
  const first = train(plan)
  await first.next()
  await expect(train(plan).next()).rejects.toThrow(
    new UsageError(
      'This network is being trained already, and both trainings would write its weights. Wait until the first one has ' +
        'ended, or make another network with createNetwork.',
    ),
  )
  await first.return()
  expect((await collect(train(plan))).at(-1)!.type).toBe('run-end')
})

describe('what is not a number', () => {
  const network = (backend: Backend): Network =>
    createNetwork(
      sequential([
        conv2d({ filters: 4, kernelSize: 3, strides: 3, activation: 'relu' }),
        maxPooling2d(),
        flatten(),
        dense({ units: 8, activation: 'relu' }),
        dense({ units: 10, activation: 'softmax' }),
      ]),
      { inputShape: data.imageShape, backend },
    )

  describe.each(backends)('on the %s backend', (_, backend) => {
    test.each(['conv2d', 'dense', 'dense_1'])(
      'in the weights of %s stops the run and names it',
      async layer => {
        const plan = { ...planFor({ backend }), network: network(backend) }
        const poisoned = new Map(plan.network.weights)
        poisoned.set(
          `${layer}/kernel`,
          poisoned.get(`${layer}/kernel`)!.map((x, i) => (i === 1 ? Number.NaN : x)),
        )
        plan.network.weights = poisoned
        await expect(collect(train(plan))).rejects.toThrow(
          new HeddleError(
            'Training stopped at step 1 (epoch 1): the loss is not a finite number; the first layer whose output is not ' +
              `finite is "${layer}". The weights are those before this step. Lower the learning rate (it was 0.01), or ` +
              'look for inputs and initial weights that are too large.',
          ),
        )
        expect(numbersOf(plan.network.weights)).toEqual(numbersOf(poisoned))
      },
    )

    test('a batch with an image whose relu outputs are all zero says so, not "lower the learning rate"', async () => {
      const model = sequential([flatten(), dense({ units: 10, activation: 'relu' })])
      const dying = createNetwork(model, { inputShape: data.imageShape, backend })
      const [kernel, bias] = ['dense/kernel', 'dense/bias'].map(name => dying.weights.get(name)!)
      // A black image has the biases for outputs.
      dying.weights = new Map([
        ['dense/kernel', kernel!.map(Math.abs)],
        ['dense/bias', bias!.map(() => -1)],
      ])
      const examples = {
        images: data.train.images.slice(0, 16 * 784),
        labels: data.train.labels.slice(0, 16),
      }
      examples.images.fill(0, 0, 784)
      const plan = { ...planFor({ backend, loss: 'categoricalCrossentropy', shuffle: false, count: 16 }) }
      await expect(collect(train({ ...plan, network: dying, examples }))).rejects.toThrow(
        'Training stopped at step 1 (epoch 1): the loss is not a finite number; 1 of the 16 images of this batch has no loss: all ' +
          'outputs of the last layer are zero, and the loss divides them by their sum.',
      )
    })

    test('from a learning rate of 1e30 stops the run at its second step; the weights are those after the first', async () => {
      const optimizer = sgd({ learningRate: 1e30 })
      const plan = { ...planFor({ backend, optimizer, shuffle: false }), network: network(backend) }
      const events: TrainEvent[] = []
      const running = async (): Promise<void> => {
        for await (const event of train(plan)) events.push(event)
      }
      await expect(running()).rejects.toThrow(
        /^Training stopped at step 2 \(epoch 1\): .* is "dense(_1)?"\. .* Lower the learning rate \(it was 1e\+30\)/,
      )
      expect(events.map(event => event.type)).toEqual(['run-start', 'step'])
      const again = { ...plan, network: network(backend) }
      let first: Weights | undefined
      const onPause: TrainPlan['onPause'] = ({ step }, state) => {
        if (step === 1) first = state().weights
      }
      await expect(collect(train({ ...again, onPause }))).rejects.toThrow(HeddleError)
      expect(numbersOf(plan.network.weights)).toEqual(numbersOf(first!))
    })

    const linear = (inputShape: Shape): Network =>
      createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), {
        inputShape,
        backend,
      })
    const rates = {
      sgd: sgd({ learningRate: 1e38 }),
      adam: adam({ learningRate: 1e38 }),
      adamw: adamw({ learningRate: 1e38 }),
      rmsprop: rmsprop({ learningRate: 1e38 }),
    }

    test.each(Object.entries(rates))(
      'from the last step of %s fails the run too, which keeps its weights',
      async (_name, optimizer) => {
        const plan = { ...planFor({ backend, optimizer, count: 16 }), network: linear(data.imageShape) }
        const before = numbersOf(plan.network.weights)
        await expect(collect(train({ ...plan, spec: { ...plan.spec, pixelRange: 'raw' } }))).rejects.toThrow(
          /^Training stopped at step 1 \(epoch 1\): the update made (weights|the output) of "dense".* The weights are those that it began with\. Lower the learning rate \(it was 1e\+38\)/,
        )
        expect(numbersOf(plan.network.weights)).toEqual(before)
      },
    )

    test('from an update of a later epoch leaves the weights of the epoch before', async () => {
      const learningRate = piecewiseConstantDecay({ boundaries: [3], values: [0.01, 1e60] })
      const optimizer = sgd({ learningRate })
      const plan = {
        ...planFor({ backend, optimizer, epochs: 3, count: 64 }),
        network: linear(data.imageShape),
      }
      const epochs: number[][][] = []
      const running = async (): Promise<void> => {
        for await (const event of train(plan))
          if (event.type === 'epoch') epochs.push(numbersOf(plan.network.weights))
      }
      await expect(running()).rejects.toThrow(/The weights are those of epoch 1\./)
      expect(numbersOf(plan.network.weights)).toEqual(epochs[0])
    })

    test('is no right answer', async () => {
      const network = linear([1, 1, 1])
      network.weights = new Map([
        ['dense/kernel', new Float32Array(10).fill(Number.NaN)],
        ['dense/bias', new Float32Array(10)],
      ])
      const examples = { images: Uint8Array.of(255, 255, 0), labels: Int32Array.of(0, 0, 0) }
      const measured = await evaluate(network, examples, { loss: 'sparseCategoricalCrossentropy', topK: 1 })
      expect(measured).toEqual({ loss: Number.NaN, accuracy: 0, topKAccuracy: 0 })
    })
  })
})
