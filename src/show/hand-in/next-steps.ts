import { percent, plural, points } from '../../base/text.ts'
import type { ReportedModel, ReportMaterial } from '../../runs/gather-report.ts'

/** A difference between training and test of this much is worth a remedy. */
const GAP = 0.02
/** Confidences that are off by more are worth a temperature. */
const MISCALIBRATED = 0.03

/** What the results give reason to try, each with its reason. */
export function nextSteps({ models, comparison }: ReportMaterial): string[] {
  return [
    ...models.flatMap(model => [...fitSteps(model), ...epochSteps(model), ...confidenceSteps(model)]),
    ...models.slice(0, 1).flatMap(confusedSteps),
    ...(comparison?.pairs ?? []).flatMap(({ first, second, verdict, seedsNeeded, detectable }) =>
      verdict === 'no evidence'
        ? [
            `${second} and ${first}: no difference was found, and these runs can only find one of ${points(detectable)} points or more. ${seedsNeeded ? `Train at least ${plural(seedsNeeded.least, 'seed')} of each (heddle run … --seeds ${seedsNeeded.least}).` : 'More seeds would not settle it: the number of test images limits it.'}`,
          ]
        : [],
    ),
    ...models.flatMap(({ name, runs }) =>
      runs.length === 1
        ? [
            `${name}: one run does not show how much its accuracy depends on the seed. Train several (--seeds 5).`,
          ]
        : [],
    ),
    'The options of the training were not searched: "heddle search" tries learning rates, layer sizes and others, and chooses by validation.',
  ]
}

function fitSteps({ name, evaluation: { generalization } }: ReportedModel): string[] {
  if ('refused' in generalization || generalization.gap < GAP || generalization.interval[0] <= 0) return []
  return [
    `${name}: training accuracy is ${points(generalization.gap, 1)} points above test accuracy. Try dropout, L2, augmentation or fewer epochs.`,
  ]
}

function epochSteps({ name, runs }: ReportedModel): string[] {
  const losses = runs[0]!.epochs.map(({ metrics }) => metrics.valLoss)
  if (losses.length < 3 || losses.some(loss => loss === undefined)) return []
  const known = losses as number[]
  const best = known.indexOf(Math.min(...known)) + 1
  if (best < known.length)
    return [
      `${name}: the validation loss was lowest after epoch ${best} of ${known.length}. Try earlyStopping, or ${plural(best, 'epoch')}.`,
    ]
  return [
    `${name}: the validation loss was still falling in the last epoch. Try more than ${plural(known.length, 'epoch')}.`,
  ]
}

function confidenceSteps({ name, evaluation: { calibration, tempered } }: ReportedModel): string[] {
  if ('refused' in calibration || calibration.expectedError < MISCALIBRATED) return []
  const fitted =
    'refused' in tempered
      ? ''
      : ` At the temperature ${tempered.temperature.toFixed(2)} it is ${points(tempered.calibration.expectedError, 1)}.`
  return [
    `${name}: confidences are ${points(calibration.expectedError, 1)} points off on average.${fitted} Do not read its outputs as probabilities as they are.`,
  ]
}

function confusedSteps({ name, evaluation: { mostConfused, report } }: ReportedModel): string[] {
  const [pair] = mostConfused
  const support = report.classes.find(row => row.name === pair?.label)?.support
  if (!pair || !support) return []
  return [
    `${name} takes ${percent(pair.count / support, 1)} of the images of ${pair.label} for ${pair.predicted}. Look at them (heddle explain), and at their labels (heddle data audit): more images of both, or larger ones, may be needed.`,
  ]
}
