import {
  type ConfusionMatrix,
  classificationReport,
  formatReport,
  normalized,
  oneVsRest,
} from 'heddle/analysis'
import { type DataTable, heatMap, type Line, linePanels, type Panel } from 'heddle/show'
import type { Comparison } from './comparison.ts'
import type { Exhibit } from './exhibit.ts'
import type { Report } from './reported.ts'
import type { RunRecord } from './runs.ts'
import { kerasLines } from './tables.ts'

/** What each epoch measured: model by model, side by side, on the same axes, and as Keras prints it. */
export function curves(ran: readonly Comparison[], to: Exhibit): void {
  to.section(
    'Training',
    'The first seed of each model. Training values are means over the epoch, dropout on.',
  )
  const records = ran.map(({ item, runs }) => ({ id: item.id, record: runs[0]! }))
  const panel = (title: string, measure: 'Accuracy' | 'Loss', lines: readonly Line[]): Panel => ({
    title,
    xTitle: 'Epoch',
    yTitle: measure,
    places: Array.from(
      { length: Math.max(...lines.map(({ values }) => values.length)) },
      (_, i) => `${i + 1}`,
    ),
    lines,
  })
  const validationOf = ({ run: { history } }: RunRecord, measure: 'Accuracy' | 'Loss') =>
    (measure === 'Loss' ? history.valLoss : history.valAccuracy) ?? []
  const linesOf = (record: RunRecord, measure: 'Accuracy' | 'Loss'): Line[] => {
    const { loss = [], accuracy = [] } = record.run.history
    return [
      { name: 'training', values: measure === 'Loss' ? loss : accuracy, color: 0 },
      { name: 'validation', values: validationOf(record, measure), color: 1, dashed: true },
    ].filter(({ values }) => values.length > 0)
  }
  const measures = ['Accuracy', 'Loss'] as const
  for (const { id, record } of records) {
    to.picture(
      `curves-${fileName(id)}`,
      `${id}: accuracy and loss of every epoch.`,
      linePanels(
        id,
        measures.map(measure => panel(measure, measure, linesOf(record, measure))),
      ),
    )
  }
  for (const experiment of new Set(ran.map(({ item }) => item.experiment.name))) {
    const own = records.filter(({ record }) => record.stored.experiment === experiment)
    if (own.length < 2) continue
    for (const measure of measures) {
      const name = measure.toLowerCase()
      to.picture(
        `epoch-${name}-${experiment}`,
        `${experiment}: the ${name} of every epoch, a panel for each model on one scale.`,
        linePanels(
          `${experiment}: epoch_${name}`,
          own.map(({ id, record }) => panel(id, measure, linesOf(record, measure))),
        ),
      )
    }
    to.picture(
      `curves-${experiment}`,
      `${experiment}: all models on the same axes.`,
      linePanels(
        `${experiment}: all models`,
        measures.map(measure =>
          panel(
            `${measure} of validation`,
            measure,
            own.map(({ id, record }, color) => ({ name: id, values: validationOf(record, measure), color })),
          ),
        ),
        2,
      ),
    )
  }
  to.text(
    'progress',
    'Progress as Keras prints it',
    records.map(({ record }) => kerasLines(record)).join('\n\n'),
  )
}

