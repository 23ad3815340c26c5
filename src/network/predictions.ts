import { HeddleError } from '../base/errors.ts'
import { argMax, sum } from '../base/maths.ts'
import { type LossSpec, losses } from '../nn/losses/loss.ts'

/** What a network said about labelled images: everything that evaluation and comparison start from. */
export interface Predictions {
  /** `[count, classes]`, row by row, as `predict` gives it. */
  readonly probabilities: Float32Array
  /** `[count]`. */
  readonly labels: Int32Array
  readonly classNames: readonly string[]
}

interface LabelledOutputs extends Omit<Predictions, 'probabilities'> {
  readonly outputs: Float32Array
  /** What the network was trained with, where that is known. */
  readonly loss: LossSpec | null
}

/**
 * A network's outputs as predictions: logits, as a loss `fromLogits` takes them, become probabilities, and outputs that
 * belong to no class are left out, and the others made probabilities of the classes alone. Throws a `HeddleError` if one of these is the largest.
 *
 * `outputs` is `[count, outputs]`, row by row.
 *
 * @example
 * const loss = sparseCategoricalCrossentropy({ fromLogits: true })
 * predictionsOf({ outputs: Float32Array.of(2, 2), labels: Int32Array.of(0), classNames: ['a', 'b'], loss }).probabilities // Float32Array.of(0.5, 0.5)
 */
export function predictionsOf({ outputs, labels, classNames, loss }: LabelledOutputs): Predictions {
  const [width, classes] = [outputs.length / labels.length, classNames.length]
  if (!Number.isInteger(width) || width < classes) {
    throw new HeddleError(
      `${outputs.length} outputs for ${labels.length} examples of ${classes} classes: predictions and labels are of different data.`,
    )
  }
  const probabilities = new Float32Array(labels.length * classes)
  const kind = outputKindOf(outputs, width, loss)
  labels.forEach((_, i) => {
    const row = outputs.subarray(i * width, (i + 1) * width)
    const largest = argMax(row, 0, width)
    if (largest >= classes) {
      throw new HeddleError(
        `Output ${largest} is the largest for example ${i}, but there are ${classes} classes: the network was not trained on them.`,
      )
    }
    const own = row.subarray(0, classes)
    const isShared = kind === 'probabilities' && width > classes
    probabilities.set(kind === 'logits' ? softmax(own) : isShared ? shares(own) : own, i * classes)
  })
  return { probabilities, labels, classNames }
}

/** What outputs are: probabilities of the classes, what a softmax makes them of, or numbers of another kind. */
export type OutputKind = 'probabilities' | 'logits' | 'other'

/**
 * What rows of outputs are, by all of them: one row of logits may add up to 1 by chance. A single logit x under a binary cross-entropy is
 * a row −x / 2, x / 2, whose softmax has its probabilities.
 */
export function outputKindOf(outputs: Float32Array, width: number, loss: LossSpec | null): OutputKind {
  const all = (holds: (row: Float32Array) => boolean): boolean => {
    for (let at = 0; at < outputs.length; at += width)
      if (!holds(outputs.subarray(at, at + width))) return false
    return true
  }
  if (all(areShares)) return 'probabilities'
  if (!takesLogits(loss)) return 'other'
  if (losses.of(loss).head === 'softmax') return 'logits'
  return width === 2 && all(([no, yes]) => no === -yes!) ? 'logits' : 'other'
}

/** Whether the loss of a training has the last activation in itself. */
export function takesLogits(loss: LossSpec | null): loss is LossSpec {
  return loss !== null && 'fromLogits' in loss && loss.fromLogits
}

/** Whether a row adds up to 1 already, as behind a softmax. */
function areShares(row: Float32Array): boolean {
  return row.every(value => value >= 0) && Math.abs(sum(row) - 1) < SUM_TOLERANCE
}

function softmax(row: Float32Array): Float32Array {
  const largest = row.reduce((a, b) => Math.max(a, b))
  return shares(row.map(value => Math.exp(value - largest)))
}

function shares(row: Float32Array): Float32Array {
  const total = sum(row)
  return row.map(value => value / total)
}

/** Float32 sums of up to a few thousand classes stay this near to 1. */
const SUM_TOLERANCE = 1e-3

/**
 * Throws a `HeddleError` if there are no rows, rows and labels differ in number, a label is no class, or an output is
 * not a finite number. Outputs need not be probabilities: they can be ranked all the same.
 */
export function checkOutputs({ probabilities, labels, classNames }: Predictions): void {
  const classes = classNames.length
  if (labels.length === 0) throw new HeddleError('There are no predictions: the list of labels is empty.')
  if (probabilities.length !== labels.length * classes) {
    throw new HeddleError(
      `${probabilities.length} outputs do not make ${labels.length} rows of ${classes} classes ` +
        `(${labels.length * classes}): predictions and labels are of different data, or of other classes.`,
    )
  }
  const stranger = labels.findIndex(label => !(label >= 0 && label < classes))
  if (stranger >= 0) {
    throw new HeddleError(
      `Example ${stranger} has the label ${labels[stranger]}, but there are ${classes} classes (0 to ${classes - 1}).`,
    )
  }
  const bad = probabilities.findIndex(value => !Number.isFinite(value))
  if (bad >= 0) {
    throw new HeddleError(
      `The output for example ${Math.floor(bad / classes)}, class "${classNames[bad % classes]}", is ` +
        `${probabilities[bad]}: nothing can be said about such predictions. Find the step at which the weights ` +
        'stopped being finite.',
    )
  }
}

/** `checkOutputs`, and throws a `HeddleError` if a row is negative somewhere or does not add up to 1. */
export function checkProbabilities(predictions: Predictions): void {
  checkOutputs(predictions)
  const { probabilities, classNames } = predictions
  const classes = classNames.length
  for (let i = 0; i < probabilities.length; i += classes) {
    const row = probabilities.subarray(i, i + classes)
    const total = sum(row)
    if (row.some(value => value < 0) || Math.abs(total - 1) > SUM_TOLERANCE) {
      throw new HeddleError(
        `The outputs for example ${i / classes} are not probabilities: they add up to ${Number(total.toPrecision(6))}` +
          `${row.some(value => value < 0) ? ', and some are negative' : ''}. Calibration needs a softmax at the end of the network.`,
      )
    }
  }
}

/** The classes that no example is labelled with: what is measured on the images of one class is not defined for them. */
export function absentClasses({ labels, classNames }: Pick<Predictions, 'labels' | 'classNames'>): string[] {
  const seen = new Set(labels)
  return classNames.filter((_, label) => !seen.has(label))
}

/** For each example 1 where its most probable class (the first of equals) is the labelled one, else 0. */
export function correctness({ probabilities, labels, classNames }: Predictions): Uint8Array {
  const classes = classNames.length
  return Uint8Array.from(labels, (label, i) =>
    argMax(probabilities, i * classes, classes) === label ? 1 : 0,
  )
}
