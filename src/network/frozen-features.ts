import { sizeOf } from '../base/shape.ts'
import { Examples, type ImageShape, type LabelledImages } from '../data/examples.ts'
import { type PixelRange, pixelScale } from '../data/pixels.ts'
import type { StoredImages } from '../data/stored-images.ts'
import type { Executable } from '../engine/backend.ts'
import { cutFrozen, type FrozenCut } from '../engine/frozen-part.ts'
import { type Lowered, lower } from '../engine/lower.ts'
import type { Weights } from '../model/weights.ts'
import type { LossSpec } from '../nn/losses/loss.ts'
import { type Augment, augmentImage } from '../ops/augment.ts'
import { Network } from './network.ts'

/** What a frozen part makes of images, `[count, …shape]`: in memory, or rows of float32 in a file. */
export type Features = Float32Array | StoredImages

/** What features depend on besides the images, and what they cost. */
export interface FrozenBody {
  readonly lowered: Lowered
  readonly weights: Weights
  /** Bytes are multiplied by it. */
  readonly scale: number
  /** The backend's `arithmetic`. */
  readonly arithmetic: string
  /** Numbers for one image. */
  readonly size: number
  readonly multiplyAdds: number
  /** For people. */
  readonly name: string
}

/** Images whose features are asked for. */
interface FeatureQuestion {
  readonly examples: Examples
  /** What changes the images: another text, other changes. `null`: they are as they are. */
  readonly change: string | null
}

/** Makes the features of the examples of these indices: of `total` examples, all unless said, `done` were made before. */
type ComputeFeatures = (indices: Int32Array, done?: number, total?: number) => Promise<Float32Array>

/** Keeps features, so that other seeds, trials and processes need not compute them again. */
export interface FeatureStore {
  of(body: FrozenBody, question: FeatureQuestion, compute: ComputeFeatures): Promise<Features>
}

/** Images for which features are computed in one go; a training can be stopped between two. */
const AT_ONCE = 256

/**
 * The frozen first part of a network, whose outputs are computed once and not in every step. Training and measuring on its outputs
 * give the bits that the whole network gives.
 */
export class FrozenPart {
  readonly cut: FrozenCut
  readonly #body: FrozenBody
  readonly #executable: Executable
  readonly #store: FeatureStore | undefined
  readonly #onProgress: FeatureProgress | undefined

  /** `null` where no layer is frozen, or something that learns or is random comes before them. */
  static of(
    { model, weights, backend }: Pick<Network, 'model' | 'weights' | 'backend'>,
    { loss, pixelRange, batchSize, store, onProgress }: FrozenOptions,
  ): FrozenPart | null {
    const cut = cutFrozen(lower(model, loss))
    if (!cut) return null
    const names = new Set(cut.body.ops.map(op => op.layer))
    const layers = model.layers.filter(({ name }) => names.has(name))
    const body: FrozenBody = {
      lowered: cut.body,
      weights,
      scale: pixelScale(pixelRange),
      arithmetic: backend.arithmetic,
      size: sizeOf(cut.body.output.shape),
      multiplyAdds: layers.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0),
      name: `up to ${layers.at(-1)!.name}`,
    }
    // Batches as in training: a shard of another size may round in another order.
    const executable = new Network(model, weights, backend).compileLowered(cut.body, { batchSize })
    return new FrozenPart(cut, body, executable, store, onProgress)
  }

  private constructor(
    cut: FrozenCut,
    body: FrozenBody,
    executable: Executable,
    store: FeatureStore | undefined,
    onProgress: FeatureProgress | undefined,
  ) {
    this.cut = cut
    this.#body = body
    this.#executable = executable
    this.#store = store
    this.#onProgress = onProgress
  }

  /** The features of all examples, in their order. With `augment`, each image is changed first, as its version `step`. */
  of(arrays: LabelledImages, augment: Augment | null = null): Promise<Features> {
    const shape = this.#body.lowered.input.shape as ImageShape
    const examples = Examples.of(arrays, { shape, name: 'images' })
    const compute: ComputeFeatures = (indices, done = 0, total = indices.length) =>
      this.#compute(examples, indices, { augment, onBatch: more => this.#onProgress?.(done + more, total) })
    const change = augment && JSON.stringify([augment.ops, augment.key, augment.step])
    return this.#store
      ? this.#store.of(this.#body, { examples, change }, compute)
      : compute(Int32Array.from(examples.labels.keys()))
  }

  async #compute(
    examples: Examples,
    indices: Int32Array,
    { augment, onBatch }: { readonly augment: Augment | null; readonly onBatch: (done: number) => void },
  ): Promise<Float32Array> {
    const { size, scale } = this.#body
    const features = new Float32Array(indices.length * size)
    for (let from = 0; from < indices.length; from += AT_ONCE) {
      onBatch(from)
      const part = indices.subarray(from, from + AT_ONCE)
      const { images } = examples.take(part)
      const outputs = features.subarray(from * size, (from + part.length) * size)
      const order = Int32Array.from(part.keys())
      const changed = augment && changedImages(images, scale, { augment, positions: part })
      const input = changed ? { images: changed, scale: 1 } : { images, scale }
      await this.#executable.run({ mode: 'predict', ...input, targets: null, order, outputs })
    }
    return features
  }
}

/** Images as numbers, each changed by itself: by its position in the data, so that any part of them can be made again. */
function changedImages(
  bytes: Uint8Array,
  scale: number,
  { augment, positions }: { readonly augment: Augment; readonly positions: Int32Array },
): Float32Array {
  const images = Float32Array.from(bytes, byte => byte * Math.fround(scale))
  const size = images.length / positions.length
  positions.forEach((position, i) => {
    augmentImage(images.subarray(i * size, (i + 1) * size), augment, position)
  })
  return images
}

/** Called with the number of images that are done; an error of it ends the training. */
export type FeatureProgress = (done: number, total: number) => void

export interface FrozenOptions {
  readonly loss: LossSpec
  readonly pixelRange: PixelRange
  /** The batch size of the training or the measurement. */
  readonly batchSize: number
  readonly store?: FeatureStore | undefined
  readonly onProgress?: FeatureProgress | undefined
}
