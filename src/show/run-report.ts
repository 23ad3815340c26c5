import { clockTime, count, dateOf, plural, plusMinus, points, signedPoints } from '../base/text.ts'
import { countLabels } from '../data/labels.ts'
import { type ClassEffect, type ComparedModel, type Comparison, pText } from '../protocol/comparison.ts'
import { MANY_CLASSES } from '../protocol/evaluation.ts'
import type { ReportedModel, ReportedRun, ReportMaterial } from '../runs/gather-report.ts'
import { trainOptionText } from '../train/options.ts'
import { auditSection } from './audit-section.ts'
import { looksSentence } from './comparison-text.ts'
import { confusionStyle } from './confusion-table.ts'
import { escapeXml } from './escape.ts'
import { page } from './html.ts'
import { htmlTable, number } from './html-table.ts'
import { chartStyle, inlineChart } from './inline-chart.ts'
import { type Line, linePanels } from './line-panels.ts'
import { modelChapter } from './model-chapter.ts'
import { runLink, warningList } from './report-parts.ts'
import { smallImage } from './small-image.ts'

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
  const chapters: readonly (readonly [id: string, title: string, html: string])[] = [
    ['asked', 'What was asked', asked(material)],
    ['results', 'Results', results(material)],
    ['data', 'Data', dataChapter(material)],
    ['training', 'Training', training(models)],
    ...models.map((model, i): readonly [string, string, string] => [
      `model-${i}`,
      model.name,
      modelChapter(model, { key: `m${i}`, data: material.data }),
    ]),
    ['repeat', 'How to repeat it', howToRepeat(material, command)],
    ['runs', 'Runs', models.flatMap(({ runs }) => runs.map(runFacts)).join('\n')],
  ]
  const body = [
    `<h1>${escapeXml(title)}</h1>`,
    `<p class="verdict">${escapeXml(verdictOf(material))}</p>`,
    `<nav>${chapters.map(([id, name]) => `<a href="#${id}">${escapeXml(name)}</a>`).join('')}</nav>`,
    ...chapters.map(
      ([id, name, html]) => `<section><h2 id="${id}">${escapeXml(name)}</h2>\n${html}</section>`,
    ),
  ]
  return page(title, body.join('\n'), `${chartStyle}${confusionStyle}${style}`)
}

