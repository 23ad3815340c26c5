import { HeddleError, UsageError } from '../base/errors.ts'
import { type Shape, sizeOf } from '../base/shape.ts'
import { megabytes } from '../base/text.ts'
import type { StoredImages } from './stored-images.ts'

/** Labelled images as plain arrays: pixels stay bytes in memory and are scaled on their way into the network. */
export interface LabelledImages {
  /** `[count, height, width, channels]`, 0 to 255. */
  readonly images: Uint8Array
  /** `[count]`, an index into the dataset's `classNames` each. */
  readonly labels: Int32Array
  /** Where each image was read from; absent where they are not files of their own. */
  readonly files?: readonly string[] | undefined
}

/** `[height, width, channels]`. */
export type ImageShape = readonly [number, number, number]

/** The same with images that may be in a file. */
export interface ExampleParts extends Omit<LabelledImages, 'images'> {
  readonly images: Uint8Array | StoredImages
}

/** Bytes that are read from a file in one go. */
const PIECE_BYTES = 2 ** 23

/** More bytes than this are not read into memory at once. */
const MAX_IN_MEMORY = 2 ** 31

/**
 * Labelled images of one shape. They never change; `at`, `first` and `slice` are views of the same memory. Images of a set that is
 * larger than memory are read from a file each time: ask for few of them, with `at`, `take` or `pieces`.
 *
 * @example
 * const { test } = await loadDataset(fashionMnistMini())
 * const bags = test.take(test.ofClass(8, 3))
 * bags.count // 3
 * bags.at(0).length // 784
 */
export class Examples implements LabelledImages {
  /**
   * The bytes of all images, `[count, height, width, channels]`; those of a large set are read from their file each time. Throws a
   * `UsageError` if they are too many for memory.
   */
  declare readonly images: Uint8Array
  /** Where the images are. */
  readonly source: Uint8Array | StoredImages
  readonly labels: Int32Array
  readonly files?: readonly string[]
  readonly shape: ImageShape
  /** What errors call it: `fashion-mnist, test`. */
  readonly name: string

  /** Throws a `HeddleError` if the bytes are not one image of this shape for each label. */
  constructor(
    parts: ExampleParts | Examples,
    { shape, name }: { readonly shape: ImageShape; readonly name: string },
  ) {
    const { labels, files } = parts
    this.source = parts instanceof Examples ? parts.source : parts.images
    this.labels = labels
    if (files) this.files = files
    this.shape = shape
    this.name = name
    const { source } = this
    const pixels = source instanceof Uint8Array ? source.length : source.count * source.size
    if (pixels !== this.count * this.size) {
      throw new HeddleError(
        `${name}: ${pixels} pixels do not make ${this.count} images of ` +
          `${shape.join(' × ')} (${this.count * this.size} pixels).`,
      )
    }
    // A property of each one, so that `{ ...examples, labels }` has it.
    const images = source instanceof Uint8Array ? { value: source } : { get: () => this.#allOf(source) }
    Object.defineProperty(this, 'images', { enumerable: true, ...images })
    Object.freeze(this)
  }

  #allOf(source: StoredImages): Uint8Array {
    const bytes = this.count * this.size
    if (bytes <= MAX_IN_MEMORY) return source.read(inOrder(this.count))
    throw new UsageError(
      `${this.name}: ${this.count} images are ${megabytes(bytes)}, too many to be in memory at once. Training, evaluate and compare ` +
        'read them piece by piece; for anything else, use a folder with fewer images or a smaller imageSize.',
    )
  }

  /** Plain arrays with their shape; `Examples` stay what they are. */
  static of(arrays: LabelledImages, about: { readonly shape: ImageShape; readonly name: string }): Examples {
    return arrays instanceof Examples ? arrays : new Examples(arrays, about)
  }

  get count(): number {
    return this.labels.length
  }

  /** Bytes of one image. */
  get size(): number {
    return sizeOf(this.shape)
  }

