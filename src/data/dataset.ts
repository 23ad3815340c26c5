import { createHash } from 'node:crypto'
import { HeddleError, UsageError } from '../base/errors.ts'
import { Examples, type ImageShape, type LabelledImages } from './examples.ts'
import type { Preparation } from './preparation.ts'

/** Images of one size with named classes, in what is trained on and what is tested on. */
export interface Dataset {
  readonly name: string
  readonly classNames: readonly string[]
  readonly imageShape: ImageShape
  readonly train: Examples
  /** What a training measures after each epoch, where the data has such a part of its own. */
  readonly validation?: Examples
  readonly test: Examples
  /** How a picture becomes an image of this dataset; absent: its source does not say. */
  readonly preparation?: Preparation | undefined
  /** SHA-256 over shape, class names, pixels and labels: two runs with one fingerprint saw the same data. */
  readonly fingerprint: string
}

/** What a dataset is made of: its images may be plain arrays. */
export interface DatasetParts extends Omit<Dataset, 'fingerprint' | 'train' | 'validation' | 'test'> {
  readonly train: LabelledImages
  readonly validation?: LabelledImages | undefined
  readonly test: LabelledImages
}

/** Checks that sizes and labels fit together, and adds the fingerprint. */
export function createDataset({ train, validation, test, ...about }: DatasetParts): Dataset {
  const { name, classNames, imageShape } = about
  const examplesOf = (split: string, arrays: LabelledImages): Examples => {
    const { images, labels } = arrays
    // Plain arrays of numbers have a length, too, and fail much later.
    if (!(images instanceof Uint8Array && labels instanceof Int32Array)) {
      throw new UsageError(`${name}, ${split}: images must be a Uint8Array, and labels an Int32Array.`)
    }
    const examples = new Examples(arrays, { shape: imageShape, name: `${name}, ${split}` })
    const bad = labels.findIndex(label => label < 0 || label >= classNames.length)
    if (bad >= 0) {
      throw new HeddleError(
        `${name}, ${split}: example ${bad} has the label ${labels[bad]}, but there are ${classNames.length} ` +
          `classes (0 to ${classNames.length - 1}: ${classNames.join(', ')}).`,
      )
    }
    return examples
  }
  const parts = {
    train: examplesOf('train', train),
    ...(validation && { validation: examplesOf('validation', validation) }),
    test: examplesOf('test', test),
  }
  const hash = createHash('sha256').update(JSON.stringify([imageShape, classNames]))
  for (const { images, labels } of [parts.train, parts.test, ...(parts.validation ? [parts.validation] : [])])
    hash.update(images).update(labels)
  return Object.freeze({ ...about, ...parts, fingerprint: hash.digest('hex') })
}

/**
 * SHA-256 of the test part alone: networks with one `testFingerprint` can be compared, whatever they were trained on; one
 * `testImages` means the same images, perhaps with other labels.
 */
export function testFingerprints(data: Dataset): TestFingerprints {
  const known = fingerprints.get(data)
  if (known) return known
  const { imageShape, classNames, test } = data
  const images = createHash('sha256').update(JSON.stringify(imageShape)).update(test.images)
  const found = {
    testImages: images.copy().digest('hex'),
    testFingerprint: images.update(JSON.stringify(classNames)).update(test.labels).digest('hex'),
  }
  fingerprints.set(data, found)
  return found
}

interface TestFingerprints {
  readonly testFingerprint: string
  readonly testImages: string
}

/** Hashing takes 10 ms for Fashion-MNIST, and every trial of a search asks for it. */
const fingerprints = new WeakMap<Dataset, TestFingerprints>()
