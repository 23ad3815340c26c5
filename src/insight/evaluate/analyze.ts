import { HeddleError } from '../../base/errors.ts'
import { mean, Z95 } from '../../base/maths.ts'
import { percent, plural, points } from '../../base/text.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { Examples } from '../../data/examples.ts'
import { evaluate } from '../../network/evaluate.ts'
import type { Network } from '../../network/network.ts'
import { outputsOf } from '../../network/predict.ts'
import { correctness, type Predictions, predictionsOf } from '../../network/predictions.ts'
import { applyTemperature, fitTemperature } from '../../network/temperature.ts'
import { definitionOf } from '../../nn/layers/index.ts'
import {
  type ClassCurves,
  type ConfusionMatrix,
  type Generalization,
  MANY_CLASSES,
  MOST_CURVES,
  MOST_IN_MATRIX,
  type ModelEvaluation,
  type Refused,
  type TemperedCalibration,
} from '../../protocol/evaluation.ts'
import type { TrainSpec } from '../../train/options.ts'
import { sidesOf } from '../../train/sides.ts'
import { accuracyError } from '../statistics/noise.ts'
import { calibrationOf } from './calibration.ts'
import { type EvaluationOptions, evaluationOf } from './evaluation.ts'
import { classCurves, thinnedCurve } from './ranking.ts'
import { robustnessOf } from './robustness.ts'

/** How a network was trained: what its validation and training images, and its loss, are known by. */
export interface Training {
  readonly spec: TrainSpec
  readonly seed: number
  /** What the last epoch showed of the training images; `null`: nothing was recorded. */
  readonly runningAccuracy: number | null
}

export interface AnalyzeOptions extends EvaluationOptions {
  /** How the result calls the network. Default `network`. */
  readonly name?: string
  /** The run that kept it. Default `null`: none. */
  readonly run?: string | null
  /** Default `null`: only the network is known. */
  readonly training?: Training | null
  /** Its outputs for every test image, if they have been kept. */
  readonly predictions?: Predictions
  /** Default: 2 and 3, where there are more classes. */
  readonly topK?: readonly number[]
  /** Also evaluate test images that are corrupted in 30 ways. Default `true`. */
  readonly robustness?: boolean
  readonly onProgress?: ((done: number, of: number) => void) | undefined
}

/** As many points of a curve as a picture shows. */
const POINTS = 100
/** Accuracy on the training images is measured on this many. */
const TRAIN_IMAGES = 10_000

/**
 * The whole evaluation of a trained network on the test images of a dataset: accuracy with its interval, per-class numbers,
 * confusion, calibration, curves, overfitting, robustness. `evaluate` gives loss and accuracy alone.
 * Throws a `HeddleError` if outputs are not finite.
 *
 * @example
 * const data = await loadDataset(fashionMnistMini())
 * const network = createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), { inputShape: data.imageShape })
 * await fit(network, data, { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
 * const { accuracy, classes } = await analyze(network, data, { robustness: false })
 * classes.length // 10
 */
export async function analyze(
  network: Network,
  data: Dataset,
  options: AnalyzeOptions = {},
): Promise<ModelEvaluation> {
  const { name = 'network', run = null, training = null, robustness = true, onProgress } = options
  const { pixelRange } = network.about
  const { name: dataset, fingerprint } = data
  const model = { run, name, params: network.model.parameterCount, dataset, fingerprint }
  const loss = training?.spec.loss ?? null
  const ask = (images: Uint8Array) => outputsOf(network, images, { pixelRange, batchSize: 256 })
  const of = async ({ images, labels }: Examples): Promise<Predictions> =>
    predictionsOf({ outputs: await ask(images), labels, classNames: data.classNames, loss })
  const test = options.predictions ?? (await of(data.test))
  const usual = [2, 3].filter(k => k < data.classNames.length)
  const evaluation = evaluationOf(test, { ...options, topK: options.topK ?? usual })
  const { confusion, classNames } = evaluation
  const curves = worstOf(classCurves(test)).map(({ name, roc, precisionRecall }) => ({
    name,
    roc: roc && thinnedCurve(roc, POINTS),
    precisionRecall: precisionRecall && thinnedCurve(precisionRecall, POINTS),
  }))
  const sides = training && sidesOf(training.spec, data, training.seed)
  const held = sides?.validation
  const onTest = held?.examples === data.test
  return {
    model,
    loss: loss && (await evaluate(network, data.test, { loss, batchSize: 256, pixelRange })).loss,
    ...evaluation,
    confusion: classNames.length > MOST_IN_MATRIX ? null : confusion,
    confusionCells: classNames.length > MOST_IN_MATRIX ? cellsOf(confusion) : null,
    curves,
    tempered: await orReason(
      !held
        ? 'The run held no validation images out (validationSplit): a temperature cannot be fitted without touching the test images.'
        : onTest
          ? 'The validation images of the run are the test images: a temperature that is fitted on them would flatter itself.'
          : null,
      async () => tempered(await of(held!.examples.take(held!.indices)), test),
    ),
    generalization: await orReason(
      training ? null : 'A model file does not tell which images it was trained on.',
      async () => {
        const some = evenly(sides!.train, TRAIN_IMAGES)
        const drops = network.model.layers.some(({ layer }) => definitionOf(layer).role === 'dropout')
        return generalization(await of(data.train.take(some)), evaluation, { ...training!, drops })
      },
    ),
    robustness: robustness ? await robustnessOf(network, data.test, { pixelRange, onProgress }) : [],
  }
}

