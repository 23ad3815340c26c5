import { createHash } from 'node:crypto'
import { HeddleError, UsageError } from '../base/errors.ts'
import type { Preparation } from './preparation.ts'

/** Labelled images: pixels stay bytes in memory and are scaled on their way into the network. */
export interface Examples {
  /** `[count, height, width, channels]`, 0 to 255. */
  readonly images: Uint8Array
  /** `[count]`, an index into the dataset's `classNames` each. */
  readonly labels: Int32Array
  /** Where each image was read from; absent where they are not files of their own. */
  readonly files?: readonly string[]
}

/** Images of one size with named classes, in what is trained on and what is tested on. */
export interface Dataset {
  readonly name: string
  readonly classNames: readonly string[]
  /** `[height, width, channels]`. */
  readonly imageShape: readonly [number, number, number]
  readonly train: Examples
  /** What a training measures after each epoch, where the data has such a part of its own. */
  readonly validation?: Examples
  readonly test: Examples
  /** How a picture becomes an image of this dataset; absent: its source does not say. */
  readonly preparation?: Preparation | undefined
  /** SHA-256 over shape, class names, pixels and labels: two runs with one fingerprint saw the same data. */
  readonly fingerprint: string
}

/** Checks that sizes and labels fit together, and adds the fingerprint. */
export function createDataset(parts: Omit<Dataset, 'fingerprint'>): Dataset {
  const { name, classNames, imageShape, train, validation, test } = parts
  const imageSize = imageShape[0] * imageShape[1] * imageShape[2]
  for (const [split, { images, labels }] of Object.entries({
    train,
    ...(validation && { validation }),
    test,
  })) {
    // Plain arrays of numbers have a length, too, and fail much later.
    if (!(images instanceof Uint8Array && labels instanceof Int32Array)) {
      throw new UsageError(`${name}, ${split}: images must be a Uint8Array, and labels an Int32Array.`)
    }
    if (images.length !== labels.length * imageSize) {
      throw new HeddleError(
        `${name}, ${split}: ${images.length} pixels do not make ${labels.length} images of ` +
          `${imageShape.join(' × ')} (${labels.length * imageSize} pixels).`,
      )
    }
    const bad = labels.findIndex(label => label < 0 || label >= classNames.length)
    if (bad >= 0) {
      throw new HeddleError(
        `${name}, ${split}: example ${bad} has the label ${labels[bad]}, but there are ${classNames.length} ` +
          `classes (0 to ${classNames.length - 1}: ${classNames.join(', ')}).`,
      )
    }
  }
  const hash = createHash('sha256').update(JSON.stringify([imageShape, classNames]))
  for (const { images, labels } of [train, test, ...(validation ? [validation] : [])])
    hash.update(images).update(labels)
  return Object.freeze({ ...parts, fingerprint: hash.digest('hex') })
}

/**
 * SHA-256 of the test part alone: networks with one `testFingerprint` can be compared, whatever they were trained on; one
 * `testImages` means the same images, perhaps with other labels.
 */
export function testFingerprints({ imageShape, classNames, test }: Dataset): {
  readonly testFingerprint: string
  readonly testImages: string
} {
  const images = createHash('sha256').update(JSON.stringify(imageShape)).update(test.images)
  return {
    testImages: images.copy().digest('hex'),
    testFingerprint: images.update(JSON.stringify(classNames)).update(test.labels).digest('hex'),
  }
}
