import { HeddleError, UsageError } from '../../base/errors.ts'
import { argMax } from '../../base/maths.ts'
import { listOf, percent } from '../../base/text.ts'
import { absentClasses, checkOutputs, type Predictions } from '../../network/predictions.ts'
import type {
  ConfusedPair,
  ConfusionMatrix,
  Evaluation,
  HardImage,
  OneVsRest,
} from '../../protocol/evaluation.ts'
import { wilsonInterval } from '../statistics/noise.ts'
import { cohensKappa, matthewsCorrelation } from './agreement.ts'
import { calibrationOf } from './calibration.ts'
import { classificationReport } from './classification-report.ts'
import { accuracyOf, confusionMatrix, oneVsRest, predictedClasses } from './confusion.ts'
import { classCurves, topKAccuracy } from './ranking.ts'

export interface EvaluationOptions {
  readonly topK?: readonly number[]
  /** How many of the hardest images and of the most confused pairs. */
  readonly worst?: number
}

/**
 * Measures predictions in every way at once. What is not defined for a class without examples is `null` there, and a warning names
 * the class; the report has zeros for it, as scikit-learn's.
 * Throws a `HeddleError` for outputs that are not finite.
 *
 * @example
 * const predictions = { probabilities: Float32Array.of(0.9, 0.1, 0.4, 0.6, 0.7, 0.3), labels: Int32Array.of(0, 1, 1), classNames: ['cat', 'dog'] }
 * evaluationOf(predictions).mostConfused // [{ label: 'dog', predicted: 'cat', count: 1 }]
 */
export function evaluationOf(
  predictions: Predictions,
  { topK = [], worst = 25 }: EvaluationOptions = {},
): Evaluation {
  checkOutputs(predictions)
  const { probabilities, labels, classNames } = predictions
  const tooMany = topK.find(k => k > classNames.length)
  if (tooMany !== undefined)
    throw new UsageError(
      `top-k ${tooMany}: there are ${classNames.length} classes, so that the first ${tooMany} hold every one. Name fewer.`,
    )
  const classCount = classNames.length
  const confusion = confusionMatrix(labels, predictedClasses(probabilities, classCount), classCount)
  const accuracy = accuracyOf(confusion)
  const curves = classCurves(predictions)
  const classes = oneVsRest(confusion).map((counts, k) => ({
    ...counts,
    name: classNames[k]!,
    rocArea: curves[k]!.roc?.area ?? null,
    averagePrecision: curves[k]!.precisionRecall?.area ?? null,
  }))
  return {
    images: labels.length,
    accuracy,
    interval: wilsonInterval(accuracy, labels.length),
    topK: Object.fromEntries(topK.map(k => [k, topKAccuracy(predictions, k)])),
    classNames,
    confusion,
    report: classificationReport(confusion, classNames),
    classes,
    kappa: finiteOrNull(cohensKappa(confusion)),
    matthews: matthewsCorrelation(confusion),
    calibration: calibrationOrReason(predictions),
    hardest: hardestImages(predictions, worst),
    mostConfused: mostConfusedPairs(confusion, classNames).slice(0, worst),
    warnings: [
      ...oneClass(classNames),
      ...absent(predictions),
      ...belowChance(accuracy, labels.length, classNames.length),
      ...neverPredicted(confusion, classNames),
      ...atMost(NAMED, flatteredClasses(classes), more => `The same holds for ${more} more classes.`),
    ],
  }
}

/** A warning names no more classes than this, and counts the others. */
const NAMED = 10

function atMost(most: number, all: readonly string[], rest: (more: number) => string): string[] {
  return all.length <= most ? [...all] : [...all.slice(0, most), rest(all.length - most)]
}

function oneClass(classNames: readonly string[]): string[] {
  if (classNames.length > 1) return []
  return [
    `There is one class only, "${classNames[0]}": every network is right about every image, and an accuracy of 100 % means nothing. ` +
      'Is the path of the data one folder too deep or too high?',
  ]
}

function absent(predictions: Predictions): string[] {
  const names = absentClasses(predictions)
  if (names.length === 0) return []
  const one = names.length === 1
  return [
    `No test image is labelled ${listOf(names, { most: NAMED })}: nothing is known about ${one ? 'this class' : 'these classes'}. ` +
      `${one ? 'Its' : 'Their'} recall, ROC and PR areas are not defined; in the table of precision and recall ${one ? 'it has zeros, which lower' : 'they have zeros, which lower'} ` +
      'the macro average. Add test images, or leave the class out.',
  ]
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

/** Guessing would do better, by more than chance: all of Wilson's interval is below. */
function belowChance(accuracy: number, images: number, classes: number): string[] {
  if (wilsonInterval(accuracy, images)[1] >= 1 / classes) return []
  return [
    `The accuracy of ${percent(accuracy, 1)} is below chance, which is ${percent(1 / classes, 1)} with ${classes} classes: the network has ` +
      'learned something and says the opposite. Look at its head and its loss: heddle doctor.',
  ]
}

function neverPredicted(confusion: ConfusionMatrix, classNames: readonly string[]): string[] {
  const isPredicted = (k: number): boolean => confusion.some(row => row[k]! > 0)
  const never = classNames.filter((_, k) => !isPredicted(k) && confusion[k]!.some(count => count > 0))
  if (never.length === 0) return []
  return [
    `Never predicted: ${listOf(never, { most: NAMED })}. A class that no image is taken for is not learned at all.`,
  ]
}

function calibrationOrReason(predictions: Predictions): Evaluation['calibration'] {
  try {
    return calibrationOf(predictions)
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    return { refused: error.message }
  }
}

/** The images whose label is furthest below the class that was predicted instead, the worst first. */
export function hardestImages(
  { probabilities, labels, classNames }: Predictions,
  count: number,
): HardImage[] {
  const classes = classNames.length
  const wrong: HardImage[] = []
  labels.forEach((label, index) => {
    const from = index * classes
    const predicted = argMax(probabilities, from, classes)
    if (predicted === label) return
    const [ofLabel, ofPredicted] = [probabilities[from + label]!, probabilities[from + predicted]!]
    wrong.push({ index, label, predicted, ofLabel, ofPredicted })
  })
  return wrong.sort((a, b) => b.ofPredicted - b.ofLabel - (a.ofPredicted - a.ofLabel)).slice(0, count)
}

/** Which class is taken for which, the most frequent mistake first. */
export function mostConfusedPairs(matrix: ConfusionMatrix, classNames: readonly string[]): ConfusedPair[] {
  return matrix
    .flatMap((row, label) =>
      row.map((count, predicted) => ({
        label: classNames[label]!,
        predicted: classNames[predicted]!,
        count,
      })),
    )
    .filter(({ label, predicted, count }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count)
}

/** A one-vs-rest accuracy that hides as many mistakes as this: of ten images of the class, one or more is missed. */
const HIDDEN = 0.1

/**
 * One-vs-rest accuracy counts every image of another class as a success. Warns where it is far above the recall.
 *
 * @example
 * flatteredClasses([{ name: 'Shirt', accuracy: 0.95, recall: 0.62 }])[0] // 'Shirt: …'
 */
export function flatteredClasses(
  classes: readonly (Pick<OneVsRest, 'accuracy' | 'recall'> & { readonly name: string })[],
): string[] {
  return classes.flatMap(({ name, accuracy, recall }) =>
    recall !== null && accuracy - recall > HIDDEN
      ? [
          `${name}: ${percent(accuracy, 1)} accuracy against the rest, but only ${percent(recall, 1)} of its own images are ` +
            'recognised. The images of other classes make the first number; read the recall.',
        ]
      : [],
  )
}
