import { augmentFor, countLabels, type Dataset, summary } from 'heddle'
import {
  architecture,
  arraysText,
  augmentationGrid,
  type Html,
  histogram,
  html,
  imageGrid,
  joined,
  modelCode,
  modelImports,
  type Picture,
  sprite,
  tableOf,
  tableText,
} from 'heddle/show'
import type { Comparison } from './comparison.ts'
import type { Exhibit } from './exhibit.ts'
import type { Finding } from './findings/finding.ts'
import type { Report } from './reported.ts'
import { byModel, classes, curves } from './run-pictures.ts'
import { costTable, deltaTable, intervalTable, modelsTable, resultsTable, settingsTable } from './tables.ts'

export interface Chapter {
  readonly report: Report
  /** In the order of the report; models that were not run have no runs. */
  readonly comparisons: readonly Comparison[]
  /** What the models are trained on, whole. */
  readonly data: Dataset
  /** Before relabelling; the same where nothing is relabelled. */
  readonly original: Dataset
  readonly findings: readonly Finding[]
  /** Trained and tested on the first images only. */
  readonly quick: boolean
}

/** The tables and pictures of a report that can be made from its data and trainings, and the same ones for its siblings. */
export function exhibit(chapter: Chapter, to: Exhibit): void {
  results(chapter, to)
  findings(chapter, to)
  models(chapter, to)
  data(chapter, to)
  const ran = chapter.comparisons.filter(({ runs }) => runs.length > 0)
  if (ran.length === 0) return
  curves(ran, to)
  byModel(chapter.report, chapter.comparisons, to)
  classes(ran, chapter.data.classNames, to)
}

function results({ report, comparisons }: Chapter, to: Exhibit): void {
  to.section(
    'Results',
    'What the report prints, beside what came out here. The verdict is about the test accuracy and, where it is printed, the test loss: ' +
      '“within noise” where they differ by no more than the seeds, the test images and rounding explain with 95 %. ' +
      '“Values fitted”: some values of the training are not in the report, and were chosen because they come nearest to the printed numbers.',
  )
  to.table(
    'results',
    'Test accuracy and loss as reported and as reproduced; points of accuracy, reproduced − reported.',
    resultsTable(comparisons),
  )
  to.table(
    'settings',
    'Every value of the trainings, and where it comes from: stated by the report, assumed where it is silent, or fitted to its printed numbers.',
    settingsTable(comparisons),
  )
  const reasons = comparisons.filter(({ why }) => why.length > 0)
  to.text(
    'reasons',
    'Why: facts behind the verdicts',
    reasons
      .map(({ item, verdict, why }) =>
        [`${item.id}: ${verdict.text}`, ...why.map(line => `  ${line}`)].join('\n'),
      )
      .join('\n\n') || 'Nothing was run yet.',
    'open',
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

const tones: Readonly<Partial<Record<Finding['kind'], string>>> = {
  contradicted: 'bad',
  confirmed: 'good',
  explained: 'good',
}

export function findingsHtml(found: readonly Finding[]): Html {
  const items = found.map(
    ({ kind, claim, found: what }) =>
      html`<li><span class="${tones[kind] ?? 'open'}">${kind}</span>: ${claim} <span class="dim">${what}</span></li>`,
  )
  return html`<ul class="plain">\n${joined(items)}\n</ul>`
}

function models({ comparisons, data: { classNames } }: Chapter, to: Exhibit): void {
  to.section('Models')
  for (const { item } of comparisons) {
    const name = item.id.split('/').slice(1).join('-')
    to.picture(
      `architecture-${name}`,
      `${item.id}: what an image becomes from layer to layer.`,
      architecture(item.built, classNames),
    )
  }
  to.table('models', 'What the models are made of and trained with.', modelsTable(comparisons))
  to.table('costs', 'What they cost.', costTable(comparisons))
  const specs = comparisons.map(({ item }) => item.built.spec)
  const code = comparisons.map(({ item }) => `// ${item.id}\n${modelCode(item.built.spec)}`)
  to.text(
    'code',
    'The code of the models',
    [`import { ${modelImports(specs).join(', ')} } from 'heddle'`, ...code].join('\n\n'),
  )
  to.text(
    'summaries',
    'Summaries in the layout of Keras',
    comparisons.map(({ item }) => summary(item.built, item.id)).join('\n\n'),
  )
}

function data({ report, data: own, original, quick }: Chapter, to: Exhibit): void {
  const { classNames, imageShape, train } = own
  to.section(
    'Data',
    quick ? 'The whole data. This quick reproduction trained and tested on its first images.' : '',
  )
  to.table(
    'labels',
    'Labels and their names.',
    tableOf(
      classNames.map((name, label) => ({ name, label })),
      [
        ['label', 'Label', ({ label }) => label],
        ['name', 'Description', ({ name }) => name],
      ],
    ),
  )
  const bars = (name: string, title: string, of: Dataset): void =>
    to.picture(name, `${title}.`, labelHistogram(title, of))
  const isRelabelled = own !== original
  bars('histogram', isRelabelled ? 'Labels before relabelling' : 'Labels', original)
  if (isRelabelled) bars('histogram-relabelled', 'Labels after relabelling', own)
  const first = Array.from(train.labels.subarray(0, 20), (label, i) => ({
    pixels: train.at(i),
    label: classNames[label]!,
  }))
  to.picture(
    'samples',
    `The first 20 training images${isRelabelled ? ', with their new labels' : ''}.`,
    imageGrid(
      first.map(({ pixels, label }) => ({ pixels, caption: label })),
      { title: 'The first 20 training images', imageShape, columns: 4 },
    ),
  )
  to.text('samples-code', 'The code that draws them', SAMPLES_CODE)
  for (const { name, train: options } of report.experiments) {
    const augment = augmentFor({ ...options, pixelRange: 'raw' }, { shape: imageShape, seed: 1 })
    if (!augment) continue
    to.picture(
      `augmentation-${name}`,
      `What the training of ${name} makes of the first images.`,
      augmentationGrid(first.slice(0, 8), { augment, versions: 7 }),
    )
  }
  if (report.shows?.includes('arrays'))
    to.text('arrays', 'train_x[1], train_y[1], test_x[1] and test_y[1]', arraysText(own))
  if (report.shows?.includes('sprite')) {
    const shown = classNames.flatMap((_, label) => train.ofClass(label, 90))
    to.picture(
      'sprite',
      'Ninety training images of each class, three rows a class.',
      sprite(
        shown.map(i => train.at(i)),
        { imageShape, columns: 30 },
      ),
    )
  }
}

const SAMPLES_CODE = `import { writeFileSync } from 'node:fs'
import { fashionMnist, loadDataset } from 'heddle'
import { imageGrid, svgOf } from 'heddle/show'

const { train, classNames, imageShape } = await loadDataset(fashionMnist())
const first = Array.from({ length: 20 }, (_, i) => ({ pixels: train.at(i), caption: classNames[train.labels[i]!]! }))
writeFileSync('samples.svg', svgOf(imageGrid(first, { title: 'The first 20 training images', imageShape, columns: 4 })))`

function labelHistogram(title: string, { classNames, train, test }: Dataset): Picture {
  return histogram(title, classNames, [
    { name: 'training', counts: countLabels(train.labels, classNames.length) },
    { name: 'test', counts: countLabels(test.labels, classNames.length) },
  ])
}
