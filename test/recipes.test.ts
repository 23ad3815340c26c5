import { fashionMnistMini, loadDataset } from 'heddle'
import { expect, test } from 'vitest'
import { goals, modelOf, trainAndTest, withoutTest } from '../recipes/fashion-mnist-94.ts'

test('the recipe of 94 % trains a step of each goal, and gives the same bits again', async () => {
  const all = await loadDataset(fashionMnistMini())
  const data = withoutTest({ ...all, train: all.train.take([...Array(300).keys()]) }, 44)
  expect([data.train.count, data.test.count]).toEqual([256, 44])
  const outcomes = []
  for (const goal of Object.values(goals)) outcomes.push(await trainAndTest({ ...goal, epochs: 1 }, data, 1))
  for (const { accuracy, trainSeconds, testSeconds } of outcomes) {
    expect(accuracy).toBeGreaterThanOrEqual(0)
    expect(Math.min(trainSeconds, testSeconds)).toBeGreaterThan(0)
  }
  const again = await trainAndTest({ ...Object.values(goals)[0]!, epochs: 1 }, data, 1)
  expect(again.accuracy).toBe(outcomes[0]!.accuracy)
})

test('what is chosen by never holds a test image', async () => {
  const all = await loadDataset(fashionMnistMini())
  const { train, test: held } = withoutTest(all, 100)
  expect(held.images).toEqual(all.train.slice(all.train.count - 100, all.train.count).images)
  expect(train.count).toBe(all.train.count - 100)
})

test('three poolings, each behind the first convolution of its stage', () => {
  for (const goal of Object.values(goals)) {
    const pools = modelOf(goal).nodes.filter(({ layer }) => layer.kind === 'maxPooling2d')
    expect(pools).toHaveLength(3)
  }
})
