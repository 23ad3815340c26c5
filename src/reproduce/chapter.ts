import { classificationReport, formatReport } from '../analysis/classification-report.ts'
import { type ConfusionMatrix, normalized, oneVsRest } from '../analysis/confusion.ts'
import type { Dataset } from '../data/dataset.ts'
import { oneHot } from '../data/labels.ts'
import type { Model } from '../model/model.ts'
import { summary } from '../model/summary.ts'
import type { DataTable } from '../report/data-table.ts'
import { tableText } from '../report/data-table.ts'
import { escapeXml } from '../report/escape.ts'
import { heatMap } from '../report/heat-map.ts'
import { histogram } from '../report/histogram.ts'
import { imageGrid, sprite } from '../report/image-grid.ts'
import { type Line, linePanels, type Panel } from '../report/line-panels.ts'
import { numpyArray } from '../report/numpy.ts'
import { sizeOf } from '../tensor/shape.ts'
import type { ExperimentSpec } from '../train/experiment.ts'
import type { Comparison } from './comparison.ts'
import type { Exhibit } from './exhibit.ts'
import type { Finding } from './findings.ts'
import type { Report } from './reported.ts'
import type { RunRecord } from './run-record.ts'
import { costTable, deltaTable, intervalTable, kerasLines, modelsTable, resultsTable } from './tables.ts'

export interface Chapter {
  readonly report: Report
  /** In the order of the report; models that were not run have no runs. */
  readonly comparisons: readonly Comparison[]
  /** By name. */
  readonly experiments: ReadonlyMap<string, ExperimentSpec>
  /** By item. */
  readonly models: ReadonlyMap<string, Model>
  /** What the models are trained on, whole. */
  readonly data: Dataset
  /** Before relabelling; the same where nothing is relabelled. */
  readonly original: Dataset
  readonly findings: readonly Finding[]
}

/** Every table and picture that a report shows, and the same ones for its siblings. */
export function exhibit(chapter: Chapter, to: Exhibit): void {
  results(chapter, to)
  findings(chapter, to)
  models(chapter, to)
  data(chapter, to)
  const ran = chapter.comparisons.filter(({ runs }) => runs.length > 0)
  if (ran.length === 0) return
  curves(ran, to)
  byModel(chapter, to)
  classes({ ...chapter, comparisons: ran }, to)
}

function results({ report, comparisons }: Chapter, to: Exhibit): void {
  to.section(
    'Results',
    'What the report prints, beside what came out here. The verdict is about the test accuracy.',
  )
  to.table(
    'results',
    'Test accuracy and loss as reported and as reproduced; points of accuracy, reproduced − reported.',
    resultsTable(comparisons),
  )
  const reasons = comparisons.filter(({ why }) => why.length > 0)
  to.text(
    'reasons',
    'Why: facts behind the verdicts',
    reasons
      .map(({ item, verdict, why }) => [`${item.id}: ${verdict}`, ...why.map(line => `  ${line}`)].join('\n'))
      .join('\n\n') || 'Nothing was run yet.',
    { open: true },
  )
  const measured =
    report.trainMeasure === 'evaluate'
      ? 'Training numbers: measured after training, dropout off.'
      : 'Training numbers: means over the last epoch, dropout on, as Keras prints them.'
  to.table('training-and-test', `Training against test. ${measured}`, deltaTable(comparisons))
  to.table(
    'intervals',
    "Wilson's interval: where the accuracy on all such images lies, with 95 % confidence.",
    intervalTable(comparisons),
  )
}

function findings({ findings: found }: Chapter, to: Exhibit): void {
  to.section('Findings', 'What the report says, checked by computing it.')
  to.json('findings', found)
  to.text(
    'findings',
    'All findings as text',
    found
      .map(({ kind, claim, found: what, table }) =>
        [`${kind.toUpperCase()}: ${claim}`, `  ${what}`, ...(table ? ['', tableText(table)] : [])].join('\n'),
      )
      .join('\n\n'),
  )
  to.html(findingsHtml(found))
  found.forEach(({ claim, table }, i) => {
    if (table) to.table(`finding-${i + 1}`, claim, table)
  })
}

export function findingsHtml(found: readonly Finding[]): string {
  const items = found.map(({ kind, claim, found: what }) => {
    const style = kind === 'contradicted' ? 'bad' : 'good'
    return `<li><span class="${style}">${kind}</span>: ${escapeXml(claim)} <span class="dim">${escapeXml(what)}</span></li>`
  })
  return `<ul class="plain">\n${items.join('\n')}\n</ul>`
}

