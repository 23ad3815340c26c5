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
    const { labels } = arrays
    // Plain arrays of numbers have a length, too, and fail much later.
    if (
      !(arrays instanceof Examples || (arrays.images instanceof Uint8Array && labels instanceof Int32Array))
    ) {
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
  const all = [parts.train, parts.test, ...(parts.validation ? [parts.validation] : [])]
  return Object.freeze({ ...about, ...parts, fingerprint: fingerprintOf([imageShape, classNames], all) })
}

function fingerprintOf(about: unknown, parts: readonly Examples[]): string {
  return remembered(JSON.stringify(about), parts, () => {
    const hash = createHash('sha256').update(JSON.stringify(about))
    for (const examples of parts) {
      for (const piece of examples.pieces()) hash.update(piece)
      hash.update(examples.labels)
    }
    return hash.digest('hex')
  })
}

/** What follows from the bytes of stored images takes long to find, and is kept beside them. */
function remembered(question: string, parts: readonly Examples[], find: () => string): string {
  const stored = parts.flatMap(({ source }) => (source instanceof Uint8Array ? [] : [source]))
  if (stored.length < parts.length || stored.length === 0) return find()
  const hash = createHash('sha256').update(question)
  for (const [i, { labels }] of parts.entries()) hash.update(stored[i]!.identity).update(labels)
  return stored[0]!.remember(hash.digest('hex'), find)
}

/**
 * SHA-256 of the test part alone: networks with one `testFingerprint` can be compared, whatever they were trained on; one
 * `testImages` means the same images, perhaps with other labels.
 */
export function testFingerprints(data: Dataset): TestFingerprints {
  const known = fingerprints.get(data)
  if (known) return known
  const { imageShape, classNames, test } = data
  const found = JSON.parse(
    remembered(`test ${JSON.stringify([imageShape, classNames])}`, [test], () => {
      const images = createHash('sha256').update(JSON.stringify(imageShape))
      for (const piece of test.pieces()) images.update(piece)
      const testImages = images.copy().digest('hex')
      const testFingerprint = images.update(JSON.stringify(classNames)).update(test.labels).digest('hex')
      return JSON.stringify({ testImages, testFingerprint } satisfies TestFingerprints)
    }),
  ) as TestFingerprints
  fingerprints.set(data, found)
  return found
}

interface TestFingerprints {
  readonly testFingerprint: string
  readonly testImages: string
}

/** Hashing takes 10 ms for Fashion-MNIST, and every trial of a search asks for it. */
const fingerprints = new WeakMap<Dataset, TestFingerprints>()
