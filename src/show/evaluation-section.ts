import { count, percent, plural, points, shortFingerprint } from '../base/text.ts'
import { normalized } from '../protocol/confusion.ts'
import {
  type Calibration,
  type ConfusionMatrix,
  type Curve,
  MANY_CLASSES,
  type ModelEvaluation,
  type RobustnessCurve,
} from '../protocol/evaluation.ts'
import {
  type Block,
  type Chart,
  type ChartPanel,
  type Fact,
  type Images,
  note,
  type Section,
  section,
  tableBlock,
  text,
} from '../protocol/section.ts'
import { type Cell, type ColumnOf, type Table, tableOf } from '../protocol/table.ts'
import { shownClasses } from './many-classes.ts'

// Pages show the same classes of many.
export { shownClasses }

export const matrixKinds = ['counts', 'row', 'column', 'all'] as const
export type MatrixKind = (typeof matrixKinds)[number]

const four = (value: number | null): string => (value === null ? 'undefined' : value.toFixed(4))

/** Everything about one trained network on its test images, what matters most first. The matrix of many classes is left out unless its kind is given. */
export function evaluationSection(evaluation: ModelEvaluation, matrix?: MatrixKind): Section {
  const { generalization, warnings, robustness } = evaluation
  return section('evaluation', 'Evaluation', [
    { kind: 'facts', facts: factsOf(evaluation) },
    text('refused' in generalization ? generalization.refused : generalization.sentence),
    { kind: 'warnings', warnings },
    classesSection(evaluation),
    confusionSection(evaluation, matrix),
    calibrationSection(evaluation),
    ...(robustness.length > 0 ? [robustnessSection([{ name: 'this model', evaluation }])] : []),
    ...(evaluation.hardest.length > 0 ? [hardestSection(evaluation)] : []),
  ])
}

function factsOf(evaluation: ModelEvaluation): Fact[] {
  const { model, images, accuracy, interval, loss, topK, kappa, matthews } = evaluation
  const fact = (name: string, text: string, meaning?: string): Fact => ({
    name,
    text,
    ...(meaning && { meaning }),
  })
  return [
    fact('Model', `${model.name}${model.run ? ` (run ${model.run})` : ''}`),
    fact('Parameters', count(model.params)),
    fact('Test images', `${count(images)} of ${model.dataset} ${shortFingerprint(model.fingerprint)}`),
    fact('Accuracy', `${percent(accuracy)}, 95 % interval ${points(interval[0])} to ${percent(interval[1])}`),
    ...Object.entries(topK).map(([k, share]) =>
      fact(`Top ${k}`, percent(share), `The label is among the ${k} largest outputs.`),
    ),
    ...(loss === null ? [] : [fact('Loss', four(loss))]),
    fact("Cohen's kappa", four(kappa), 'Agreement with the labels beyond chance; 1 is perfect.'),
    fact("Matthews' correlation", four(matthews), 'Between labels and predictions; 1 is perfect.'),
  ]
}

function classesSection(evaluation: ModelEvaluation): Section {
  const { indices, note: left } = shownClasses(evaluation.classes)
  return section('classes', 'Test images, by class', [
    tableBlock('classes', classesTable(evaluation, indices)),
    ...(left === null ? [] : [note(left)]),
    curvesChart(evaluation),
  ])
}

/** Every class by itself, and the averages over them. */
export function classesTable({ report, classes }: ModelEvaluation, indices: readonly number[]): Table {
  const rows: readonly ClassRow[] = [
    ...indices.map(k => ({ ...classes[k]!, ...report.classes[k]!, recall: classes[k]!.recall })),
    { name: 'accuracy', f1Score: report.accuracy, support: report.support },
    { name: 'macro avg', ...report.macroAverage },
    { name: 'weighted avg', ...report.weightedAverage },
  ]
  const share = (title: string, key: ClassShare, more = {}): ColumnOf<ClassRow> => [
    key,
    `${title}, %`,
    row => row[key],
    { show: value => points(value), ...more },
  ]
  return tableOf<ClassRow>(rows, [
    ['class', 'Class', ({ name }) => name],
    share('Precision', 'precision'),
    share('Recall', 'recall'),
    share('F1', 'f1Score'),
    ['support', 'Images', ({ support }) => support, count],
    ['rocArea', 'ROC area', ({ rocArea }) => rocArea, four],
    ['averagePrecision', 'PR area', ({ averagePrecision }) => averagePrecision, four],
    share('Against the rest', 'accuracy', { optional: true }),
  ])
}

type ClassShare = 'precision' | 'recall' | 'f1Score' | 'accuracy'
type ClassRow = { readonly name: string; readonly support: number } & {
  readonly [K in ClassShare | 'rocArea' | 'averagePrecision']?: number | null
}