const style = `
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
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; } dt { color: var(--dim); } dd { margin: 0; max-width: 75ch; }
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

function asked({ models, notes }: ReportMaterial): string {
  const chosen = models.flatMap(({ options }) =>
    options.filter(({ origin, name }) => origin !== 'default' && name !== 'seed').map(({ name }) => name),
  )
  const runs = models.flatMap(model => model.runs)
  const experiments = [...new Set(runs.map(({ run }) => run.experiment))]
  return [
    `<p>${plural(models.length, 'model')} of ${escapeXml(experiments.join(', '))}, ${plural(runs.length, 'run')}, trained on ` +
      `${escapeXml(runs[0]!.run.dataset)}${models.length > 1 ? ': which is better, and how sure is that?' : '.'}</p>`,
    ...notes.map(note => `<p>${escapeXml(note)}</p>`),
    '<p>Options that are not defaults:</p>',
    htmlTable(
      ['Option', 'Value', 'From'],
      [...new Set(chosen)].map(name => optionRow(name, models)),
    ),
  ].join('\n')
}

/** One value where all models have it, else each model's own. */
function optionRow(name: string, models: readonly ReportedModel[]): string[] {
  const of = models.map(model => {
    const { value, origin } = model.options.find(option => option.name === name)!
    return { model: model.name, text: trainOptionText(name, value), origin }
  })
  const isOne = new Set(of.map(({ text }) => text)).size === 1
  const text = isOne ? of[0]!.text : of.map(one => `${one.model}: ${one.text}`).join('\n')
  const lines = escapeXml(text).replaceAll('\n', '<br>')
  return [escapeXml(name), lines, escapeXml([...new Set(of.map(({ origin }) => origin))].join(', '))]
}

function results(material: ReportMaterial): string {
  const { comparison, models, looks, data } = material
  return [
    resultTable(models, comparison),
    ...(comparison ? [verdicts(comparison)] : []),
    ...(models.some(({ evaluation }) => evaluation.robustness.length > 0) ? [robustness(models)] : []),
    `<p>${count(data.test.labels.length)} test images. ${escapeXml(looksSentence(looks))}</p>`,
    warningList(comparison?.warnings ?? []),
  ].join('\n')
}

function robustness(models: readonly ReportedModel[]): string {
  const curves = models.map(({ evaluation }) => evaluation.robustness)
  const panels = curves[0]!.map(({ kind, unit, strengths }, i) => ({
    title: kind,
    xTitle: unit,
    yTitle: 'Accuracy',
    places: strengths.map(strength => String(Number(strength.toFixed(1)))),
    lines: models.map(({ name }, color) => ({ name, values: curves[color]![i]!.accuracies, color })),
  }))
  const label = 'What is left of the accuracy when test images are spoilt, the more the further right'
  const chart = inlineChart(linePanels('Spoilt images', panels), { key: 'spoilt', label })
  return `<figure>${chart}<figcaption>${label}. The first run of each model.</figcaption></figure>`
}

function resultTable(models: readonly ReportedModel[], comparison: Comparison | null): string {
  const rows = models.map(({ name, runs, model, evaluation }, i) => {
    const compared: ComparedModel | undefined = comparison?.models[i]
    const seeds = runs.map(({ run }) =>
      runLink(run.id, `seed ${run.seed}: ${points(run.testAccuracy ?? Number.NaN)}`),
    )
    const mean = compared?.accuracy ?? { mean: evaluation.accuracy, std: 0, n: 1 }
    const front = comparison
      ? Object.values(comparison.pareto).filter(members => members.includes(name)).length
      : 0
    return [
      `<a href="#model-${i}">${escapeXml(name)}</a>`,
      plusMinus(mean, points),
      seeds.join('<br>'),
      count(model.parameterCount),
      count(model.multiplyAdds),
      compared?.cost.trainSeconds ? clockTime(compared.cost.trainSeconds) : '–',
      compared ? compared.cost.latencyMs.toFixed(3) : '–',
      comparison ? `${front} of 4` : '–',
    ]
  })
  return htmlTable(
    [
      'Model',
      number('Test accuracy, %'),
      'By run',
      number('Parameters'),
      number('Multiply-adds'),
      number('Training'),
      number('One image, ms'),
      number('Costs in which it is unbeaten'),
    ],
    rows,
  )
}

function verdicts({ pairs, classEffects }: Comparison): string {
  const ofPairs = htmlTable(
    [
      'Model',
      'against',
      number('Points'),
      '95 % interval',
      number('p, corrected'),
      number('Detectable'),
      'Verdict',
    ],
    pairs.map(({ first, second, difference, interval, correctedP, detectable, verdict }) => [
      escapeXml(second),
      escapeXml(first),
      signedPoints(difference),
      `${signedPoints(interval[0])} to ${signedPoints(interval[1])}`,
      escapeXml(pText(correctedP)),
      points(detectable),
      verdict,
    ]),
  )
  const effects = classEffects.flatMap(({ first, second, classes }) =>
    furthestApart(classes).map(({ name, difference, interval, correctedP }) => [
      escapeXml(second),
      escapeXml(first),
      escapeXml(name),
      signedPoints(difference),
      `${signedPoints(interval[0])} to ${signedPoints(interval[1])}`,
      escapeXml(pText(correctedP)),
    ]),
  )
  return [
    ofPairs,
    '<h3>Class by class</h3>',
    `<p>Differences in recall; p-values are corrected for the number of classes.${classEffects.some(({ classes }) => classes.length > MANY_CLASSES) ? ' The 20 classes that differ most; heddle compare --json has all.' : ''}</p>`,
    htmlTable(
      ['Model', 'against', 'Class', number('Points'), '95 % interval', number('p, corrected')],
      effects,
    ),
  ].join('\n')
}

/** All of up to thirty classes, else the twenty that differ most. */
function furthestApart(classes: readonly ClassEffect[]): readonly ClassEffect[] {
  if (classes.length <= MANY_CLASSES) return classes
  return [...classes].sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference)).slice(0, 20)
}

/** At most so many images of each class are shown, and fewer of large ones: they are in the page byte by byte. */
const SAMPLES = 8
const SAMPLE_BYTES = 300_000

function dataChapter({ data, audit }: ReportMaterial): string {
  const { name, fingerprint, imageShape, classNames, train, test } = data
  const size = imageShape[0] * imageShape[1] * imageShape[2]
  const [inTrain, inTest] = [train, test].map(({ labels }) => countLabels(labels, classNames.length))
  const shown = classNames.slice(0, MANY_CLASSES)
  const more = classNames.length - shown.length
  const samples = Math.max(1, Math.min(SAMPLES, Math.floor(SAMPLE_BYTES / (size * shown.length))))
  const rows = shown.map((className, label) => {
    const images: string[] = []
    for (let i = 0; i < train.labels.length && images.length < samples; i++)
      if (train.labels[i] === label)
        images.push(smallImage(train.images.subarray(i * size, (i + 1) * size), imageShape, className, 1.5))
    return [
      escapeXml(className),
      count(inTrain![label]!),
      count(inTest![label]!),
      `<div class="images tight">${images.join('')}</div>`,
    ]
  })
  return [
    `<p>${escapeXml(name)}: ${count(train.labels.length)} training and ${count(test.labels.length)} test images of ` +
      `${imageShape.join(' × ')}; fingerprint <code>${fingerprint}</code>.</p>`,
    htmlTable(['Class', number('Training'), number('Test'), 'The first training images'], rows),
    ...(more > 0
      ? [
          `<p class="dim">The first ${shown.length} of ${classNames.length} classes; "heddle data show" lists all.</p>`,
        ]
      : []),
    ...(audit ? [auditSection(audit, data)] : []),
  ].join('\n')
}

/** Beyond this ratio the smaller of two losses is a flat line on the scale of the larger. */
const UNLIKE = 8

function training(models: readonly ReportedModel[]): string {
  const longest = Math.max(...models.flatMap(({ runs }) => runs.map(({ epochs }) => epochs.length)))
  const places = Array.from({ length: longest }, (_, i) => String(i + 1))
  const several = models.some(({ runs }) => runs.length > 1)
  // Report 003 left a model out because its loss was twenty times the others': it has a scale of its own then.
  const largest = models.map(({ runs }) =>
    Math.max(...runs.flatMap(({ epochs }) => epochs.map(({ loss }) => loss))),
  )
  const areAlike = Math.max(...largest) < UNLIKE * Math.min(...largest)
  const panels = (['accuracy', 'loss'] as const).flatMap(measure =>
    models.map(({ name, runs }) => ({
      title: name,
      xTitle: 'Epoch',
      // Panels of one title share their scale.
      yTitle: measure === 'accuracy' ? 'Accuracy' : areAlike ? 'Loss' : `Loss of ${name}`,
      places,
      lines: runs.flatMap(({ epochs }): Line[] => [
        { name: 'training', values: epochs.map(epoch => epoch[measure]), color: 0 },
        {
          name: 'validation',
          values: epochs.map(epoch => (measure === 'accuracy' ? epoch.valAccuracy : epoch.valLoss)),
          color: 1,
          dashed: true,
        },
      ]),
    })),
  )
  const chart = linePanels('Accuracy and loss of every epoch', panels, Math.min(models.length, 3))
  return [
    `<figure>${inlineChart(chart, { key: 'curves', label: 'Accuracy and loss of every epoch, for each model' })}`,
    `<figcaption>${several ? 'A line for each seed. ' : ''}Training values are means over the epoch, with dropout on; validation follows it.</figcaption></figure>`,
  ].join('\n')
}

function howToRepeat({ models }: ReportMaterial, command: string): string {
  const runs = models.flatMap(model => model.runs)
  const commits = [
    ...new Set(runs.flatMap(({ environment: { git } }) => (git ? [git.commit.slice(0, 12)] : []))),
  ]
  const dirty = runs.some(({ environment: { git } }) => git?.isDirty)
  return [
    `<pre>${escapeXml(
      [
        ...runs.map(
          ({ run }) => `heddle repeat ${run.id}    # ${run.experiment}/${run.model}, seed ${run.seed}`,
        ),
        command,
      ].join('\n'),
    )}</pre>`,
    '<p><code>heddle repeat</code> trains a run again from what the store has recorded, and says whether its weights are the same to ' +
      `the bit.${commits.length > 0 ? ` The experiment's code was at ${escapeXml(commits.join(', '))}${dirty ? ', with changes that the store has as code.patch' : ''}.` : ''}</p>`,
  ].join('\n')
}

function runFacts({ run, environment, happenings }: ReportedRun): string {
  const { backend, cpu, node, version } = environment
  const facts: readonly (readonly [string, string])[] = [
    ['Model', `${run.experiment}/${run.model}, seed ${run.seed}`],
    ['Test', `accuracy ${points(run.testAccuracy ?? Number.NaN)} %, loss ${run.testLoss?.toFixed(4) ?? '–'}`],
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
  return [
    `<div class="run" id="run-${run.id}"><h3>${run.id}</h3><p><code>heddle runs show ${run.id}</code></p>`,
    `<dl>${facts.map(([name, text]) => `<dt>${escapeXml(name)}</dt><dd>${escapeXml(text)}</dd>`).join('')}</dl></div>`,
  ].join('\n')
}
