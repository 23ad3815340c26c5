import { HeddleError } from '../../base/errors.ts'
import { plural } from '../../base/text.ts'
import type { PixelRange } from '../../data/pixels.ts'
import { INPUT } from '../../model/graph.ts'
import type { Model } from '../../model/model.ts'
import type { Network } from '../../network/network.ts'
import { definitionOf } from '../../nn/layers/index.ts'
import type { Embedding } from '../../protocol/explanations.ts'
import { principalAxes, project, type Rows } from '../statistics/principal-axes.ts'
import { layerOutputs } from './activations.ts'

/** Images, and the layer through which they are seen. */
export interface EmbeddingQuestion {
  /** `[count, height, width, channels]`, 0 to 255. */
  readonly images: Uint8Array
  /** Left out: the last hidden one (`lastHiddenLayer`). */
  readonly layer?: string
  /** That of the training. */
  readonly pixelRange?: PixelRange
  /** What is being computed, in words. */
  readonly onProgress?: ((text: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a layer makes of images, in rows. */
export interface LayerRows {
  readonly layer: string
  readonly values: ArrayLike<number>
  readonly width: number
  readonly count: number
}

/**
 * The layer whose output the last layer with weights decides by; `input` where there is no other.
 *
 * @example
 * const model = buildModel(sequential([flatten(), dense({ units: 8, activation: 'relu' }), dense({ units: 3 })]), [4, 4, 1])
 * lastHiddenLayer(model) // 'dense'
 */
export function lastHiddenLayer({ layers }: Model): string {
  const last = layers.findLast(({ layer }) => definitionOf(layer).role === 'weights')
  return last?.inputs[0] ?? INPUT
}

/** The rows of a layer. Throws a `HeddleError` for fewer than `least` images. */
export async function layerRows(
  network: Network,
  { images, layer = lastHiddenLayer(network.model), pixelRange = 'unit', onProgress }: EmbeddingQuestion,
  least: number,
): Promise<LayerRows> {
  const size = network.model.inputShape.reduce((product, axis) => product * axis, 1)
  const count = images.length / size
  if (!(count >= least))
    throw new HeddleError(`An embedding needs at least ${least} images, received ${count}.`)
  onProgress?.(`Computing the outputs of ${layer} for ${plural(count, 'image')}`)
  const values = await layerOutputs(network, images, { layer, pixelRange })
  return { layer, values, width: values.length / count, count }
}

/**
 * Images along the two directions in which what a layer makes of them varies most.
 * Throws a `UsageError` for an unknown layer, a `HeddleError` for fewer than 3 images.
 *
 * @example
 * const { test } = await loadDataset(fashionMnistMini())
 * const network = createNetwork(sequential([flatten(), dense({ units: 8 }), dense({ units: 10 })]), { inputShape: [28, 28, 1] })
 * const { layer, points } = await pcaEmbedding(network, { images: test.first(20).images })
 * const found = [layer, points.length]
 * found // ['dense', 20]
 */
export async function pcaEmbedding(network: Network, question: EmbeddingQuestion): Promise<Embedding> {
  const rows = await layerRows(network, question, 3)
  question.onProgress?.('Finding the directions of the largest variance')
  const found = principalAxes(sampleOf(rows), { count: 2 })
  const places = centred(project(rows, found), found.count)
  const all = varianceOf(rows)
  const share = (axis: number): number => {
    if (all === 0 || axis >= found.count) return 0
    let squares = 0
    for (let i = axis; i < places.length; i += found.count) squares += places[i]! ** 2
    return squares / (rows.count - 1) / all
  }
  return {
    method: 'pca',
    layer: rows.layer,
    // A layer of one number has one direction.
    points: Array.from({ length: rows.count }, (_, i) => [
      places[i * found.count]!,
      found.count > 1 ? places[i * found.count + 1]! : 0,
    ]),
    about: { shares: [share(0), share(1)] },
  }
}

/** Axes are found from evenly spaced rows of about this many numbers in all: more would take longer and change little. */
const SAMPLE_NUMBERS = 4_000_000
const SMALLEST_SAMPLE = 500

/** Evenly spaced rows, all of them if they are few. */
export function sampleOf({ values, width, count }: LayerRows): Rows {
  const step = Math.ceil(count / Math.max(SMALLEST_SAMPLE, Math.floor(SAMPLE_NUMBERS / width)))
  if (step === 1) return { values, width }
  const sampled = new Float32Array(Math.ceil(count / step) * width)
  for (let i = 0; i * step < count; i++)
    for (let k = 0; k < width; k++) sampled[i * width + k] = values[i * step * width + k]!
  return { values: sampled, width }
}

/** Columns less their means: those of a sample are not quite zero. */
function centred(places: Float64Array, columns: number): Float64Array {
  const rows = places.length / columns
  const mean = new Float64Array(columns)
  for (let i = 0; i < places.length; i++) mean[i % columns]! += places[i]! / rows
  return places.map((place, i) => place - mean[i % columns]!)
}

/** The sum of the variances of all columns. */
function varianceOf({ values, width, count }: LayerRows): number {
  const mean = new Float64Array(width)
  for (let i = 0; i < values.length; i++) mean[i % width]! += values[i]! / count
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i]! - mean[i % width]!) ** 2
  return sum / (count - 1)
}
