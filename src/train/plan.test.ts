import { beforeAll, expect, test } from 'vitest'
import type { Dataset } from '../data/dataset.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import { sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { type TrainOptions, trainSpec } from './options.ts'
import { isKept, planTraining } from './plan.ts'

let data: Dataset
beforeAll(async () => {
  data = await loadDataset(fashionMnistMini())
})

const planned = (options: Partial<TrainOptions> = {}, units = 10) =>
  planTraining(
    buildModel(sequential([flatten(), dense({ units, activation: 'softmax' })]), data.imageShape),
    data,
    {
      spec: trainSpec({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', ...options }),
      seed: 1,
    },
  )

test('a plan has everything that follows: sides, batch size, steps, and no weights or changes that are not asked for', () => {
  const plan = planned({ validationSplit: 0.2, batchSize: 64 })
  expect(plan.train).toHaveLength(1200)
  expect(plan.validation!.indices).toHaveLength(300)
  expect(plan).toMatchObject({
    batchSize: 64,
    stepsPerEpoch: 19,
    classWeights: null,
    augment: null,
    notices: [],
  })
})

test('a batch is never larger than the examples are many', () => {
  expect(planned({ batchSize: 5000 })).toMatchObject({ batchSize: 1500, stepsPerEpoch: 1 })
})

test('what cannot be trained is refused before the first step', () => {
  expect(() => planned({}, 9)).toThrow('The network has 9 outputs, but')
  expect(() => planned({ topK: 11 })).toThrow("topK: 11 is more than the network's 10 classes.")
  expect(() => planned({ classWeight: { Bags: 2 } })).toThrow('Did you mean "Bag"?')
})

test('of a run, at most a thousand steps are kept, evenly spaced, the first among them', () => {
  const kept = (epochs: number, stepsPerEpoch: number): number[] => {
    const plan = {
      spec: trainSpec({ optimizer: 'sgd', loss: 'categoricalCrossentropy', epochs }),
      stepsPerEpoch,
    }
    return Array.from({ length: epochs * stepsPerEpoch }, (_, step) => step).filter(step =>
      isKept(step, plan),
    )
  }
  expect(kept(2, 10)).toEqual(Array.from({ length: 20 }, (_, step) => step))
  expect(kept(10, 100)).toHaveLength(1000)
  expect(kept(10, 101)).toHaveLength(505)
  expect(kept(10, 101).slice(0, 3)).toEqual([0, 2, 4])
})