/** One class against the rest, for every threshold. */
export function curvesChart({ curves, classes }: ModelEvaluation): Chart {
  const panel = (
    [title, xTitle, yTitle]: readonly [string, string, string],
    curveOf: (of: (typeof curves)[number]) => Curve | null,
  ): ChartPanel => ({
    title,
    xTitle,
    xEnd: 1,
    yTitle,
    lines: curves.map(of => {
      const curve = curveOf(of)
      return { name: of.name, points: curve?.x.map((x, i) => [x, curve.y[i]!] as const) ?? [] }
    }),
    summary: `${title}; areas: ${curves.map(of => `${of.name} ${curveOf(of)?.area.toFixed(3) ?? 'n/a'}`).join(', ')}.`,
  })
  return {
    kind: 'chart',
    name: 'curves',
    caption: `${curves.length === classes.length ? 'Each class' : 'The worst classes'} against the rest.`,
    panels: [
      { ...panel(['ROC', 'False positive rate', 'True positive rate'], ({ roc }) => roc), diagonal: true },
      panel(['Precision and recall', 'Recall', 'Precision'], ({ precisionRecall }) => precisionRecall),
    ],
  }
}

const matrixTitles: Readonly<Record<MatrixKind, string>> = {
  counts: 'images',
  row: '% of each label (the diagonal is the recall)',
  column: '% of each prediction (the diagonal is the precision)',
  all: '% of all images',
}

function confusionSection(
  { confusion, classNames, mostConfused }: ModelEvaluation,
  wanted?: MatrixKind,
): Section {
  const kind = wanted ?? 'counts'
  const many = `The confusion matrix of ${classNames.length} classes is left out: the most confused pairs follow; ${confusion ? '--matrix counts prints it' : '--json has all its cells'}.`
  const matrix: Block =
    confusion && (classNames.length <= MANY_CLASSES || wanted !== undefined)
      ? tableBlock('matrix', matrixTable(confusion, classNames, kind))
      : text(many)
  const title = `Confusion matrix, ${matrixTitles[kind]}: label downwards, prediction across`
  return section('confusion', title, [matrix, tableBlock('pairs', pairsTable({ mostConfused }, 10))])
}

/** How often each class is taken for each, as dark as its share of the label. */
export function matrixTable(
  confusion: ConfusionMatrix,
  classNames: readonly string[],
  kind: MatrixKind,
): Table {
  const cells = kind === 'counts' ? confusion : normalized(confusion, kind)
  const shares = kind === 'counts' ? normalized(confusion, 'row') : cells
  const most = Math.max(...shares.flat(), Number.MIN_VALUE)
  const cell = (value: number, label: number, predicted: number): Cell => ({
    value,
    text: value === 0 ? '·' : kind === 'counts' ? count(value) : points(value, 1),
    // Mistakes are few: the root makes them visible.
    shade: Math.sqrt(shares[label]![predicted]! / most),
    tone: label === predicted ? 'good' : 'bad',
  })
  return tableOf(
    [...cells.entries()],
    [
      ['label', '', ([label]) => classNames[label]],
      ...classNames.map(
        (title, k): ColumnOf<[number, readonly number[]]> => [
          `class${k}`,
          title,
          ([label, row]) => cell(row[k]!, label, k),
        ],
      ),
    ],
  )
}

/** Which class is most often taken for which. */
export function pairsTable({ mostConfused }: Pick<ModelEvaluation, 'mostConfused'>, most: number): Table {
  return tableOf(mostConfused.slice(0, most), [
    ['label', 'Most confused: label', ({ label }) => label],
    ['predicted', 'taken for', ({ predicted }) => predicted],
    ['count', 'Images', pair => pair.count, count],
  ])
}

function calibrationSection({ calibration, tempered }: ModelEvaluation): Section {
  const of = (blocks: readonly Block[]): Section => section('calibration', 'Calibration', blocks)
  if ('refused' in calibration) return of([text(calibration.refused)])
  const { expectedError, maximumError, brierScore, logLoss } = calibration
  return of([
    text(
      `Confidences are ${points(expectedError, 1)} points off on average (ECE), ${points(maximumError, 1)} at most; ` +
        `Brier score ${four(brierScore)}, log loss ${four(logLoss)}.`,
    ),
    text(
      'refused' in tempered
        ? tempered.refused
        : `At the temperature ${tempered.temperature.toFixed(3)}, fitted on ${plural(tempered.fittedOn, 'validation image')}: ` +
            `${points(tempered.calibration.expectedError, 1)} points off, log loss ${four(tempered.calibration.logLoss)}.`,
    ),
    reliabilityChart(calibration, tempered),
  ])
}

