import { HeddleError } from '../../base/errors.ts'
import { argMax } from '../../base/maths.ts'

/** An example whose label another class fits better. */
export interface LabelSuspect {
  /** Its place among the examples. */
  readonly index: number
  readonly label: number
  /** The class that it confidently belongs to. */
  readonly suggested: number
  /** The probabilities of both. */
  readonly ofLabel: number
  readonly ofSuggested: number
}

export interface ConfidentLearning {
  /** The least plausible label first. */
  readonly suspects: readonly LabelSuspect[]
  /** By class: the mean probability that examples with this label have of it; above it, an example counts as confident. */
  readonly thresholds: readonly number[]
  /** `[label][class that an example confidently belongs to]`: how many examples. */
  readonly confidentJoint: readonly (readonly number[])[]
}

/**
 * Examples that are probably labelled wrong, by confident learning: an example belongs to the most probable of the classes whose
 * probability reaches their threshold; where that is not its label, nor the label its most probable class, the label is suspected.
 *
 * `probabilities` are `[examples, classes]`, from networks that were not trained on the example they judge.
 * Throws a `HeddleError` if sizes do not fit, a probability is not one, or a class has no example.
 * Source: Northcutt, Jiang and Chuang (2021), https://arxiv.org/abs/1911.00068; cleanlab's `confident_learning` filter, ranked by
 * its `normalized_margin`.
 *
 * @example
 * const probabilities = [0.9, 0.1, 0.8, 0.2, 0.1, 0.9, 0.9, 0.1, 0.2, 0.8]
 * const { suspects } = labelSuspects(Int32Array.of(0, 0, 1, 1, 1), probabilities)
 * suspects.map(({ index, suggested }) => [index, suggested]) // [[3, 0]]
 */
export function labelSuspects(labels: Int32Array, probabilities: ArrayLike<number>): ConfidentLearning {
  const classes = probabilities.length / labels.length
  checkProbabilities(labels, probabilities, classes)
  const thresholds = thresholdsOf(labels, probabilities, classes)
  const confidentJoint = Array.from({ length: classes }, () => Array<number>(classes).fill(0))
  const suspects: LabelSuspect[] = []
  labels.forEach((label, index) => {
    const row = Array.from({ length: classes }, (_, c) => probabilities[index * classes + c]!)
    // Probabilities of a class that are all the same are confident, whatever the last digit of their mean.
    const confident = row.map((p, c) => (p >= thresholds[c]! - 1e-6 ? p : -1))
    const suggested = argMax(confident)
    if (confident[suggested]! < 0) return
    confidentJoint[label]![suggested]!++
    if (suggested === label || argMax(row) === label) return
    suspects.push({ index, label, suggested, ofLabel: row[label]!, ofSuggested: row[suggested]! })
  })
  const margin = ({ index, ofLabel }: LabelSuspect): number => {
    let largest = 0
    for (let c = 0; c < classes; c++)
      if (c !== labels[index]) largest = Math.max(largest, probabilities[index * classes + c]!)
    return ofLabel - largest
  }
  suspects.sort((a, b) => margin(a) - margin(b) || a.index - b.index)
  return { suspects, thresholds, confidentJoint }
}

function thresholdsOf(labels: Int32Array, probabilities: ArrayLike<number>, classes: number): number[] {
  const [sums, counts] = [Array<number>(classes).fill(0), Array<number>(classes).fill(0)]
  labels.forEach((label, i) => {
    sums[label]! += probabilities[i * classes + label]!
    counts[label]!++
  })
  const empty = counts.indexOf(0)
  if (empty >= 0)
    throw new HeddleError(`Class ${empty} has no example: nothing can be said about its labels.`)
  return sums.map((sum, c) => sum / counts[c]!)
}

function checkProbabilities(labels: Int32Array, probabilities: ArrayLike<number>, classes: number): void {
  if (labels.length === 0 || !Number.isInteger(classes)) {
    throw new HeddleError(
      `${probabilities.length} probabilities do not make one row for each of ${labels.length} labels.`,
    )
  }
  for (let i = 0; i < probabilities.length; i++) {
    if (probabilities[i]! >= 0 && probabilities[i]! <= 1) continue
    throw new HeddleError(
      `Example ${Math.floor(i / classes)} has the probability ${probabilities[i]} of class ${i % classes}: expected numbers from 0 to 1.`,
    )
  }
  const bad = labels.findIndex(label => label < 0 || label >= classes)
  if (bad >= 0)
    throw new HeddleError(`Example ${bad} has the label ${labels[bad]}, but there are ${classes} classes.`)
}
