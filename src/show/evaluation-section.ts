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
import type { Block, Chart, ChartPanel, Fact, Images, Section } from '../protocol/section.ts'
import type { Cell, Table } from '../protocol/table.ts'
import { shownClasses } from './many-classes.ts'

export const matrixKinds = ['counts', 'row', 'column', 'all'] as const
export type MatrixKind = (typeof matrixKinds)[number]

const four = (value: number | null): string => (value === null ? 'undefined' : value.toFixed(4))

/** Everything about one trained network on its test images, what matters most first. The matrix of many classes is left out unless its kind is given. */
export function evaluationSection(evaluation: ModelEvaluation, matrix?: MatrixKind): Section {
  const { generalization, warnings, robustness } = evaluation
  return {
    kind: 'section',
    name: 'evaluation',
    title: 'Evaluation',
    blocks: [
      { kind: 'facts', facts: factsOf(evaluation) },
      { kind: 'text', text: 'refused' in generalization ? generalization.refused : generalization.sentence },
      { kind: 'warnings', warnings },
      classesSection(evaluation),
      confusionSection(evaluation, matrix),
      calibrationSection(evaluation),
      ...(robustness.length > 0 ? [robustnessSection([{ name: 'this model', evaluation }])] : []),
      ...(evaluation.hardest.length > 0 ? [hardestSection(evaluation)] : []),
    ],
  }
}

function factsOf({
  model,
  images,
  accuracy,
  interval,
  loss,
  topK,
  kappa,
  matthews,
}: ModelEvaluation): Fact[] {
  return [
    { name: 'Model', text: `${model.name}${model.run ? ` (run ${model.run})` : ''}` },
    { name: 'Parameters', text: count(model.params) },
    {
      name: 'Test images',
      text: `${count(images)} of ${model.dataset} ${shortFingerprint(model.fingerprint)}`,
    },
    {
      name: 'Accuracy',
      text: `${percent(accuracy)}, 95 % interval ${points(interval[0])} to ${percent(interval[1])}`,
    },
    ...Object.entries(topK).map(([k, share]) => ({
      name: `Top ${k}`,
      text: percent(share),
      meaning: `The label is among the ${k} largest outputs.`,
    })),
    ...(loss === null ? [] : [{ name: 'Loss', text: four(loss) }]),
    {
      name: "Cohen's kappa",
      text: four(kappa),
      meaning: 'Agreement with the labels beyond chance; 1 is perfect.',
    },
    {
      name: "Matthews' correlation",
      text: four(matthews),
      meaning: 'Between labels and predictions; 1 is perfect.',
    },
  ]
}

function classesSection(evaluation: ModelEvaluation): Section {
  const { indices, note } = shownClasses(evaluation.classes)
  return {
    kind: 'section',
    name: 'classes',
    title: 'Test images, by class',
    blocks: [
      { kind: 'table', name: 'classes', table: classesTable(evaluation, indices) },
      ...(note === null ? [] : [{ kind: 'note', text: note } as const]),
      curvesChart(evaluation),
    ],
  }
}

/** Every class by itself, and the averages over them. */
export function classesTable({ report, classes }: ModelEvaluation, indices: readonly number[]): Table {
  const share = (title: string, key: string) => ({
    key,
    title: `${title}, %`,
    show: (value: number) => points(value),
  })
  const area = (key: string, title: string) => ({ key, title, show: four })
  const average = (name: string, { precision, recall, f1Score, support }: typeof report.macroAverage) => ({
    class: name,
    precision,
    recall,
    f1Score,
    support,
  })
  return {
    columns: [
      { key: 'class', title: 'Class' },
      share('Precision', 'precision'),
      share('Recall', 'recall'),
      share('F1', 'f1Score'),
      { key: 'support', title: 'Images', show: count },
      area('rocArea', 'ROC area'),
      area('averagePrecision', 'PR area'),
      { ...share('Against the rest', 'accuracy'), optional: true },
    ],
    rows: [
      ...indices.map(k => {
        const { name, recall, accuracy, rocArea, averagePrecision } = classes[k]!
        return { ...average(name, report.classes[k]!), recall, accuracy, rocArea, averagePrecision }
      }),
      { class: 'accuracy', f1Score: report.accuracy, support: report.support },
      average('macro avg', report.macroAverage),
      average('weighted avg', report.weightedAverage),
    ],
  }
}

/** One class against the rest, for every threshold. */
function curvesChart({ curves, classes }: ModelEvaluation): Chart {
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
      ? { kind: 'table', name: 'matrix', table: matrixTable(confusion, classNames, kind) }
      : { kind: 'text', text: many }
  return {
    kind: 'section',
    name: 'confusion',
    title: `Confusion matrix, ${matrixTitles[kind]}: label downwards, prediction across`,
    blocks: [matrix, { kind: 'table', name: 'pairs', table: pairsTable({ mostConfused }, 10) }],
  }
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
  return {
    columns: [{ key: 'label', title: '' }, ...classNames.map((title, k) => ({ key: `class${k}`, title }))],
    rows: cells.map((row, label) => ({
      label: classNames[label]!,
      ...Object.fromEntries(row.map((value, k) => [`class${k}`, cell(value, label, k)])),
    })),
  }
}