/** Loss and accuracy over the models that the report prints. */
export function byModel(report: Report, comparisons: readonly Comparison[], to: Exhibit): void {
  to.section('By model')
  const shown = comparisons.filter(({ item }) => item.reported)
  const panel = (
    title: string,
    reported: readonly (number | null)[],
    ours: readonly (number | null | undefined)[],
  ): Panel => ({
    title,
    xTitle: 'Model',
    yTitle: title,
    // Axes that begin and end at the data make a tenth of a point look like a gulf.
    ...(title.endsWith('accuracy') && { leastSpan: 0.1 }),
    places: shown.map(({ item }) => item.id.split('/').slice(1).join('/')),
    lines: [
      { name: 'reported', values: reported, color: 1, dashed: true },
      { name: 'reproduced', values: ours.map(value => value ?? null), color: 0 },
    ],
  })
  to.picture(
    'by-model-test',
    'Test loss and accuracy by model.',
    linePanels('Test images', [
      panel(
        'Test loss',
        shown.map(({ item }) => item.reported!.loss ?? null),
        shown.map(({ loss }) => loss?.mean),
      ),
      panel(
        'Test accuracy',
        shown.map(({ item }) => item.reported!.accuracy ?? null),
        shown.map(({ accuracy }) => accuracy?.mean),
      ),
    ]),
  )
  if (report.trainMeasure === null) return
  to.picture(
    'by-model-train',
    'Training loss and accuracy by model.',
    linePanels('Training images', [
      panel(
        'Training loss',
        shown.map(({ item }) => item.reported!.trainLoss ?? null),
        shown.map(({ trainLoss }) => trainLoss?.mean),
      ),
      panel(
        'Training accuracy',
        shown.map(({ item }) => item.reported!.trainAccuracy ?? null),
        shown.map(({ trainAccuracy }) => trainAccuracy?.mean),
      ),
    ]),
  )
}

/** Confusion matrices, and what follows from them. */
export function classes(
  comparisons: readonly Comparison[],
  classNames: readonly string[],
  to: Exhibit,
): void {
  to.section('Classes', 'The test images, by label and prediction; the first seed of each model.')
  const shown = comparisons.map(({ item, runs }) => {
    const { confusion } = runs[0]!
    return { id: item.id, confusion, names: namesFor(confusion, classNames) }
  })
  for (const { id, confusion, names } of shown) {
    const draw = (name: string, what: string, matrix: ConfusionMatrix, kind: 'counts' | 'shares'): void =>
      to.picture(
        `confusion-${fileName(id)}-${name}`,
        `${id}: ${what}.`,
        heatMap({ title: `${id}: ${what}`, classNames: names, matrix, kind }),
      )
    draw('counts', 'test images', confusion, 'counts')
    draw('by-label', 'shares of each label', normalized(confusion, 'row'), 'shares')
    draw('by-all', 'shares of all test images', normalized(confusion, 'all'), 'shares')
    to.endRow()
  }
  to.table('one-vs-rest', 'Each class against the rest: accuracy, beside its recall.', oneVsRestTable(shown))
  const reports = shown.map(({ id, confusion, names }) => ({
    id,
    report: classificationReport(confusion, names),
  }))
  to.text(
    'classification-reports',
    "Classification reports in scikit-learn's layout",
    reports.map(({ id, report }) => `${id}\n\n${formatReport(report)}`).join('\n'),
  )
  to.json('classification-reports', Object.fromEntries(reports.map(({ id, report }) => [id, report])))
}

function oneVsRestTable(
  shown: readonly {
    readonly id: string
    readonly confusion: ConfusionMatrix
    readonly names: readonly string[]
  }[],
): DataTable {
  const four = (value: number): string => value.toFixed(4)
  const longest = shown.reduce(
    (best, { names }) => (names.length > best.length ? names : best),
    [] as readonly string[],
  )
  return {
    columns: [
      { key: 'model', title: 'Model' },
      ...longest.flatMap((name, i) => [
        { key: `accuracy${i}`, title: `${name}: accuracy`, show: four },
        { key: `recall${i}`, title: 'recall', show: four },
      ]),
    ],
    rows: shown.map(({ id, confusion }) =>
      Object.fromEntries<string | number>([
        ['model', id],
        ...oneVsRest(confusion).flatMap(({ accuracy, recall }, i): [string, number][] => [
          [`accuracy${i}`, accuracy],
          ...(recall === null ? [] : [[`recall${i}`, recall] as [string, number]]),
        ]),
      ]),
    ),
  }
}

/** Spare outputs have no class. */
function namesFor(confusion: ConfusionMatrix, classNames: readonly string[]): string[] {
  return confusion.map((_, i) => classNames[i] ?? `output ${i}`)
}

function fileName(id: string): string {
  return id.split('/').slice(1).join('-')
}
