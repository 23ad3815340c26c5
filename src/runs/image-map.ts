import { sizeOf } from '../base/shape.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Backend } from '../engine/backend.ts'
import { lastHiddenLayer, pcaEmbedding } from '../insight/explain/embedding.ts'
import { umapEmbedding } from '../insight/explain/umap.ts'
import { INPUT } from '../model/graph.ts'
import type { Model } from '../model/model.ts'
import { layerNamed } from '../network/network-part.ts'
import { predict } from '../network/predict.ts'
import type { Split } from '../protocol/data.ts'
import type { Embedding, ImageMap } from '../protocol/explanations.ts'
import type { RunStore } from '../store/store.ts'
import { storedData, storedModel } from './stored.ts'

interface MapQuestion {
  readonly split: Split
  readonly method: Embedding['method']
  /** `null`: the last hidden one. */
  readonly layer: string | null
  readonly seed: number
  readonly backend: Backend
  readonly loading?: LoadOptions
  readonly onProgress?: (text: string) => void
  readonly signal?: AbortSignal
}

/** More points than this are a cloud. */
const MOST_POINTS = 10_000
/** What a layer makes of all images stays below half a gigabyte. */
const MOST_NUMBERS = 120_000_000

/** The images of a run on a plane, as a layer of its network sees them. */
export async function mapOfRun(store: RunStore, id: string, question: MapQuestion): Promise<ImageMap> {
  const { split, method, seed, backend, loading, onProgress, signal } = question
  const run = await store.run(id)
  const data = await storedData(store, run, loading)
  const network = await storedModel(store, run, backend)
  const layer = question.layer ?? lastHiddenLayer(network.model)
  const most = Math.min(MOST_POINTS, Math.floor(MOST_NUMBERS / widthOf(network.model, layer)))
  const { count } = data[split]
  const step = Math.max(1, Math.ceil(count / most))
  const indices = Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step)
  const { images, labels } = data[split].take(indices)
  const asked = { images, layer, pixelRange: network.about.pixelRange, onProgress, signal }
  const embedding =
    method === 'pca' ? await pcaEmbedding(network, asked) : await umapEmbedding(network, { ...asked, seed })
  const answers = await predict(network, images)
  return {
    ...embedding,
    points: embedding.points.map(([x, y]) => [short(x), short(y)]),
    split,
    of: count,
    indices,
    labels: [...labels],
    predicted: answers.map(answer => answer.class),
    confidence: answers.map(({ probability }) => short(probability)),
  }
}

function widthOf(model: Model, layer: string): number {
  return sizeOf(layer === INPUT ? model.inputShape : layerNamed(model, layer).outputShape)
}

/** More digits cannot be seen. */
function short(value: number): number {
  return Number(value.toPrecision(5))
}
