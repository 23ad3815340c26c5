import { expect, test } from 'vitest'
import { RunningMean } from './running-mean.ts'

test('batches count by their examples', () => {
  const mean = new RunningMean()
  expect(mean.value).toBeNaN()
  mean.add(1, 32)
  expect(mean.value).toBe(1)
  mean.add(4, 16)
  expect(mean.value).toBe(2)
})
