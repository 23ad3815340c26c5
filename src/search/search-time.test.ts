import { expect, test } from 'vitest'
import { oneByOne, searchTime, trainingTime } from './search-time.ts'

test('with one worker, the time of the search is that of all trainings', () => {
  expect(searchTime(600, oneByOne)).toBe(600)
  expect(trainingTime(600, oneByOne)).toBe(600)
})

test('workers side by side train for longer in the same time, those of earlier sessions as they did', () => {
  const before = { trained: 1200, elapsed: 300 }
  const clock = { workers: 2, before }
  expect(searchTime(1200, clock)).toBe(300)
  expect(searchTime(600, clock)).toBe(150)
  expect(searchTime(1400, clock)).toBe(400)
  expect(trainingTime(400, clock)).toBe(1400)
  // A budget that was spent before leaves less than nothing.
  expect(trainingTime(200, clock)).toBe(1000)
})
