import { describe, expect, test } from 'vitest'
import { engine } from '../../test/support/engines.ts'
import { UsageError } from '../base/errors.ts'
import type { Dataset } from '../data/dataset.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import { sequential } from '../model/graph.ts'
import { evaluate } from '../network/evaluate.ts'
import { createNetwork, type Network } from '../network/network.ts'
import { averagePooling2d, dense, flatten } from '../nn/layers/index.ts'
import { sgd } from '../nn/optimizers/index.ts'
import type { TrainEvent } from '../protocol/events.ts'
import { classWeightsOf } from './class-weights.ts'
import { type FitOptions, fit } from './fit.ts'
import { trainSpec } from './options.ts'
import { type Plan, planTraining } from './plan.ts'
import { train } from './train.ts'

const data: Dataset = await loadDataset(fashionMnistMini())
const loss = 'sparseCategoricalCrossentropy'
const options = { optimizer: sgd({ learningRate: 0.25 }), loss, epochs: 1 } satisfies FitOptions
const model = sequential([
  averagePooling2d({ poolSize: 4 }),
  flatten(),
  dense({ units: 10, activation: 'softmax' }),
])
const networkOf = (): Network =>
  createNetwork(model, { inputShape: data.imageShape, seed: 1, backend: engine })

describe('the weight of each class', () => {
  const names = ['Top', 'Bottom', '0', 'Bag']

  test('is given by name or label, 1 otherwise; a name is stronger than a label', () => {
    expect([...classWeightsOf({ Bag: 4, 1: 0.5 }, names)]).toEqual([1, 0.5, 1, 4])
    expect([...classWeightsOf({ 0: 3 }, names)]).toEqual([1, 1, 3, 1])
    expect([...classWeightsOf({}, names)]).toEqual([1, 1, 1, 1])
    expect([...classWeightsOf({ Bag: 4 }, names, 6)]).toEqual([1, 1, 1, 4, 1, 1])
  })

  test.each([
    [
      { bag: 4 },
      'train: classWeight has no class "bag". Did you mean "Bag"? The classes are Top (0), Bottom (1), 0 (2), Bag (3).',
    ],
    [{ 4: 2 }, 'train: classWeight has no class "4". The classes are Top (0), Bottom (1), 0 (2), Bag (3).'],
    [{ '01': 2 }, 'train: classWeight has no class "01".'],
    [{ Bag: 4, 3: 4 }, 'train: classWeight gives the class "Bag" (3) two weights.'],
  ])('%j is refused', (option, message) => {
    const weights = () => classWeightsOf(option as Record<string, number>, names)
    expect(weights).toThrow(UsageError)
    expect(weights).toThrow(message)
  })
})

test.each([
  [{ Bag: -1 }, 'train: classWeight.Bag must be a number of at least 0, not -1.'],
  [{ Bag: Number.NaN }, 'train: classWeight.Bag must be a number of at least 0, not NaN.'],
  [{ 8: Number.POSITIVE_INFINITY }, 'train: classWeight.8 must be a number of at least 0, not Infinity.'],
  [{ Bag: '4' }, 'train: classWeight.Bag must be a number of at least 0, not "4".'],
  [[1, 2], 'train: classWeight must be weights by class, such as { Bag: 4 }, not [1,2].'],
  [4, 'train: classWeight must be weights by class, such as { Bag: 4 }, not 4.'],
])('the option %j is refused', (classWeight, message) => {
  expect(() => trainSpec({ ...options, classWeight: classWeight as never })).toThrow(new UsageError(message))
})

test('the option is frozen JSON', () => {
  const given = { Bag: 4 }
  const spec = trainSpec({ ...options, classWeight: given })
  given.Bag = 5
  expect(spec.classWeight).toEqual({ Bag: 4 })
  expect(Object.isFrozen(spec.classWeight)).toBe(true)
  expect(trainSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec)
})

describe('training', () => {
  test('with every class at 2 is training at twice the rate; what is measured afterwards has no weights', async () => {
    const [weighted, fast] = [networkOf(), networkOf()]
    const classWeight = Object.fromEntries(data.classNames.map(name => [name, 2]))
    const common = { ...options, validationSplit: 0.2, evaluateTraining: true }
    const history = await fit(weighted, data, { ...common, classWeight })
    const other = await fit(fast, data, { ...common, optimizer: sgd({ learningRate: 0.5 }) })
    expect(weighted.weights).toEqual(fast.weights)
    expect(history.loss![0]).toBeCloseTo(2 * other.loss![0]!, 12)
    for (const name of ['accuracy', 'valLoss', 'valAccuracy', 'trainLoss', 'trainAccuracy'] as const) {
      expect(history[name], name).toEqual(other[name])
    }
  })

  test('with one class at 0 never learns it; a heavy class is found more often', async () => {
    const bags = data.test.take(data.test.ofClass(8))
    const found = async (weight: number): Promise<number> => {
      const network = networkOf()
      await fit(network, data, { ...options, epochs: 3, classWeight: { Bag: weight } })
      return (await evaluate(network, bags, { loss })).accuracy
    }
    const [never, plain, heavy] = [await found(0), await found(1), await found(50)]
    expect(never).toBe(0)
    expect(heavy).toBeGreaterThan(plain)
  })

  test('of an unknown class is refused before it starts', async () => {
    const seen: TrainEvent[] = []
    const classWeight = { Bags: 4 }
    const running = fit(networkOf(), data, { ...options, classWeight, onEvent: event => seen.push(event) })
    await expect(running).rejects.toThrow(
      'classWeight has no class "Bags". Did you mean "Bag"? The classes are',
    )
    expect(seen).toEqual([])
  })

  test('of a plan are by output, and may be named by label or by class', async () => {
    const planned = (classWeight: Record<string, number>) =>
      planTraining(networkOf().model, data, { spec: trainSpec({ ...options, classWeight }), seed: 1 })
    const { classWeights } = planned({ 8: 4 })
    expect(classWeights).toEqual(Float64Array.from({ length: 10 }, (_, label) => (label === 8 ? 4 : 1)))
    expect(planned({ Bag: 4 }).classWeights).toEqual(classWeights)
    const weightsAfter = async (plan: Plan) => {
      const network = networkOf()
      for await (const _ of train({ ...plan, network }));
      return network.weights
    }
    expect(await weightsAfter(planned({ Bag: 4 }))).not.toEqual(await weightsAfter(planned({})))
    expect(await weightsAfter(planned({ Bag: 4 }))).toEqual(await weightsAfter(planned({ 8: 4 })))
  })
})
