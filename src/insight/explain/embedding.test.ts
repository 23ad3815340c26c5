import { beforeAll, describe, expect, test } from 'vitest'
import { engine } from '../../../test/support/engines.ts'
import type { Dataset } from '../../data/dataset.ts'
import { fashionMnistMini, loadDataset } from '../../data/source.ts'
import { sequential } from '../../model/graph.ts'
import { createNetwork, type Network } from '../../network/network.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import { adam } from '../../nn/optimizers/index.ts'
import type { Embedding } from '../../protocol/explanations.ts'
import { fit } from '../../train/fit.ts'
import { layerOutputs } from './activations.ts'
import { lastHiddenLayer, pcaEmbedding } from './embedding.ts'
import { startingPoints, umapEmbedding } from './umap.ts'

let data: Dataset
let network: Network
let images: Uint8Array
beforeAll(async () => {
  data = await loadDataset(fashionMnistMini())
  const layers = [
    flatten(),
    dense({ units: 64, activation: 'relu' }),
    dense({ units: 10, activation: 'softmax' }),
  ]
  network = createNetwork(sequential(layers), { inputShape: data.imageShape, seed: 1, backend: engine })
  await fit(network, data, { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 8, seed: 1 })
  images = data.test.images.subarray(0, 200 * 784)
}, 60_000)

/** How many of each point's five nearest are of its class. */
function purity({ points }: Embedding): number {
  let same = 0
  points.forEach(([x, y], i) => {
    const nearest = points
      .map(([u, v], j) => ({ j, distance: Math.hypot(x - u, y - v) }))
      .sort((a, b) => a.distance - b.distance || a.j - b.j)
      .filter(({ j }) => j !== i)
      .slice(0, 5)
    same += nearest.filter(({ j }) => data.test.labels[j] === data.test.labels[i]).length
  })
  return same / (5 * points.length)
}

describe('UMAP', () => {
  test('one seed gives one picture, another seed another one', async () => {
    const first = await umapEmbedding(network, { images, seed: 3 })
    expect(await umapEmbedding(network, { images, seed: 3 })).toEqual(first)
    expect((await umapEmbedding(network, { images, seed: 4 })).points).not.toEqual(first.points)
    expect(first.about).toEqual({ seed: 3, neighbors: 15, minDist: 0.1 })
    expect(JSON.parse(JSON.stringify(first))).toEqual(first)
  }, 60_000)

  test('images of one class lie together, more than by PCA', async () => {
    const [umap, pca] = [await umapEmbedding(network, { images }), await pcaEmbedding(network, { images })]
    expect(purity(umap)).toBeGreaterThan(0.6)
    expect(purity(umap)).toBeGreaterThan(purity(pca))
  }, 60_000)

  test('starts from the first two principal axes, the largest x at 10', () => {
    // Three points on three axes.
    const places = Float64Array.of(1, 0.5, 9, -4, 2, 9, 2, 0, 9)
    expect(startingPoints(places, 3)).toEqual([
      [2.5, 1.25],
      [-10, 5],
      [5, 0],
    ])
    expect(startingPoints(Float64Array.of(2, -1), 1)).toEqual([[10], [-5]])
  })

  test('a layer wider than the axes that distances are measured along', async () => {
    const { layer, points } = await umapEmbedding(network, { images, layer: 'flatten' })
    expect([layer, points.length]).toEqual(['flatten', 200])
    expect(points.flat().every(Number.isFinite)).toBe(true)
  }, 60_000)

  test.each([
    [{ neighbors: 1 }, 'umap: neighbors must be a whole number of at least 2, not 1.'],
    [{ minDist: 2 }, 'umap: minDist must be a number of at least 0 and at most 1, not 2.'],
    [{ seed: -1 }, 'umap: seed must be a whole number of at least 0, not -1.'],
    [{ neighbors: 200 }, 'An embedding needs at least 201 images, received 200.'],
    [{ layer: 'dens' }, 'There is no layer "dens". Did you mean "dense"?'],
  ])('refused: %j', async (options, message) => {
    await expect(umapEmbedding(network, { images, ...options })).rejects.toThrow(message)
  })
})

test('PCA: points are centred, at right angles, with the shares of the variance that they have', async () => {
  const { points, about, layer } = await pcaEmbedding(network, { images })
  expect(layer).toBe('dense')
  const rows = await layerOutputs(network, images, { layer })
  const spread = (values: readonly number[]): number => {
    const mean = values.reduce((a, b) => a + b) / values.length
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  }
  let all = 0
  for (let k = 0; k < 64; k++) all += spread(points.map((_, i) => rows[i * 64 + k]!))
  const along = [0, 1].map(axis => points.map(point => point[axis as 0 | 1]))
  along.forEach((values, axis) => {
    expect(Math.abs(values.reduce((a, b) => a + b))).toBeLessThan(1e-6)
    expect((about as { shares: readonly number[] }).shares[axis]).toBeCloseTo(spread(values) / all, 6)
  })
  const product = points.reduce((sum, [x, y]) => sum + x * y, 0)
  expect(Math.abs(product) / Math.sqrt(spread(along[0]!) * spread(along[1]!))).toBeLessThan(1e-6)
})

test('the last hidden layer; without one, the pixels', async () => {
  expect(lastHiddenLayer(network.model)).toBe('dense')
  const linear = createNetwork(sequential([dense({ units: 3 })]), { inputShape: [4], backend: engine })
  expect(lastHiddenLayer(linear.model)).toBe('input')
  const few = Uint8Array.of(0, 0, 0, 0, 255, 0, 0, 0, 51, 0, 0, 0)
  const { points, about } = await pcaEmbedding(linear, { images: few })
  expect(points.map(([x]) => x.toFixed(3))).toEqual(['-0.400', '0.600', '-0.200'])
  expect((about as { shares: readonly number[] }).shares[0]).toBeCloseTo(1, 10)
  await expect(pcaEmbedding(linear, { images: few.subarray(0, 8) })).rejects.toThrow(
    'An embedding needs at least 3 images, received 2.',
  )
})
