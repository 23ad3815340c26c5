import { count, percent, points } from '../base/text.ts'
import { formatReport } from '../insight/evaluate/classification-report.ts'
import { normalized } from '../insight/evaluate/confusion.ts'
import { type ConfusionMatrix, MANY_CLASSES, type ModelEvaluation } from '../protocol/evaluation.ts'
import { shownClasses } from './many-classes.ts'
import { type Column, table } from './table.ts'

export const matrixKinds = ['counts', 'row', 'column', 'all'] as const
export type MatrixKind = (typeof matrixKinds)[number]

/** An evaluation as a page of text, what matters most first. The matrix of many classes is left out unless its kind is given. */
export function evaluationText(evaluation: ModelEvaluation, matrix?: MatrixKind): string {
  const { report } = evaluation
  const shown = shownClasses(evaluation.classes)
  return [
    headText(evaluation),
    evaluation.warnings.map(warning => `! ${warning}`).join('\n'),
    formatReport({ ...report, classes: shown.indices.map(k => report.classes[k]!) }, { digits: 4 }).trimEnd(),
    classTable(evaluation, shown.indices),
    shown.note ?? '',
    matrixTable(evaluation, matrix),
    pairsTable(evaluation),
    calibrationText(evaluation),
    robustnessTable(evaluation),
    hardestTable(evaluation),
  ]
    .filter(part => part !== '')
    .join('\n\n')
}

const left = (title: string): Column => ({ title, align: 'left' })
const right = (title: string): Column => ({ title, align: 'right' })
const four = (value: number | null): string => (value === null ? 'n/a' : value.toFixed(4))

function headText(evaluation: ModelEvaluation): string {
  const { model, images, accuracy, interval, loss, topK, kappa, matthews, generalization } = evaluation
  const tops = Object.entries(topK).map(([k, share]) => `top-${k} ${four(share)}`)
  const facts: [string, string][] = [
    ['Model', `${model.name}${model.run ? ` (run ${model.run})` : ''}, ${count(model.params)} parameters`],
    ['Test', `${count(images)} images of ${model.dataset} ${model.fingerprint.slice(0, 12)}`],
    ['Accuracy', `${four(accuracy)}, 95 % interval ${four(interval[0])} to ${four(interval[1])} (Wilson)`],
    ...(tops.length > 0 ? [['', tops.join(', ')] as [string, string]] : []),
    ...(loss === null ? [] : [['Loss', four(loss)] as [string, string]]),
    [
      'Agreement',
      `Cohen's kappa ${kappa === null ? 'undefined' : four(kappa)}, Matthews' correlation ${four(matthews)}`,
    ],
    ['Training', 'refused' in generalization ? generalization.refused : generalization.sentence],
  ]
  return facts.map(([name, text]) => `${name.padEnd(11)}${text}`).join('\n')
}

function classTable({ classes }: ModelEvaluation, shown: readonly number[]): string {
  return table(
    [left('Class'), right('Recall'), right('Accuracy against the rest'), right('ROC area'), right('PR area')],
    shown.map(k => {
      const { name, recall, accuracy, rocArea, averagePrecision } = classes[k]!
      return [name, four(recall), four(accuracy), four(rocArea), four(averagePrecision)]
    }),
  )
}

const matrixTitles: Readonly<Record<MatrixKind, string>> = {
  counts: 'Confusion matrix, images: label downwards, prediction across',
  row: 'Confusion matrix, shares of each label (the diagonal is the recall)',
  column: 'Confusion matrix, shares of each prediction (the diagonal is the precision)',
  all: 'Confusion matrix, shares of all images',
}

function matrixTable({ confusion, classNames }: ModelEvaluation, wanted?: MatrixKind): string {
  if (classNames.length > MANY_CLASSES && wanted === undefined) {
    return `The confusion matrix of ${classNames.length} classes is left out: the most confused pairs follow; ${confusion ? '--matrix counts prints it' : '--json has all its cells'}.`
  }
  if (!confusion) return `A matrix of ${classNames.length} classes cannot be read: --json has all its cells.`
  const kind = wanted ?? 'counts'
  const cells: ConfusionMatrix = kind === 'counts' ? confusion : normalized(confusion, kind)
  const shown = (value: number): string =>
    value === 0 ? '·' : kind === 'counts' ? count(value) : value.toFixed(3)
  const columns = [
    left(''),
    ...classNames.map(name => right(name.length > 7 ? `${name.slice(0, 6)}…` : name)),
  ]
  return `${matrixTitles[kind]}\n${table(
    columns,
    cells.map((row, i) => [classNames[i]!, ...row.map(shown)]),
  )}`
}

function pairsTable({ mostConfused }: ModelEvaluation): string {
  if (mostConfused.length === 0) return ''
  return table(
    [left('Most confused: label'), left('taken for'), right('Images')],
    mostConfused.slice(0, 10).map(pair => [pair.label, pair.predicted, count(pair.count)]),
  )
}

function calibrationText({ calibration, tempered }: ModelEvaluation): string {
  if ('refused' in calibration) return `Calibration  ${calibration.refused}`
  const bins = calibration.bins.filter(bin => bin.count > 0)
  const lines = [
    `Calibration: confidences are ${points(calibration.expectedError, 1)} points off on average (ECE), ` +
      `${points(calibration.maximumError, 1)} at most; Brier score ${four(calibration.brierScore)}, log loss ${four(calibration.logLoss)}.`,
    'refused' in tempered
      ? tempered.refused
      : `At the temperature ${tempered.temperature.toFixed(3)}, fitted on ${count(tempered.fittedOn)} validation images: ` +
        `${points(tempered.calibration.expectedError, 1)} points off, log loss ${four(tempered.calibration.logLoss)}.`,
  ]
  const rows = bins.map(bin => [
    `${points(bin.from, 1)} to ${percent(bin.to, 1)}`,
    count(bin.count),
    points(bin.confidence!, 1),
    points(bin.accuracy!, 1),
  ])
  return [
    ...lines,
    table([left('Confidence'), right('Images'), right('Mean, %'), right('Right, %')], rows),
  ].join('\n')
}

function robustnessTable({ robustness, accuracy }: ModelEvaluation): string {
  if (robustness.length === 0) return ''
  const cell = (strength: number, share: number): string =>
    `${Number(strength.toFixed(1))}: ${points(share, 1)}`
  return table(
    [left('Robustness'), left('Strength in'), ...[1, 2, 3, 4, 5].map(i => right(String(i)))],
    [
      ['as they are', '', points(accuracy, 1), '', '', '', ''],
      ...robustness.map(({ kind, unit, strengths, accuracies }) => [
        kind,
        unit,
        ...strengths.map((strength, i) => cell(strength, accuracies[i]!)),
      ]),
    ],
  )
}

function hardestTable({ hardest, classNames }: ModelEvaluation): string {
  if (hardest.length === 0) return ''
  return table(
    [right('Hardest: test image'), left('Label'), right('Output'), left('Predicted'), right('Output')],
    hardest.map(({ index, label, predicted, ofLabel, ofPredicted }) => [
      String(index),
      classNames[label]!,
      four(ofLabel),
      classNames[predicted]!,
      four(ofPredicted),
    ]),
  )
}
