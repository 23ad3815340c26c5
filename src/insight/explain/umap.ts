import { RandomStream, seedField } from '../../base/random.ts'
import { integer, number } from '../../base/schema.ts'
import { percent } from '../../base/text.ts'
import type { Network } from '../../network/network.ts'
import { type Embedding, usualUmap } from '../../protocol/explanations.ts'
import { nearestRows } from '../statistics/nearest-rows.ts'
import { principalAxes, project } from '../statistics/principal-axes.ts'
import { umapLayout } from '../statistics/umap-layout.ts'
import { type EmbeddingQuestion, layerRows, sampleOf } from './embedding.ts'

export interface UmapOptions extends EmbeddingQuestion {
  readonly seed?: number
  /** How many neighbours each image is kept near to, itself among them: few show small groups, many the whole. */
  readonly neighbors?: number
  /** How near points may lie, from 0. */
  readonly minDist?: number
}

/** Distances are measured along at most this many principal axes, brought near to the right ones this often: their span matters, not each. */
const [AXES, ITERATIONS] = [50, 4]

const neighborsField = integer(undefined, { min: 2 })
const minDistField = number(undefined, { min: 0, max: 1 })

/**
 * Images on a plane where those that a layer sees as alike lie together: groups mean something, distances between groups little.
 * One seed gives one picture: neighbours are searched exactly, and all random numbers come from the seed.
 * Throws a `UsageError` for a bad option or layer, a `HeddleError` for too few images.
 * Source: McInnes, Healy and Melville (2018), https://arxiv.org/abs/1802.03426.
 *
 * @example
 * const { test } = await loadDataset(fashionMnistMini())
 * const network = createNetwork(sequential([flatten(), dense({ units: 8 }), dense({ units: 10 })]), { inputShape: [28, 28, 1] })
 * const { points } = await umapEmbedding(network, { images: test.first(30).images, neighbors: 5 })
 * points.length // 30
 */
export async function umapEmbedding(network: Network, options: UmapOptions): Promise<Embedding> {
  const seed = seedField.parse(options.seed ?? usualUmap.seed, 'umap: seed')
  const neighbors = neighborsField.parse(options.neighbors ?? usualUmap.neighbors, 'umap: neighbors')
  const minDist = minDistField.parse(options.minDist ?? usualUmap.minDist, 'umap: minDist')
  const rows = await layerRows(network, options, neighbors + 1)
  const { onProgress, signal } = options
  onProgress?.('Finding the directions of the largest variance')
  const axes = principalAxes(sampleOf(rows), { count: AXES, iterations: ITERATIONS })
  const places = project(rows, axes)
  const said = (what: string) => (share: number) => onProgress?.(`${what}: ${percent(share, 0)}`)
  const near = await nearestRows({ values: places, width: axes.count }, neighbors - 1, {
    signal,
    onProgress: said('Finding the neighbours of each image'),
  })
  const points = new Float64Array(2 * rows.count)
  startingPoints(places, axes.count).forEach((start, i) => {
    points.set(start, 2 * i)
  })
  const random = quickNumbers(new RandomStream(seed).split('umap').uniform(0))
  await umapLayout(near, { minDist, points, random, signal, onProgress: said('Laying out the map') })
  return {
    method: 'umap',
    layer: rows.layer,
    points: Array.from({ length: rows.count }, (_, i) => [points[2 * i]!, points[2 * i + 1]!]),
    about: { seed, neighbors, minDist },
  }
}

/** Numbers in [0, 1) that are drawn by the million: Marsaglia's xorshift (2003) with 32 bits. */
function quickNumbers(start: number): () => number {
  let state = Math.floor(start * 2 ** 32) | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/**
 * The first places of the points, `[x, y]` each, or `[x]` if there is one axis: their first two principal axes, scaled so that the largest x is 10 or −10. It keeps far
 * groups apart better than a random start: Kobak and Linderman (2021), https://doi.org/10.1038/s41587-020-00809-z.
 */
export function startingPoints(places: Float64Array, axes: number): number[][] {
  const count = places.length / axes
  let largest = Number.MIN_VALUE
  for (let i = 0; i < count; i++) largest = Math.max(largest, Math.abs(places[i * axes]!))
  return Array.from({ length: count }, (_, i) =>
    Array.from(places.subarray(i * axes, i * axes + Math.min(2, axes)), place => (10 * place) / largest),
  )
}
