import { clockTime, count, dateOf, listOf, plural, points } from '../base/text.ts'
import { countLabels } from '../data/labels.ts'
import { testMeasures } from '../nn/metrics/index.ts'
import type { ImageOf } from '../protocol/audit.ts'
import type { ComparedModel, ModelCost } from '../protocol/comparison.ts'
import { MANY_CLASSES } from '../protocol/evaluation.ts'
import { type MetricFacts, measuredIn, measuredText, measureOf, titleOf } from '../protocol/metric.ts'
import { type Block, note, tableBlock } from '../protocol/section.ts'
import { tableOf } from '../protocol/table.ts'
import type { ReportedModel, ReportedRun, ReportMaterial } from '../runs/gather-report.ts'
import { trainOptionText } from '../train/options.ts'
import { auditSection } from './audit-section.ts'
import { pageTheme } from './chart.ts'
import { comparisonSection, looksSentence, modelsTable } from './comparison-section.ts'
import { tableHtml } from './data-table.ts'
import { robustnessSection } from './evaluation-section.ts'
import { page } from './html.ts'
import { type Line, linePanels } from './line-panels.ts'
import { type Html, html, joined } from './markup.ts'
import { modelChapter } from './model-chapter.ts'
import { inlinePicture } from './picture.ts'
import { factsHtml, sectionHtml } from './section-html.ts'
import { type ImageSource, smallImage } from './small-image.ts'

export interface RunReportOptions {
  readonly title: string
  /** What makes the report again. */
  readonly command: string
}

/**
 * Models, their runs and what they are worth as one page that needs nothing else: no network, no scripts, light and dark, screen
 * and paper. Every number leads to its run.
 */
export function runReport(material: ReportMaterial, { title, command }: RunReportOptions): string {
  const { models } = material
  const pictureOf = picturesOf(material.data)
  const chapters: readonly (readonly [id: string, title: string, html: Html])[] = [
    ['asked', 'What was asked', asked(material)],
    ['results', 'Results', results(material, pictureOf)],
    ['data', 'Data', dataChapter(material)],
    ['training', 'Training', training(models)],
    ...models.map((model, i): readonly [string, string, Html] => [
      `model-${i}`,
      model.name,
      modelChapter(model, { key: `m${i}`, pictureOf }),
    ]),
    ['repeat', 'How to repeat it', howToRepeat(material, command)],
    ['runs', 'Runs', joined(models.flatMap(({ runs }) => runs.map(runFacts)))],
  ]
  const body = joined([
    html`<h1>${title}</h1>`,
    html`<p class="verdict">${verdictOf(material)}</p>`,
    html`<nav>${chapters.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav>`,
    ...chapters.map(
      ([id, name, content]) => html`<section><h2 id="${id}">${name}</h2>\n${content}</section>`,
    ),
  ])
  return page(title, body, style)
}

const style = `
:root { --line-0: #0072B2; --line-6: #000000; } svg.chart { display: block; width: 100%; height: auto; }
@media screen and (prefers-color-scheme: dark) { :root { --line-0: #56a8e0; --line-6: #e8e8ea; } }
.verdict { font-size: 1.2rem; border-left: .3rem solid var(--link); padding-left: .8rem; max-width: 70ch; }
section { break-inside: auto; } h2 { border-top: 1px solid var(--line); padding-top: 1.2rem; }
thead th, thead th.number { max-width: 9rem; white-space: normal; } td { overflow-wrap: anywhere; } figure { margin: 1rem 0; } .images figure, .explained figure { margin: 0; }
ul.warnings li::marker { color: var(--bad); } td:nth-child(2):not(.number) { white-space: normal; max-width: 46rem; }
img.pixels { image-rendering: pixelated; display: block; }
.images { display: flex; flex-wrap: wrap; gap: .8rem; } .images figure { width: 6.5rem; font-size: .8rem; }
.images figcaption { line-height: 1.3; } .images.tight { gap: .25rem; flex-wrap: nowrap; }
.explained { display: grid; grid-template-columns: repeat(5, max-content); gap: .6rem 1rem; font-size: .85rem; align-items: start; }
.explained img { border: 1px solid var(--line); border-radius: .2rem; }
.card { background: var(--box); border: 1px solid var(--line); border-radius: .5rem; padding: .4rem 1.2rem 1rem; max-width: 62rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1.2rem; } dt { color: var(--dim); } dd { margin: 0; max-width: 75ch; overflow-wrap: anywhere; }
@media (max-width: 45rem) { dl { grid-template-columns: minmax(0, 1fr); } .explained { overflow-x: auto; } }
.run { border-top: 1px solid var(--line); padding-top: .3rem; } .run:target { background: var(--box); }
.side { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; align-items: flex-start; } .side > * { min-width: 0; }
.diagram { width: min(100%, 22rem); }
ul.warnings { padding-left: 1.2rem; } ul.warnings li { margin: .3rem 0; }
@media print { :root { color-scheme: light; --text: #000; --dim: #444; --page: #fff; --box: #f4f5f7; --line: #ccc; --link: #000; --bad: #b23c00; }
  body { font-size: 10pt; padding: 0; print-color-adjust: exact; } nav { display: none; } table { font-size: 8pt; } th, td { padding: .2rem .4rem; }
  figure, .card, tr, .run, .explained { break-inside: avoid; } h2 { break-after: avoid; } .scroll { overflow: visible; } }
`