function models({ comparisons, experiments, models: built }: Chapter, to: Exhibit): void {
  to.section('Models')
  to.table(
    'models',
    'What the models are made of and trained with.',
    modelsTable(comparisons, experiments, built),
  )
  to.table('costs', 'What they cost.', costTable(comparisons, built))
  to.text(
    'summaries',
    'Summaries in the layout of Keras',
    comparisons.map(({ item }) => summary(built.get(item.id)!, item.id)).join('\n\n'),
  )
}

function data({ report, data: own, original }: Chapter, to: Exhibit): void {
  to.section('Data')
  to.table('labels', 'Labels and their names.', {
    columns: [
      { key: 'label', title: 'Label' },
      { key: 'name', title: 'Description' },
    ],
    rows: own.classNames.map((name, label) => ({ label, name })),
  })
  const relabelled = own !== original
  to.picture(
    'histogram',
    relabelled ? 'Labels before relabelling.' : 'Labels.',
    labelHistogram(relabelled ? 'Labels before relabelling' : 'Labels', original),
  )
  if (relabelled)
    to.picture(
      'histogram-relabelled',
      'Labels after relabelling.',
      labelHistogram('Labels after relabelling', own),
    )
  const size = sizeOf(own.imageShape)
  const imageAt = (i: number): Uint8Array => own.train.images.subarray(i * size, (i + 1) * size)
  to.picture(
    'samples',
    `The first 20 training images${relabelled ? ', with their new labels' : ''}.`,
    imageGrid(
      Array.from({ length: 20 }, (_, i) => ({
        pixels: imageAt(i),
        caption: own.classNames[own.train.labels[i]!]!,
      })),
      { title: 'The first 20 training images', imageShape: own.imageShape, columns: 4 },
    ),
  )
  if (report.id === '001') to.text('arrays', 'train_x[1], train_y[1], test_x[1] and test_y[1]', arrays(own))
  if (report.id === '002') {
    to.picture(
      'sprite',
      'Ninety training images of each class, three rows a class.',
      sprite(
        own.classNames.flatMap((_, label) => firstOf(own.train.labels, label, 90).map(imageAt)),
        { imageShape: own.imageShape, columns: 30 },
      ),
    )
  }
}

function labelHistogram(title: string, { classNames, train, test }: Dataset): string {
  const counts = (labels: Int32Array): number[] =>
    classNames.map((_, label) => labels.reduce((sum, other) => sum + (other === label ? 1 : 0), 0))
  return histogram(title, classNames, [
    { name: 'training', counts: counts(train.labels) },
    { name: 'test', counts: counts(test.labels) },
  ])
}

function firstOf(labels: Int32Array, label: number, count: number): number[] {
  const found: number[] = []
  for (let i = 0; i < labels.length && found.length < count; i++) if (labels[i] === label) found.push(i)
  return found
}

/** The second example of either split, as a notebook shows it. */
function arrays({ train, test, imageShape, classNames }: Dataset): string {
  const size = sizeOf(imageShape)
  return Object.entries({ train, test })
    .flatMap(([name, { images, labels }]) => [
      `>>> ${name}_x[1]`,
      numpyArray(images.subarray(size, 2 * size), imageShape.slice(0, 2), 'uint8'),
      `>>> ${name}_y[1]`,
      numpyArray(oneHot(labels.slice(1, 2), classNames.length), [classNames.length], 'float32'),
    ])
    .join('\n')
}

function curves(ran: readonly Comparison[], to: Exhibit): void {
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
  for (const experiment of new Set(ran.map(({ item }) => item.experiment))) {
    const own = records.filter(({ record }) => record.experiment === experiment)
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

function byModel({ report, comparisons }: Chapter, to: Exhibit): void {
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
        shown.map(({ item }) => item.reported!.loss),
        shown.map(({ loss }) => loss?.mean),
      ),
      panel(
        'Test accuracy',
        shown.map(({ item }) => item.reported!.accuracy),
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
        shown.map(({ item }) => item.reported!.trainLoss),
        shown.map(({ trainLoss }) => trainLoss?.mean),
      ),
      panel(
        'Training accuracy',
        shown.map(({ item }) => item.reported!.trainAccuracy),
        shown.map(({ trainAccuracy }) => trainAccuracy?.mean),
      ),
    ]),
  )
}

function classes({ comparisons, data: { classNames } }: Chapter, to: Exhibit): void {
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
          [`recall${i}`, recall],
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