function worstOf(curves: readonly ClassCurves[]): readonly ClassCurves[] {
  if (curves.length <= MANY_CLASSES) return curves
  return curves
    .filter(({ roc }) => roc !== null)
    .sort((a, b) => a.roc!.area - b.roc!.area)
    .slice(0, MOST_CURVES)
}

function cellsOf(confusion: ConfusionMatrix): (readonly [number, number, number])[] {
  return confusion.flatMap((row, label) =>
    row.flatMap((count, predicted) => (count > 0 ? [[label, predicted, count] as const] : [])),
  )
}

/** What `work` finds, or why it cannot. */
async function orReason<T>(refused: string | null, work: () => Promise<T>): Promise<T | Refused> {
  if (refused !== null) return { refused }
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    return { refused: error.message }
  }
}

function tempered(validation: Predictions, test: Predictions): TemperedCalibration {
  const temperature = fitTemperature(validation)
  const probabilities = applyTemperature(test.probabilities, test.classNames.length, temperature)
  return {
    temperature,
    fittedOn: validation.labels.length,
    calibration: calibrationOf({ ...test, probabilities }),
  }
}

/** A running mean that is this far from what the trained network gets right misleads. */
const MISLEADING = 0.02
/** A difference between training and test of this size is overfitting that matters: where it is possible, there is no all-clear. */
const UNSURE = 0.1

function generalization(
  train: Predictions,
  { accuracy, images }: { readonly accuracy: number; readonly images: number },
  { runningAccuracy, drops }: Training & { readonly drops: boolean },
): Generalization {
  const count = train.labels.length
  const trainAccuracy = mean(correctness(train))
  const gap = trainAccuracy - accuracy
  const error = Z95 * Math.hypot(accuracyError(trainAccuracy, count), accuracyError(accuracy, images))
  const interval = [gap - error, gap + error] as const
  const fit =
    interval[0] > 0
      ? `Overfitting: training images are recognised ${points(gap, 1)} points more often than test images ` +
        `(${points(trainAccuracy, 1)} and ${percent(accuracy, 1)}${drops ? ', dropout off' : ''})`
      : gap > 0 && interval[1] > UNSURE
        ? `Not sure about overfitting: training images are recognised ${points(gap, 1)} points more often ` +
          `(${points(trainAccuracy, 1)} and ${percent(accuracy, 1)}${drops ? ', dropout off' : ''}), but with ${plural(images, 'test image')} ` +
          `the difference can be anything from ${points(interval[0], 1)} to ${points(interval[1], 1)} points`
        : `No sign of overfitting: ${percent(trainAccuracy, 1)} of training images and ${percent(accuracy, 1)} of test images are ` +
          `recognised${drops ? ' (dropout off)' : ''}`
  const misleading =
    runningAccuracy !== null && Math.abs(runningAccuracy - trainAccuracy) > MISLEADING
      ? `. The ${percent(runningAccuracy, 1)} that the last epoch shows is a mean while weights were changing${drops ? ' and dropout was on' : ''}: ` +
        'it is not to be compared with the test'
      : ''
  const sentence = `${fit}${misleading}.`
  return { trainAccuracy, trainImages: count, runningAccuracy, gap, interval, sentence }
}

/** No more than `most` of a list, about equally far apart. */
function evenly(indices: Int32Array, most: number): Int32Array {
  if (indices.length <= most) return indices
  return Int32Array.from({ length: most }, (_, i) => indices[Math.floor((i * indices.length) / most)]!)
}
