import { createDataset } from '../../src/data/dataset.ts'
import { referenceBackend } from '../../src/engine/backends/reference.ts'
import { sequential } from '../../src/model/graph.ts'
import { createNetwork, type Network } from '../../src/network/network.ts'
import { dense, flatten } from '../../src/nn/layers/index.ts'

const examples = {
  images: Uint8Array.from({ length: 40 }, (_, i) => (i * 37) % 256),
  labels: Int32Array.from({ length: 10 }, (_, i) => i % 2),
}

/** Ten images of 2 × 2 in two classes, for trainings of which only the files that they write matter. */
export const tinyData = createDataset({
  name: 'tiny',
  classNames: ['a', 'b'],
  imageShape: [2, 2, 1],
  train: examples,
  test: examples,
})

/** One dense layer for `tinyData`, on the plain loops. */
export function tinyNetwork(): Network {
  return createNetwork(sequential([flatten(), dense({ units: 2, activation: 'softmax' })]), {
    inputShape: tinyData.imageShape,
    backend: referenceBackend(),
  })
}
