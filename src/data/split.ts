import { UsageError } from '../base/errors.ts'
import { sum } from '../base/maths.ts'
import { RandomStream } from '../base/random.ts'
import { plural } from '../base/text.ts'
import { countLabels } from './labels.ts'

/** Which examples to train on and which to validate on: indices, ascending. */
export interface SplitIndices {
  readonly train: Int32Array
  readonly validation: Int32Array
}

/**
 * Keras' `validation_split`: the last examples, before any shuffling, are held out; ⌊count · (1 − fraction)⌋ remain.
 * Throws a `UsageError` when one side would be empty. Source: keras/engine/data_adapter.py, train_validation_split.
 *
 * @example
 * validationSplit(10, 0.2).validation // Int32Array [8, 9]
 */
export function validationSplit(count: number, fraction: number): SplitIndices {
  const splitAt = Math.floor(count * (1 - fraction))
  const all = Int32Array.from({ length: count }, (_, i) => i)
  return checkSides({ train: all.subarray(0, splitAt), validation: all.subarray(splitAt) }, fraction)
}

/** Returns the split, or throws a `UsageError` if one side of it is empty; `isOfEveryClass`: no other fraction would help. */
export function checkSides(split: SplitIndices, fraction: number, isOfEveryClass = false): SplitIndices {
  const empty = split.train.length === 0 ? 'train' : split.validation.length === 0 ? 'validate' : null
  if (!empty) return split
  const count = split.train.length + split.validation.length
  throw new UsageError(
    `Holding out ${fraction} of ${plural(count, 'example')} leaves none to ${empty} on. ` +
      (isOfEveryClass
        ? 'A class needs two training images to give one of them away: add images.'
        : 'Choose another fraction, or add images.'),
  )
}

/**
 * Whether the last examples, which `validationSplit` takes, have every class in about the share that a random draw gives it.
 * They do not where examples are sorted by class. A class counts as about right within six standard deviations (and one
 * example) of the hypergeometric distribution, and must be on both sides where it has two examples.
 */
export function lastAreFair(
  labels: Int32Array,
  { fraction, classCount }: { fraction: number; classCount: number },
): boolean {
  const count = labels.length
  const { validation } = validationSplit(count, fraction)
  const share = validation.length / count
  const all = countLabels(labels, classCount)
  const last = countLabels(labels.subarray(count - validation.length), classCount)
  return all.every((size, label) => {
    const heldOut = last[label]!
    if (size > 0 && heldOut === size) return false
    if (size > 1 && heldOut === 0) return false
    const variance = size * share * (1 - share) * ((count - size) / Math.max(1, count - 1))
    return Math.abs(heldOut - size * share) <= 6 * Math.sqrt(variance) + 1
  })
}

/**
 * Holds out `fraction` of every class, chosen at random from `seed`.
 *
 * Each class is within one of its own n · fraction, and on both sides where it has at least two examples; a class of one
 * stays on the training side. The whole is round(n · fraction) examples, unless small classes ask for others.
 *
 * @example
 * stratifiedSplit(Int32Array.of(0, 0, 1, 1), { fraction: 0.5, seed: 1, classCount: 2 }).validation.length // 2
 */
export function stratifiedSplit(
  labels: Int32Array,
  { fraction, seed, classCount }: { fraction: number; seed: number; classCount: number },
): SplitIndices {
  const byClass = Array.from({ length: classCount }, (): number[] => [])
  labels.forEach((label, i) => {
    byClass[label]!.push(i)
  })
  const shares = shareOut(
    byClass.map(members => members.length * fraction),
    Math.round(labels.length * fraction),
  )
  const takesPart = fraction > 0 && fraction < 1
  const counts = shares.map((share, label) =>
    takesPart ? Math.max(0, Math.min(Math.max(share, 1), byClass[label]!.length - 1)) : share,
  )
  const stream = new RandomStream(seed).split('split')
  const heldOut = new Uint8Array(labels.length)
  byClass.forEach((members, label) => {
    const order = stream.split(`class ${label}`).permutation(members.length)
    for (const position of order.subarray(0, counts[label])) heldOut[members[position]!] = 1
  })
  const all = Int32Array.from(labels.keys())
  return { train: all.filter(i => heldOut[i] === 0), validation: all.filter(i => heldOut[i] === 1) }
}

/** Rounds `shares` to whole numbers that add up to `total`: the largest remainders are rounded up. */
function shareOut(shares: readonly number[], total: number): number[] {
  const counts = shares.map(Math.floor)
  const left = total - sum(counts)
  const byRemainder = [...shares.keys()].sort((a, b) => shares[b]! - counts[b]! - (shares[a]! - counts[a]!))
  for (const i of byRemainder.slice(0, left)) counts[i]!++
  return counts
}