/** Which class is most often taken for which. */
export function pairsTable({ mostConfused }: Pick<ModelEvaluation, 'mostConfused'>, most: number): Table {
  return {
    columns: [
      { key: 'label', title: 'Most confused: label' },
      { key: 'predicted', title: 'taken for' },
      { key: 'count', title: 'Images', show: count },
    ],
    rows: mostConfused
      .slice(0, most)
      .map(({ label, predicted, count: images }) => ({ label, predicted, count: images })),
  }
}

function calibrationSection({ calibration, tempered }: ModelEvaluation): Section {
  const heading = { kind: 'section', name: 'calibration', title: 'Calibration' } as const
  if ('refused' in calibration) return { ...heading, blocks: [{ kind: 'text', text: calibration.refused }] }
  const { expectedError, maximumError, brierScore, logLoss } = calibration
  const better = 'refused' in tempered ? null : tempered
  return {
    ...heading,
    blocks: [
      {
        kind: 'text',
        text:
          `Confidences are ${points(expectedError, 1)} points off on average (ECE), ${points(maximumError, 1)} at most; ` +
          `Brier score ${four(brierScore)}, log loss ${four(logLoss)}.`,
      },
      {
        kind: 'text',
        text:
          'refused' in tempered
            ? tempered.refused
            : `At the temperature ${tempered.temperature.toFixed(3)}, fitted on ${plural(tempered.fittedOn, 'validation image')}: ` +
              `${points(tempered.calibration.expectedError, 1)} points off, log loss ${four(tempered.calibration.logLoss)}.`,
      },
      {
        kind: 'chart',
        name: 'reliability',
        caption: 'On the diagonal a confidence means what it says.',
        panels: [
          {
            title: 'Reliability',
            xTitle: 'Confidence',
            xEnd: 1,
            yTitle: 'Share that is right',
            lines: [
              { name: 'as trained', points: reliability(calibration) },
              ...(better
                ? [
                    {
                      name: `at temperature ${better.temperature.toFixed(2)}`,
                      points: reliability(better.calibration),
                    },
                  ]
                : []),
            ],
            diagonal: true,
            summary: `Reliability: confidences are ${points(expectedError, 1)} points off on average.`,
          },
        ],
        numbers: binsTable(calibration),
      },
    ],
  }
}

function reliability({ bins }: Calibration): (readonly [number, number])[] {
  return bins.filter(bin => bin.count > 0).map(({ confidence, accuracy }) => [confidence!, accuracy!])
}

function binsTable({ bins }: Calibration): Table {
  const one = (share: number): string => points(share, 1)
  return {
    columns: [
      { key: 'confidence', title: 'Confidence' },
      { key: 'images', title: 'Images', show: count },
      { key: 'mean', title: 'Mean, %', show: one },
      { key: 'right', title: 'Right, %', show: one },
    ],
    rows: bins
      .filter(bin => bin.count > 0)
      .map(bin => ({
        confidence: `${one(bin.from)} to ${one(bin.to)} %`,
        images: bin.count,
        mean: bin.confidence,
        right: bin.accuracy,
      })),
  }
}

/** How accuracy falls as test images are spoilt, of one model or several. */
export function robustnessSection(
  models: readonly {
    readonly name: string
    readonly evaluation: Pick<ModelEvaluation, 'robustness' | 'accuracy'>
  }[],
): Section {
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
  const places = robustness[0]!.strengths.map((_, i) => String(i + 1))
  return {
    kind: 'section',
    name: 'robustness',
    title: 'Distorted images',
    blocks: [
      {
        kind: 'chart',
        name: 'robustness',
        caption: 'Accuracy on distorted test images: the distortion grows to the right.',
        panels: robustness.map(panel),
        numbers: {
          columns: [
            { key: 'kind', title: 'Robustness' },
            {
              key: 'unit',
              title: 'Strength in',
              note: `Each strength with the accuracy that is left, in %; of images as they are, ${points(accuracy, 1)}.`,
            },
            ...places.map(place => ({ key: place, title: place })),
          ],
          rows: robustness.map(({ kind, unit, strengths, accuracies }) => ({
            kind,
            unit,
            ...Object.fromEntries(
              strengths.map((strength, i): [string, Cell] => {
                const share = accuracies[i]!
                return [
                  places[i]!,
                  { value: share, text: `${Number(strength.toFixed(1))}: ${points(share, 1)}` },
                ]
              }),
            ),
          })),
        },
      },
    ],
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
    numbers: {
      columns: [
        { key: 'index', title: 'Hardest: test image', show: String },
        { key: 'label', title: 'Label' },
        { key: 'ofLabel', title: 'Output', show: four },
        { key: 'predicted', title: 'Predicted' },
        { key: 'ofPredicted', title: 'Output', show: four },
      ],
      rows: hardest.map(({ label, predicted, ...image }) => ({
        ...image,
        label: classNames[label]!,
        predicted: classNames[predicted]!,
      })),
    },
  }
  return {
    kind: 'section',
    name: 'hardest',
    title: 'Hardest images',
    blocks: [{ kind: 'text', text: 'The surest mistakes; some of the labels are wrong themselves.' }, images],
  }
}