/** How often a confidence is right, as trained and at the temperature that fits best. */
export function reliabilityChart(calibration: Calibration, tempered: ModelEvaluation['tempered']): Chart {
  const lines = [{ name: 'as trained', points: reliability(calibration) }]
  if (!('refused' in tempered))
    lines.push({
      name: `at temperature ${tempered.temperature.toFixed(2)}`,
      points: reliability(tempered.calibration),
    })
  return {
    kind: 'chart',
    name: 'reliability',
    caption: 'On the diagonal a confidence means what it says.',
    panels: [
      {
        title: 'Reliability',
        xTitle: 'Confidence',
        xEnd: 1,
        yTitle: 'Share that is right',
        lines,
        diagonal: true,
        summary: `Reliability: confidences are ${points(calibration.expectedError, 1)} points off on average.`,
      },
    ],
    numbers: binsTable(calibration),
  }
}

function reliability({ bins }: Calibration): (readonly [number, number])[] {
  return bins.filter(bin => bin.count > 0).map(({ confidence, accuracy }) => [confidence!, accuracy!])
}

function binsTable({ bins }: Calibration): Table {
  const one = (share: number): string => points(share, 1)
  return tableOf(
    bins.filter(bin => bin.count > 0),
    [
      ['confidence', 'Confidence', ({ from, to }) => `${one(from)} to ${one(to)} %`],
      ['images', 'Images', bin => bin.count, count],
      ['mean', 'Mean, %', ({ confidence }) => confidence, one],
      ['right', 'Right, %', ({ accuracy }) => accuracy, one],
    ],
  )
}

interface SpoiltModel {
  readonly name: string
  readonly evaluation: Pick<ModelEvaluation, 'robustness' | 'accuracy'>
}

/** How accuracy falls as test images are spoilt, of one model or several. */
export function robustnessSection(models: readonly SpoiltModel[]): Section {
  return section('robustness', 'Distorted images', [robustnessChart(models)])
}

/** A panel for each kind of distortion, a line for each model. */
export function robustnessChart(models: readonly SpoiltModel[]): Chart {
  const { robustness, accuracy } = models[0]!.evaluation
  const panel = ({ kind, unit, strengths, accuracies }: RobustnessCurve, i: number): ChartPanel => ({
    title: kind,
    xTitle: unit,
    xEnd: Math.max(...strengths),
    xFalls: strengths[0]! > strengths.at(-1)!,
    yTitle: 'Accuracy',
    lines: models.map(({ name, evaluation }) => ({
      name,
      points: strengths.map((strength, k) => [strength, evaluation.robustness[i]!.accuracies[k]!] as const),
    })),
    summary: `Accuracy under ${kind}: from ${percent(accuracies[0])} to ${percent(accuracies.at(-1))}.`,
  })
  const atPlace = (_: number, i: number): ColumnOf<RobustnessCurve> => [
    String(i + 1),
    String(i + 1),
    ({ strengths, accuracies }) => ({
      value: accuracies[i]!,
      text: `${Number(strengths[i]!.toFixed(1))}: ${points(accuracies[i]!, 1)}`,
    }),
  ]
  const note = `Each strength with the accuracy that is left, in %; of images as they are, ${points(accuracy, 1)}.`
  return {
    kind: 'chart',
    name: 'robustness',
    caption: 'Accuracy on distorted test images: the distortion grows to the right.',
    panels: robustness.map(panel),
    numbers: tableOf(robustness, [
      ['kind', 'Robustness', ({ kind }) => kind],
      ['unit', 'Strength in', ({ unit }) => unit, { note }],
      ...robustness[0]!.strengths.map(atPlace),
    ]),
  }
}

function hardestSection({ hardest, classNames }: ModelEvaluation): Section {
  const images: Images = {
    kind: 'images',
    name: 'hardest',
    groups: hardest.map(({ index, label, predicted, ofPredicted }) => ({
      images: [{ split: 'test', index, label: classNames[label]! }],
      caption: `${index}: ${classNames[label]}\ntaken for ${classNames[predicted]} (${percent(ofPredicted, 0)})`,
    })),
    numbers: tableOf(hardest, [
      ['index', 'Hardest: test image', ({ index }) => index, String],
      ['label', 'Label', ({ label }) => classNames[label]],
      ['ofLabel', 'Output', ({ ofLabel }) => ofLabel, four],
      ['predicted', 'Predicted', ({ predicted }) => classNames[predicted]],
      ['ofPredicted', 'Output', ({ ofPredicted }) => ofPredicted, four],
    ]),
  }
  return section('hardest', 'Hardest images', [
    text('The surest mistakes; some of the labels are wrong themselves.'),
    images,
  ])
}
