import {
  type ConfusionMatrix,
  classificationReport,
  formatReport,
  normalized,
  oneVsRest,
} from 'heddle/analysis'
import { type DataTable, heatMap, type Line, linePanels, type Panel, tableOf } from 'heddle/show'
import type { Comparison } from './comparison.ts'
import type { Exhibit } from './exhibit.ts'
import type { Report } from './reported.ts'
import type { RunRecord } from './runs.ts'
import { fixed, kerasLines } from './tables.ts'

const ofEpochs = [
  { title: 'Accuracy', training: 'accuracy', validation: 'valAccuracy' },
  { title: 'Loss', training: 'loss', validation: 'valLoss' },
] as const
type OfEpochs = (typeof ofEpochs)[number]

/** What each epoch measured: model by model, side by side, on the same axes, and as Keras prints it. */
export function curves(ran: readonly Comparison[], to: Exhibit): void {
  to.section(
    'Training',
    'The first seed of each model. Training values are means over the epoch, dropout on.',
  )
  const first = ran.map(({ item, runs }) => ({ item, record: runs[0]! }))
  for (const { item, record } of first) {
    to.picture(
      `curves-${fileName(item.id)}`,
      `${item.id}: accuracy and loss of every epoch.`,
      linePanels(
        item.id,
        ofEpochs.map(measure => panel(measure.title, measure, linesOf(record, measure))),
      ),
    )
  }
  for (const experiment of new Set(ran.map(({ item }) => item.experiment))) {
    const own = first.filter(({ item }) => item.experiment === experiment)
    const { name } = experiment
    if (own.length < 2) continue
    for (const measure of ofEpochs) {
      to.picture(
        `epoch-${measure.training}-${name}`,
        `${name}: the ${measure.training} of every epoch, a panel for each model on one scale.`,
        linePanels(
          `${name}: epoch_${measure.training}`,
          own.map(({ item, record }) => panel(item.id, measure, linesOf(record, measure))),
        ),
      )
    }
    // The four lines of report 002; of many models, validation alone.
    const isFew = own.length <= 4
    const together = (measure: OfEpochs): Line[] =>
      own.flatMap(({ item, record }, color) =>
        linesOf(record, measure)
          .filter(({ dashed }) => isFew || dashed)
          .map(line => ({ ...line, name: `${item.id}, ${line.name}`, color })),
      )
    to.picture(
      `curves-${name}`,
      `${name}: all models on the same axes.`,
      linePanels(
        `${name}: all models`,
        ofEpochs.map(measure => panel(measure.title, measure, together(measure))),
        { maxColumns: 2 },
      ),
    )
  }
  to.text(
    'progress',
    'Progress as Keras prints it',
    first.map(({ record }) => kerasLines(record)).join('\n\n'),
  )
}

function panel(title: string, measure: OfEpochs, lines: readonly Line[]): Panel {
  const epochs = Math.max(...lines.map(({ values }) => values.length))
  const places = Array.from({ length: epochs }, (_, i) => `${i + 1}`)
  return { title, xTitle: 'Epoch', yTitle: measure.title, places, lines }
}

function linesOf({ run: { history } }: RunRecord, { training, validation }: OfEpochs): Line[] {
  return [
    { name: 'training', values: history[training] ?? [], color: 0 },
    { name: 'validation', values: history[validation] ?? [], color: 1, dashed: true },
  ].filter(({ values }) => values.length > 0)
}

/** Loss and accuracy over the models that the report prints. */
export function byModel(report: Report, comparisons: readonly Comparison[], to: Exhibit): void {
  to.section('By model')
  const shown = comparisons.filter(({ item }) => item.reported)
  const places = shown.map(({ item }) => item.id.split('/').slice(1).join('/'))
  const of = (title: string, key: 'accuracy' | 'loss' | 'trainAccuracy' | 'trainLoss'): Panel => {
    const reported = shown.map(({ item }) => item.reported![key] ?? null)
    const reproduced = shown.map(comparison => comparison[key]?.mean ?? null)
    const lines = [
      { name: 'reported', values: reported, color: 1, dashed: true },
      { name: 'reproduced', values: reproduced, color: 0 },
    ]
    return { title, xTitle: 'Model', yTitle: title, places, lines }
  }
  // Axes that begin and end at the data make a tenth of a point look like a gulf.
  const leastSpan = 0.1
  to.picture(
    'by-model-test',
    'Test loss and accuracy by model.',
    linePanels('Test images', [of('Test loss', 'loss'), { ...of('Test accuracy', 'accuracy'), leastSpan }]),
  )
  if (report.trainMeasure === null) return
  to.picture(
    'by-model-train',
    'Training loss and accuracy by model.',
    linePanels('Training images', [
      of('Training loss', 'trainLoss'),
      { ...of('Training accuracy', 'trainAccuracy'), leastSpan },
    ]),
  )
}

/** The confusion matrix of a model's first seed. */
interface Confusion {
  readonly id: string
  readonly matrix: ConfusionMatrix
  /** Spare outputs have no class. */
  readonly names: readonly string[]
}

/** Confusion matrices, and what follows from them. */
export function classes(
  comparisons: readonly Comparison[],
  classNames: readonly string[],
  to: Exhibit,
): void {
  to.section('Classes', 'The test images, by label and prediction; the first seed of each model.')
  const shown = comparisons.map(({ item, runs }): Confusion => {
    const { confusion } = runs[0]!
    return { id: item.id, matrix: confusion, names: confusion.map((_, i) => classNames[i] ?? `output ${i}`) }
  })
  for (const { id, matrix: counts, names } of shown) {
    const draw = (name: string, what: string, matrix: ConfusionMatrix, kind: 'counts' | 'shares'): void =>
      to.picture(
        `confusion-${fileName(id)}-${name}`,
        `${id}: ${what}.`,
        heatMap({ title: `${id}: ${what}`, classNames: names, matrix, kind }),
      )
    draw('counts', 'test images', counts, 'counts')
    draw('by-label', 'shares of each label', normalized(counts, 'row'), 'shares')
    draw('by-all', 'shares of all test images', normalized(counts, 'all'), 'shares')
    to.endRow()
  }
  to.table('one-vs-rest', 'Each class against the rest: accuracy, beside its recall.', oneVsRestTable(shown))
  const reports = shown.map(({ id, matrix, names }) => ({ id, report: classificationReport(matrix, names) }))
  to.text(
    'classification-reports',
    "Classification reports in scikit-learn's layout",
    reports.map(({ id, report }) => `${id}\n\n${formatReport(report)}`).join('\n'),
  )
  to.json('classification-reports', Object.fromEntries(reports.map(({ id, report }) => [id, report])))
}

function oneVsRestTable(shown: readonly Confusion[]): DataTable {
  const rows = shown.map(({ id, matrix }) => ({ id, classes: oneVsRest(matrix) }))
  const most = shown.reduce((best, one) => (one.names.length > best.names.length ? one : best))
  return tableOf(rows, [
    ['model', 'Model', ({ id }) => id],
    ...most.names.flatMap((name, i) => [
      [
        `accuracy${i}`,
        `${name}: accuracy`,
        (row: (typeof rows)[number]) => row.classes[i]?.accuracy,
        fixed(4),
      ] as const,
      [`recall${i}`, 'recall', (row: (typeof rows)[number]) => row.classes[i]?.recall, fixed(4)] as const,
    ]),
  ])
}

function fileName(id: string): string {
  return id.split('/').slice(1).join('-')
}
