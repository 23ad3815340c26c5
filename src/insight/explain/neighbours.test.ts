import { expect, test } from 'vitest'
import { sequential } from '../../model/graph.ts'
import { createNetwork } from '../../network/network.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import { Neighbourhood } from './neighbours.ts'

test('the most similar image comes first, and of equally similar ones the first', async () => {
  const network = createNetwork(sequential([flatten(), dense({ units: 2, activation: 'softmax' })]), {
    inputShape: [1, 2, 1],
    seed: 1,
  })
  // The images 1, 2 and 4 are one and the same.
  const known = await Neighbourhood.of(network, Uint8Array.of(0, 9, 9, 0, 9, 0, 9, 9, 9, 0))
  const nearest = await known.nearest(Uint8Array.of(5, 0), 4)
  expect(nearest.map(({ index }) => index)).toEqual([1, 2, 4, 3])
})