function verdictOf({ comparison, models }: ReportMaterial): string {
  if (comparison) return comparison.verdict
  const { name, evaluation } = models[0]!
  const { accuracy, interval, images } = evaluation
  return `${name}: ${points(accuracy)} % of ${count(images)} test images are recognised (95 % interval ${points(interval[0])} to ${points(interval[1])}).`
}

function asked({ models, notes }: ReportMaterial): Html {
  const chosen = models.flatMap(({ options }) =>
    options.filter(({ origin, name }) => origin !== 'default' && name !== 'seed').map(({ name }) => name),
  )
  const runs = models.flatMap(model => model.runs)
  const experiments = [...new Set(runs.map(({ run }) => run.experiment))].join(', ')
  const question = models.length > 1 ? ': which is better, and how sure is that?' : '.'
  const options = tableOf(
    [...new Set(chosen)].map(name => optionRow(name, models)),
    [
      ['option', 'Option', ({ option }) => option],
      ['value', 'Value', ({ value }) => value],
      ['from', 'From', ({ from }) => from],
    ],
  )
  return html`<p>${plural(models.length, 'model')} of ${experiments}, ${plural(runs.length, 'run')}, trained on ${runs[0]!.run.dataset}${question}</p>
${notes.map(note => html`<p>${note}</p>`)}
<p>Options that are not defaults:</p>
${tableHtml(options)}`
}

/** One value where all models have it, else each model's own. */
function optionRow(name: string, models: readonly ReportedModel[]) {
  const of = models.map(model => {
    const { value, origin } = model.options.find(option => option.name === name)!
    return { model: model.name, text: trainOptionText(name, value), origin }
  })
  const isOne = new Set(of.map(({ text }) => text)).size === 1
  return {
    option: name,
    value: isOne ? of[0]!.text : of.map(one => `${one.model}: ${one.text}`).join('\n'),
    from: [...new Set(of.map(({ origin }) => origin))].join(', '),
  }
}

function results({ comparison, models, looks, data }: ReportMaterial, pictureOf: PictureOf): Html {
  const spoilt = models.some(({ evaluation }) => evaluation.robustness.length > 0)
    ? [robustnessSection(models)]
    : []
  const blocks: Block[] = comparison
    ? // The verdict stands above all chapters.
      comparisonSection(comparison).blocks.filter(({ kind }) => kind !== 'verdict')
    : [
        tableBlock('models', modelsTable(models.map(alone), null)),
        note(`${count(data.test.count)} test images. ${looksSentence(looks)}`),
      ]
  return sectionHtml({ blocks: [...blocks, ...spoilt] }, { key: 'r', pictureOf })
}

/** A model that is not compared, in the table of those that are. */
function alone({ name, model, runs, evaluation }: ReportedModel): Omit<ComparedModel, 'cost'> & {
  readonly cost: Readonly<Record<keyof ModelCost, number | null>>
} {
  return {
    name,
    runs: runs.map(({ run: { id, seed, metrics } }) => ({
      id,
      seed,
      accuracy: metrics.testAccuracy ?? Number.NaN,
    })),
    accuracy: { mean: evaluation.accuracy, std: 0, n: 1 },
    cost: {
      params: model.parameterCount,
      multiplyAdds: model.multiplyAdds,
      trainSeconds: null,
      latencyMs: null,
    },
  }
}

type PictureOf = (image: ImageOf) => Html

/** How the page shows an image of the data. */
function picturesOf(data: ImageSource): PictureOf {
  return ({ split, index, label }) =>
    smallImage(data[split].at(index), data.imageShape, `${split} image ${index}: ${label}`)
}

/** The most images of each class that are shown; fewer of large ones, as the page holds all their bytes. */
const SAMPLES = 8
const SAMPLE_BYTES = 300_000

function dataChapter({ data, audit }: ReportMaterial): Html {
  const { name, fingerprint, imageShape, classNames, train, test } = data
  const [inTrain, inTest] = [train, test].map(({ labels }) => countLabels(labels, classNames.length))
  const shown = classNames.slice(0, MANY_CLASSES)
  const more = classNames.length - shown.length
  const samples = Math.max(1, Math.min(SAMPLES, Math.floor(SAMPLE_BYTES / (train.size * shown.length))))
  const rows = shown.map((className, label) => {
    const images = train.ofClass(label, samples).map(i => smallImage(train.at(i), imageShape, className, 1.5))
    return html`<tr><td>${className}</td><td class="number">${count(inTrain![label]!)}</td><td class="number">${count(inTest![label]!)}</td><td><div class="images tight">${images}</div></td></tr>`
  })
  return joined([
    html`<p>${name}: ${count(train.count)} training and ${count(test.count)} test images of ${imageShape.join(' × ')}; fingerprint <code>${fingerprint}</code>.</p>`,
    html`<div class="scroll"><table><thead><tr><th>Class</th><th class="number">Training</th><th class="number">Test</th><th>The first training images</th></tr></thead><tbody>
${joined(rows)}
</tbody></table></div>`,
    more > 0
      ? html`<p class="dim">The first ${shown.length} of ${classNames.length} classes; "heddle data show" lists all.</p>`
      : null,
    audit && sectionHtml({ blocks: [auditSection(audit)] }, { key: 'a', pictureOf: picturesOf(data) }),
  ])
}

