import { optionalImport } from '../../base/optional-package.ts'
import { RandomStream, seedField } from '../../base/random.ts'
import { integer, number } from '../../base/schema.ts'
import type { Network } from '../../network/network.ts'
import type { Embedding } from '../../protocol/explanations.ts'
import { principalAxes, project } from '../statistics/principal-axes.ts'
import { type EmbeddingQuestion, layerRows } from './embedding.ts'

export interface UmapOptions extends EmbeddingQuestion {
  readonly seed?: number
  /** How many neighbours each image is kept near to: few show small groups, many the whole. */
  readonly neighbors?: number
  /** How near points may lie, from 0. */
  readonly minDist?: number
}

/** Distances are measured along at most this many principal axes. */
const AXES = 50

const neighborsField = integer(15, { min: 2 })
const minDistField = number(0.1, { min: 0, max: 1 })

/**
 * Images on a plane where those that a layer sees as alike lie together: groups mean something, distances between groups little.
 * One seed gives one picture: neighbours are searched exactly, and all random numbers come from the seed.
 * Throws a `UsageError` for a bad option or layer, a `HeddleError` for too few images.
 * Source: McInnes, Healy and Melville (2018), https://arxiv.org/abs/1802.03426; computed by umap-js.
 *
 * @example
 * const { test } = await loadDataset(fashionMnistMini())
 * const network = createNetwork(sequential([flatten(), dense({ units: 8 }), dense({ units: 10 })]), { inputShape: [28, 28, 1] })
 * const { points } = await umapEmbedding(network, { images: test.first(30).images, neighbors: 5 })
 * points.length // 30
 */
export async function umapEmbedding(network: Network, options: UmapOptions): Promise<Embedding> {
  const seed = seedField.parse(options.seed ?? 1, 'umap: seed')
  const neighbors = neighborsField.parse(options.neighbors ?? 15, 'umap: neighbors')
  const minDist = minDistField.parse(options.minDist ?? 0.1, 'umap: minDist')
  const rows = await layerRows(network, options, neighbors + 1)
  const axes = principalAxes(rows, { count: AXES })
  const { values, width } = rows.width > AXES ? { values: project(rows, axes), width: axes.count } : rows
  const { UMAP } = await optionalImport('umap-js', () => import('umap-js'))
  const stream = new RandomStream(seed).split('umap')
  let position = 0
  const umap = new UMAP({ nNeighbors: neighbors, minDist, random: () => stream.uniform(position++) })
  const { indices, distances } = nearestNeighbors(values, width, neighbors)
  umap.setPrecomputedKNN(indices, distances)
  // With neighbours at hand, only the number of rows is read.
  const epochs = umap.initializeFit(Array.from({ length: rows.count }, (_, i) => [i]))
  const points = umap.getEmbedding()
  startingPoints(project(rows, axes), axes.count).forEach((start, i) => {
    points[i]!.splice(0, start.length, ...start)
  })
  for (let epoch = 0; epoch < epochs; epoch++) umap.step()
  return {
    method: 'umap',
    layer: rows.layer,
    points: points.map(([x, y]) => [x!, y!]),
    about: { seed, neighbors, minDist },
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

/** Each row's nearest rows, itself first, as UMAP counts them. */
function nearestNeighbors(
  values: ArrayLike<number>,
  width: number,
  neighbors: number,
): { readonly indices: number[][]; readonly distances: number[][] } {
  const count = values.length / width
  const [indices, distances]: [number[][], number[][]] = [[], []]
  const squares = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      let sum = 0
      for (let k = 0; k < width; k++) sum += (values[i * width + k]! - values[j * width + k]!) ** 2
      squares[j] = j === i ? -1 : sum
    }
    const nearest = Int32Array.from(squares.keys())
      .sort((a, b) => squares[a]! - squares[b]! || a - b)
      .subarray(0, neighbors)
    indices.push([...nearest])
    distances.push(Array.from(nearest, j => Math.sqrt(Math.max(0, squares[j]!))))
  }
  return { indices, distances }
}
