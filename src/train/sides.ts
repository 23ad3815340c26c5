import { UsageError } from '../base/errors.ts'
import { describeLack, type Lack, lacksOf } from '../data/coverage.ts'
import type { DatasetParts } from '../data/dataset.ts'
import { Examples, type LabelledImages } from '../data/examples.ts'
import { checkSides, lastAreFair, stratifiedSplit, validationSplit } from '../data/split.ts'
import { inOrder } from '../network/measure.ts'
import type { TrainSpec } from './options.ts'

/** Which examples a training is shown, and which are measured after each epoch. */
export interface Sides {
  readonly examples: Examples
  /** Which of the examples to train on. */
  readonly train: Int32Array
  /** What to measure after each epoch; its examples may be the same ones. */
  readonly validation: { readonly examples: Examples; readonly indices: Int32Array } | null
}

/**
 * The examples to train on and to validate on: those of `validationData`, a `validationSplit` of the training examples, or
 * the validation part that the data has itself. Throws a `UsageError` if that is contradictory or leaves a side empty.
 */
export function sidesOf(spec: TrainSpec, data: DatasetParts, seed: number): Sides {
  const { validationSplit: fraction, validationData, stratify } = spec
  const { name, validation: own } = data
  const part = (split: string, arrays: LabelledImages): Examples =>
    Examples.of(arrays, { shape: data.imageShape, name: `${name}, ${split}` })
  const examples = part('train', data.train)
  if (examples.count === 0) throw new UsageError(`${name} has no examples to train on.`)
  if (stratify && fraction === 0) {
    throw new UsageError('stratify draws the validation examples: give validationSplit too, such as 0.2.')
  }
  if (validationData === 'test' && fraction > 0) {
    throw new UsageError('Give either validationSplit or validationData: "test", not both.')
  }
  if (own && (fraction > 0 || validationData)) {
    throw new UsageError(
      `${name} has ${own.labels.length} validation images of its own, and the training asks for ` +
        `${fraction > 0 ? `validationSplit: ${fraction}` : 'validationData: "test"'}. Leave that option out to validate on ` +
        `the images of ${name}; or, to validate on others, move the validation images to the training images.`,
    )
  }
  if (validationData === 'test' && data.test.labels.length === 0) {
    throw new UsageError(`${name} has no test examples to validate on: give validationSplit instead.`)
  }
  const given = own ?? (validationData === 'test' ? data.test : null)
  if (given) {
    const measured = part(own ? 'validation' : 'test', given)
    const validation = { examples: measured, indices: inOrder(measured) }
    return { examples, train: inOrder(examples), validation }
  }
  if (fraction === 0) return { examples, train: inOrder(examples), validation: null }
  const { labels } = examples
  const classCount = data.classNames.length
  const split =
    (stratify ?? !lastAreFair(labels, { fraction, classCount }))
      ? checkSides(stratifiedSplit(labels, { fraction, seed, classCount }), fraction, true)
      : validationSplit(examples.count, fraction)
  return { examples, train: split.train, validation: { examples, indices: split.validation } }
}

/** The classes that training, validation or test have no example of. */
export function lacksOfSides({ examples, train, validation }: Sides, data: DatasetParts): Lack[] {
  const groups = {
    training: train.map(i => examples.labels[i]!),
    validation: validation?.indices.map(i => validation.examples.labels[i]!),
    test: data.test.labels,
  }
  return lacksOf(groups, data.classNames)
}

/** What to do about a class that one side lacks. */
export function mendingOf({ of }: Lack, { stratify, validationSplit }: TrainSpec): string {
  if (of !== 'test' && stratify === false && validationSplit > 0) {
    return 'Leave stratify: false out, so that the split takes images of every class.'
  }
  return of === 'training'
    ? 'Add training images of every class, or remove the class.'
    : `Add images: a class needs one in each of training, validation and test.`
}

/** What a run says of its examples before it trains: a sentence or two for each side that lacks a class. */
export function noticesOf(sides: Sides, data: DatasetParts, spec: TrainSpec): string[] {
  return lacksOfSides(sides, data).map(lack => `${describeLack(lack)} ${mendingOf(lack, spec)}`)
}

/** Throws a `UsageError` if the training images are all of one class: any network then learns to name it always. */
export function checkTwoClasses({ examples, train }: Sides, { name, classNames }: DatasetParts): void {
  const first = examples.labels[train[0]!]!
  if (train.some(i => examples.labels[i] !== first)) return
  const only = classNames[first]
  throw new UsageError(
    classNames.length === 1
      ? `${name} has one class only, "${only}": every network would be right about every image, and would have learned nothing. ` +
          'Name data with at least two classes. If it is a folder, the path may be one level too deep or too high: it must hold a folder for each class.'
      : `All ${train.length} training images of ${name} are of one class, "${only}": the network would always answer "${only}", and would ` +
          'have learned nothing. Train on images of at least two classes.',
  )
}
