import { expect, test } from 'vitest'
import { createNetwork, dense, flatten, sequential } from '../index.ts'
import { latencyOf } from './latency.ts'

const network = createNetwork(sequential([flatten(), dense({ units: 3 })]), { inputShape: [2, 2, 1] })

test('the median of many calls', async () => {
  const measured = await latencyOf(network)
  expect(measured).toBeGreaterThan(0)
  expect(measured).toBeLessThan(200)
})

test('one call is enough where each takes longer than all may', async () => {
  let now = 0
  expect(await latencyOf(network, { clock: () => (now += 1000) })).toBe(1000)
  // When it began, for each of both loops, and before and after the call: no second call was made.
  expect(now).toBe(6000)
})