  /** The bytes of one image, `[height, width, channels]`. Throws a `UsageError` if there is no such image. */
  at(index: number): Uint8Array {
    this.check(index)
    return this.source instanceof Uint8Array
      ? this.source.subarray(index * this.size, (index + 1) * this.size)
      : this.source.read([index])
  }

  /** Throws a `UsageError` if there is no image of this index. */
  check(index: number): void {
    if (index >= 0 && index < this.count) return
    const there = this.count === 0 ? 'as there are none' : `only 0 to ${this.count - 1}`
    throw new UsageError(`${this.name}: there is no image ${index}, ${there}.`)
  }

  /** These images in this order, as a copy. Throws a `UsageError` if there is no such image. */
  take(indices: Iterable<number> & ArrayLike<number>): Examples {
    const { source } = this
    for (const index of indices) this.check(index)
    const labels = Int32Array.from(indices, index => this.labels[index]!)
    const files = this.files && Array.from(indices, index => this.files![index]!)
    if (!(source instanceof Uint8Array))
      return new Examples({ images: source.take(indices), labels, files }, this)
    const images = new Uint8Array(indices.length * this.size)
    let to = 0
    for (const index of indices) images.set(this.at(index), to++ * this.size)
    return new Examples({ images, labels, files }, this)
  }

  /** The same images under other labels. */
  withLabels(labels: Int32Array): Examples {
    return new Examples({ images: this.source, labels, files: this.files }, this)
  }

  /** The bytes of all images in their order, some whole images at a time. */
  *pieces(): Generator<Uint8Array> {
    const most = Math.max(1, Math.floor(PIECE_BYTES / this.size))
    for (let from = 0; from < this.count; from += most) yield this.slice(from, from + most).images
  }

  /** The first images, or all where there are fewer. */
  first(count: number): Examples {
    return this.slice(0, count)
  }

  /** The images from one index up to another, which is left out. */
  slice(from: number, to: number): Examples {
    const { source } = this
    const labels = this.labels.subarray(from, to)
    const images =
      source instanceof Uint8Array
        ? source.subarray(from * this.size, to * this.size)
        : source.take(inOrder(labels.length).map(i => from + i))
    return new Examples({ images, labels, files: this.files?.slice(from, to) }, this)
  }

  /** These images and then those of `others`, as a copy. */
  followedBy(others: Examples): Examples {
    const { source } = this
    const labels = Int32Array.from([...this.labels, ...others.labels])
    if (!(source instanceof Uint8Array || others.source instanceof Uint8Array))
      return new Examples({ images: source.followedBy(others.source), labels }, this)
    const images = new Uint8Array((this.count + others.count) * this.size)
    images.set(this.images)
    images.set(others.images, this.images.length)
    return new Examples({ images, labels }, this)
  }

  /** The images for which `keep` holds, as a copy. */
  where(keep: (index: number) => boolean): Examples {
    return this.take(Int32Array.from(this.labels.keys()).filter(keep))
  }

  /** The indices of the first images of a class. */
  ofClass(label: number, most = Infinity): number[] {
    const found: number[] = []
    for (let i = 0; i < this.count && found.length < most; i++) if (this.labels[i] === label) found.push(i)
    return found
  }
}

function inOrder(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i)
}

/**
 * Throws a `UsageError` if a network does not take the images of a dataset: their shapes differ. A network of rows or of numbers
 * without rows (`[28, 28]`, `[784]`) takes images of as many numbers.
 */
export function checkImageShape(
  { name, imageShape }: { readonly name: string; readonly imageShape: ImageShape },
  inputShape: Shape,
): void {
  const isImage = inputShape.length === imageShape.length
  if (isImage ? inputShape.join() === imageShape.join() : sizeOf(inputShape) === sizeOf(imageShape)) return
  throw new UsageError(
    `The model takes images of ${inputShape.join(' × ')}, but those of ${name} are ${imageShape.join(' × ')}.`,
  )
}
