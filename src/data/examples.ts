import { HeddleError, UsageError } from '../base/errors.ts'
import { type Shape, sizeOf } from '../base/shape.ts'

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

/**
 * Labelled images of one shape. They never change; `at`, `first` and `slice` are views of the same memory.
 *
 * @example
 * const { test } = await loadDataset(fashionMnistMini())
 * const bags = test.take(test.ofClass(8, 3))
 * bags.count // 3
 * bags.at(0).length // 784
 */
export class Examples implements LabelledImages {
  readonly images: Uint8Array
  readonly labels: Int32Array
  readonly files?: readonly string[]
  readonly shape: ImageShape
  /** What errors call it: `fashion-mnist, test`. */
  readonly name: string

  /** Throws a `HeddleError` if the bytes are not one image of this shape for each label. */
  constructor(
    { images, labels, files }: LabelledImages,
    { shape, name }: { readonly shape: ImageShape; readonly name: string },
  ) {
    this.images = images
    this.labels = labels
    if (files) this.files = files
    this.shape = shape
    this.name = name
    if (images.length !== this.count * this.size) {
      throw new HeddleError(
        `${name}: ${images.length} pixels do not make ${this.count} images of ` +
          `${shape.join(' × ')} (${this.count * this.size} pixels).`,
      )
    }
    Object.freeze(this)
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
    return this.images.subarray(index * this.size, (index + 1) * this.size)
  }

  /** Throws a `UsageError` if there is no image of this index. */
  check(index: number): void {
    if (index >= 0 && index < this.count) return
    const there = this.count === 0 ? 'as there are none' : `only 0 to ${this.count - 1}`
    throw new UsageError(`${this.name}: there is no image ${index}, ${there}.`)
  }

  /** These images in this order, as a copy. Throws a `UsageError` if there is no such image. */
  take(indices: Iterable<number> & ArrayLike<number>): Examples {
    const images = new Uint8Array(indices.length * this.size)
    const labels = new Int32Array(indices.length)
    let to = 0
    for (const index of indices) {
      images.set(this.at(index), to * this.size)
      labels[to++] = this.labels[index]!
    }
    const files = this.files && Array.from(indices, index => this.files![index]!)
    return new Examples({ images, labels, files }, this)
  }

  /** The first images, or all where there are fewer. */
  first(count: number): Examples {
    return this.slice(0, count)
  }

  /** The images from one index up to another, which is left out. */
  slice(from: number, to: number): Examples {
    const images = this.images.subarray(from * this.size, to * this.size)
    return new Examples(
      { images, labels: this.labels.subarray(from, to), files: this.files?.slice(from, to) },
      this,
    )
  }

  /** These images and then those of `others`, as a copy. */
  followedBy(others: Examples): Examples {
    const images = new Uint8Array(this.images.length + others.images.length)
    images.set(this.images)
    images.set(others.images, this.images.length)
    return new Examples({ images, labels: Int32Array.from([...this.labels, ...others.labels]) }, this)
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
