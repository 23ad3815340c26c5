import { HeddleError } from '../base/errors.ts'
import { unlessAborted } from '../base/interruption.ts'
import { argMax } from '../base/maths.ts'
import { sizeOf } from '../base/shape.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Backend } from '../engine/backend.ts'
import { lastHiddenLayer, pcaEmbedding } from '../insight/explain/embedding.ts'
import { umapEmbedding } from '../insight/explain/umap.ts'
import { INPUT } from '../model/graph.ts'
import { classCountOf, type Model } from '../model/model.ts'
import { layerNamed } from '../network/network-part.ts'
import { outputsOf } from '../network/predict.ts'
import { outputKindOf } from '../network/predictions.ts'
import { confidenceAt } from '../network/temperature.ts'
import type { LossSpec } from '../nn/losses/loss.ts'
import type { Split } from '../protocol/data.ts'
import type { Embedding, ImageMap } from '../protocol/explanations.ts'
import type { RunStore } from '../store/store.ts'
import { storedData, storedModel, storedRun } from './stored.ts'

interface MapQuestion {
  readonly split: Split
  readonly method: Embedding['method']
  /** `null`: the last hidden one. */
  readonly layer: string | null
  /** Those of UMAP. */
  readonly seed: number
  readonly neighbors: number
  readonly minDist: number
  readonly backend: Backend
  readonly loading?: LoadOptions
  readonly onProgress?: (text: string) => void
  readonly signal: AbortSignal
}

/** More points than this are a cloud. */
const MOST_POINTS = 10_000
/** The images, and what a layer makes of them, stay below half a gigabyte each. */
const MOST_NUMBERS = 120_000_000

/**
 * The images of a run on a plane, as a layer of its network sees them. Throws a `HeddleError` if the network's numbers are
 * not finite, and the reason of the signal when it is aborted.
 */
export async function mapOfRun(store: RunStore, id: string, question: MapQuestion): Promise<ImageMap> {
  const { split, method, seed, neighbors, minDist, backend, loading, onProgress, signal } = question
  const run = await store.run(id)
  const { loss } = (await storedRun(store, run)).train
  const data = await unlessAborted(signal, storedData(store, run, loading))
  const network = await storedModel(store, run, backend)
  const layer = question.layer ?? lastHiddenLayer(network.model)
  const most = mostImages(network.model, layer)
  const { count } = data[split]
  const step = Math.max(1, Math.ceil(count / most))
  const indices = Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step)
  const { images, labels } = data[split].take(indices)
  const asked = { images, layer, pixelRange: network.about.pixelRange, onProgress, signal }
  // First, as it ends at once for a network that has diverged.
  const outputs = await unlessAborted(signal, outputsOf(network, images))
  const answers = answersIn(outputs, classCountOf(network.model), loss)
  const embedding = await unlessAborted(
    signal,
    method === 'pca'
      ? pcaEmbedding(network, asked)
      : umapEmbedding(network, { ...asked, seed, neighbors, minDist }),
  )
  checkFinite(embedding.points.flat(), `What the layer ${layer} makes of these images`)
  return {
    ...embedding,
    points: embedding.points.map(([x, y]) => [short(x), short(y)]),
    split,
    of: count,
    indices,
    labels: [...labels],
    ...answers,
  }
}

/** How many images a map holds: fewer where they are large, or the layer makes many numbers of each. */
export function mostImages(model: Model, layer: string): number {
  const width = sizeOf(layer === INPUT ? model.inputShape : layerNamed(model, layer).outputShape)
  // A pixel takes one byte, a number four.
  const each = Math.max(width, sizeOf(model.inputShape) / 4)
  return Math.min(MOST_POINTS, Math.floor(MOST_NUMBERS / each))
}

/** The class of each example, and its probability: by a softmax where the outputs are logits. Throws a `HeddleError` for outputs that are not finite. */
export function answersIn(
  outputs: Float32Array,
  classes: number,
  loss: LossSpec | null,
): Pick<ImageMap, 'predicted' | 'confidence'> {
  checkFinite(outputs, 'What the network answers to these images')
  const starts = Array.from({ length: outputs.length / classes }, (_, i) => i * classes)
  const kind = outputKindOf(outputs, classes, loss)
  const predicted = starts.map(at => argMax(outputs, at, classes))
  return {
    predicted,
    confidence: starts.map((at, i) =>
      short(
        kind === 'logits'
          ? confidenceAt(outputs, at, { classes, temperature: 1, kind })
          : outputs[at + predicted[i]!]!,
      ),
    ),
  }
}

function checkFinite(values: ArrayLike<number>, what: string): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue
    throw new HeddleError(
      `${what} is not finite, so there is no map of them: the training has diverged. Train the network again with a lower learning rate.`,
    )
  }
}

/** More digits cannot be seen. */
function short(value: number): number {
  return Number(value.toPrecision(5))
}