/** Beyond this ratio the smaller of two losses is a flat line on the scale of the larger. */
const UNLIKE = 8

function training(models: readonly ReportedModel[]): Html {
  const longest = Math.max(...models.flatMap(({ runs }) => runs.map(({ epochs }) => epochs.length)))
  const places = Array.from({ length: longest }, (_, i) => String(i + 1))
  const several = models.some(({ runs }) => runs.length > 1)
  const recorded = models.flatMap(({ runs }) =>
    runs.flatMap(({ epochs }) => epochs.map(epoch => epoch.metrics)),
  )
  const shown = testMeasures
    .map(({ metric }) => metric)
    .filter(({ name }) => recorded.some(epoch => name in epoch))
  const panels = shown.flatMap(metric => {
    const areAlike = haveOneScale(metric, models)
    return models.map(({ name, runs }) => ({
      title: name,
      xTitle: 'Epoch',
      // Panels of one title share their scale.
      yTitle: areAlike ? titleOf(metric) : `${titleOf(metric)} of ${name}`,
      places,
      lines: runs.flatMap(({ epochs }) =>
        (['training', 'validation'] as const).map((side, color): Line => {
          const measure = measureOf(metric, side).name
          const values = epochs.map(({ metrics }) => metrics[measure] ?? null)
          return { name: side, values, color, dashed: side === 'validation' }
        }),
      ),
    }))
  })
  const title = `${titleOf({ label: listOf(shown.map(metric => metric.label)) })} of every epoch`
  const chart = linePanels(title, panels, {
    maxColumns: Math.min(models.length, 3),
    theme: pageTheme('curves'),
  })
  const label = `${title}, for each model`
  return html`<figure>${inlinePicture(chart, label)}
<figcaption>${several ? 'A line for each seed. ' : ''}Training values are means over the epoch, with dropout on; validation follows it.</figcaption></figure>`
}

/** Report 003 left a model out because its loss was twenty times the others': it has a scale of its own then. */
function haveOneScale({ name, unit }: MetricFacts, models: readonly ReportedModel[]): boolean {
  if (unit === 'share') return true
  const largest = models.map(({ runs }) =>
    Math.max(...runs.flatMap(({ epochs }) => epochs.map(({ metrics }) => metrics[name] ?? 0))),
  )
  return Math.max(...largest) < UNLIKE * Math.min(...largest)
}

function howToRepeat({ models }: ReportMaterial, command: string): Html {
  const runs = models.flatMap(model => model.runs)
  const commits = [
    ...new Set(runs.flatMap(({ environment: { git } }) => (git ? [git.commit.slice(0, 12)] : []))),
  ]
  const changed = runs.some(({ environment: { git } }) => git?.isDirty)
    ? ', with changes that the store has as code.patch'
    : ''
  const code = commits.length > 0 ? ` The experiment's code was at ${commits.join(', ')}${changed}.` : ''
  const commands = runs.map(
    ({ run }) => `heddle repeat ${run.id}    # ${run.experiment}/${run.model}, seed ${run.seed}`,
  )
  return html`<pre>${[...commands, command].join('\n')}</pre>
<p><code>heddle repeat</code> trains a run again from what the store has recorded, and says whether its weights are the same to the bit.${code}</p>`
}

function runFacts({ run, environment, happenings }: ReportedRun): Html {
  const { backend, cpu, node, version } = environment
  const tested = measuredIn(testMeasures, [run.metrics])
  const test = tested.map(({ name, metric }) => `${metric.label} ${measuredText(metric, run.metrics[name])}`)
  const facts: readonly (readonly [string, string])[] = [
    ['Model', `${run.experiment}/${run.model}, seed ${run.seed}`],
    ['Test', test.join(', ')],
    [
      'Training',
      `${run.epochsDone} of ${run.epochs} epochs${run.seconds === null ? '' : ` in ${clockTime(run.seconds)}`}`,
    ],
    ['Machine', `${backend} on ${cpu}, Node ${node}, Heddle ${version}`],
    ['Began', dateOf(run.createdAt)],
    ...happenings
      .filter(({ kind }) => kind !== 'started' && kind !== 'finished')
      .map(({ kind, text }) => [kind, text] as const),
  ]
  return html`<div class="run" id="run-${run.id}"><h3>${run.id}</h3><p><code>heddle runs show ${run.id}</code></p>
${factsHtml(facts)}</div>`
}
