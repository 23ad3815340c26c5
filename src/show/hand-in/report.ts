import { clockTime, count, dateOf, listOf, percent, plural, points } from '../../base/text.ts'
import { testMeasures } from '../../nn/metrics/index.ts'
import { measuredIn, measuredText } from '../../protocol/metric.ts'
import type { CitationStyle } from '../../protocol/publication.ts'
import type { ReportedRun, ReportMaterial } from '../../runs/gather-report.ts'
import type { Chapter, Document, Part } from '../document/document.ts'
import { codeListing } from '../figures/listings.ts'
import { type AuthorText, authorText } from './author-text.ts'
import { dataParts, methodsParts, modelSources, resultsParts } from './chapters.ts'
import { nextSteps } from './next-steps.ts'
import { referencesIn } from './references.ts'
import { experimentsOf, experimentText, repeatCommands } from './repeat.ts'

export interface ReportOptions {
  readonly title: string
  readonly author?: string | undefined
  readonly affiliation?: string | undefined
  /** Left out: that of the newest run. */
  readonly date?: string | undefined
  /** Markdown of the author: see `authorText`. */
  readonly text?: string | undefined
  readonly citationStyle: CitationStyle
  /** What makes the report again. */
  readonly command: string
}

/** A report about models to hand in, and what a rubric asks about it. */
export interface HandInReport {
  readonly document: Document
  readonly text: AuthorText
  readonly references: number
}

/** Models, their runs and what they are worth as a report: the words of the author, and everything that follows from the runs. */
export function handInReport(material: ReportMaterial, options: ReportOptions): HandInReport {
  const { models } = material
  const text = authorText(options.text ?? '')
  const own = (chapter: string): Part[] => {
    const prose = text.of(chapter)
    return prose.length > 0 ? [{ kind: 'prose', prose }] : []
  }
  const references = referencesIn(options.citationStyle, modelSources(material))
  const madeAt = Math.max(...models.flatMap(({ runs }) => runs.map(({ run }) => run.createdAt)))
  const chapters: Chapter[] = [
    { title: 'Abstract', numbering: 'none', parts: [...own('Abstract'), ...abstractParts(material)] },
    { title: 'Introduction', parts: [...own('Introduction'), ...introductionParts(material)] },
    { title: 'Data', parts: [...own('Data'), ...dataParts(material)] },
    { title: 'Methods', parts: [...own('Methods'), ...methodsParts(material)] },
    { title: 'Results', parts: [...own('Results'), ...resultsParts(material)] },
    { title: 'Discussion', parts: [...own('Discussion'), ...discussionParts(material)] },
    ...text.others.map(({ title, prose }): Chapter => ({ title, parts: [{ kind: 'prose', prose }] })),
    {
      title: 'References',
      numbering: 'none',
      parts: [{ kind: 'list', items: references.lines }, ...own('References')],
    },
    { title: 'The code of the models', numbering: 'letter', parts: codeParts(material) },
    { title: 'How to repeat it', numbering: 'letter', parts: repeatParts(material, options.command) },
    { title: 'Runs', numbering: 'letter', parts: models.flatMap(({ runs }) => runs.map(runPart)) },
  ]
  const document: Document = {
    title: options.title,
    author: options.author ?? null,
    affiliation: options.affiliation ?? null,
    date: options.date ?? dateOf(madeAt).slice(0, 10),
    madeAt,
    chapters,
    cite: references.cite,
  }
  return { document, text, references: references.lines.length }
}

/** The verdict in a sentence. */
function verdictOf({ comparison, models }: ReportMaterial): string {
  if (comparison) return comparison.verdict
  const { name, evaluation } = models[0]!
  const { accuracy, interval, images } = evaluation
  return `${name}: ${points(accuracy)} % of ${count(images)} test images are recognised (95 % interval ${points(interval[0])} to ${points(interval[1])}).`
}

function abstractParts(material: ReportMaterial): Part[] {
  const { models, data } = material
  const accuracies = models.map(({ name, runs }) => {
    const seeds = runs.map(({ run }) => run.metrics.testAccuracy ?? Number.NaN)
    const mean = seeds.reduce((sum, seed) => sum + seed, 0) / seeds.length
    return `${name} ${percent(mean)}${seeds.length > 1 ? ` (mean of ${seeds.length} seeds)` : ''}`
  })
  return [
    {
      kind: 'text',
      text: `${plural(models.length, 'neural network')} ${models.length === 1 ? 'was' : 'were'} trained to put images of ${data.name} into ${data.classNames.length} classes, and tested on ${count(data.test.count)} images that training did not use. Test accuracy: ${listOf(accuracies, { most: 12 })}.`,
    },
    { kind: 'verdict', text: verdictOf(material) },
  ]
}

function introductionParts({ models, notes }: ReportMaterial): Part[] {
  const runs = models.flatMap(model => model.runs)
  const experiments = [...new Set(runs.map(({ run }) => run.experiment))].join(', ')
  const question = models.length > 1 ? ': which is better, and how sure is that?' : '.'
  return [
    {
      kind: 'text',
      text: `${plural(models.length, 'model')} of ${experiments}, ${plural(runs.length, 'run')}, trained on ${runs[0]!.run.dataset}${question}`,
    },
    ...notes.map((text): Part => ({ kind: 'text', text })),
  ]
}

function discussionParts(material: ReportMaterial): Part[] {
  const { models, comparison, data, looks } = material
  const sentences = [
    ...(comparison ? comparison.pairs.map(({ sentence }) => sentence) : [verdictOf(material)]),
    ...models.flatMap(({ name, evaluation: { generalization } }) =>
      'refused' in generalization ? [] : [`${name}: ${generalization.sentence}`],
    ),
  ]
  const isDistorted = models.some(({ evaluation }) => evaluation.robustness.length > 0)
  const limits = [
    `The test has ${count(data.test.count)} images of one dataset. On other images, such as photographs from elsewhere, accuracy can be lower${isDistorted ? '; {figure:robustness} shows it for distorted ones' : ''}.`,
    ...(looks.epochs > 0
      ? [
          'The test images were also the validation images: what was chosen by them (the number of epochs, a checkpoint) makes the test accuracy look better than it is.',
        ]
      : []),
    `The test images have been looked at ${plural(looks.total, 'time')} in this store. Each choice that was made by them makes the next number a little too good.`,
    ...(comparison?.warnings ?? []),
  ]
  return [
    { kind: 'heading', text: 'What the results say' },
    { kind: 'list', items: sentences },
    { kind: 'heading', text: 'Limits' },
    { kind: 'list', items: limits },
    { kind: 'heading', text: 'What to try next' },
    { kind: 'list', items: nextSteps(material) },
  ]
}

function codeParts({ models }: ReportMaterial): Part[] {
  return models.map(({ name, model }): Part => ({ kind: 'listing', listing: codeListing(name, model.spec) }))
}

function repeatParts({ models }: ReportMaterial, command: string): Part[] {
  const repeated = experimentsOf(models)
  const files = repeated.map(
    ({ experiment }, i) => `${experiment.name}${repeated.length > 1 ? `-${i + 1}` : ''}.json`,
  )
  const runs = models.flatMap(model => model.runs)
  const commits = [
    ...new Set(runs.flatMap(({ environment: { git } }) => (git ? [git.commit.slice(0, 12)] : []))),
  ]
  const isDirty = runs.some(({ environment: { git } }) => git?.isDirty)
  const changed = isDirty ? ', with changes that the store has as code.patch' : ''
  const onThisMachine = runs.map(
    ({ run }) => `heddle repeat ${run.id}    # ${run.experiment}/${run.model}, seed ${run.seed}`,
  )
  return [
    {
      kind: 'text',
      text: `On another machine: install Heddle ${runs[0]!.environment.version}, save the experiment below as a file, and run it. The same seed gives the same weights to the bit at any number of threads of the same engine.`,
    },
    {
      kind: 'listing',
      listing: {
        name: 'commands',
        caption: 'Commands that train the models again.',
        text: repeated.flatMap((one, i) => repeatCommands(one, files[i]!)).join('\n'),
      },
    },
    ...repeated.map(
      (one, i): Part => ({
        kind: 'listing',
        listing: {
          name: `experiment-${i + 1}`,
          caption: `The experiment: save it as ${files[i]}.`,
          text: experimentText(one),
          extension: 'json',
        },
      }),
    ),
    {
      kind: 'text',
      text: `On the machine of these runs, “heddle repeat” trains one again from what the store has recorded, and says whether its weights are the same to the bit.${commits.length > 0 ? ` The experiment's code was at ${commits.join(', ')}${changed}.` : ''}`,
    },
    {
      kind: 'listing',
      listing: {
        name: 'repeat',
        caption: 'Commands on the machine of these runs.',
        text: [...onThisMachine, command].join('\n'),
      },
    },
  ]
}

function runPart({ run, environment, happenings }: ReportedRun): Part {
  const { backend, cpu, node, version } = environment
  const test = measuredIn(testMeasures, [run.metrics]).map(
    ({ name, metric }) => `${metric.label} ${measuredText(metric, run.metrics[name])}`,
  )
  const facts: readonly (readonly [string, string])[] = [
    ['Model', `${run.experiment}/${run.model}, seed ${run.seed}`],
    ['Test', test.join(', ')],
    [
      'Training',
      `${run.epochsDone} of ${run.epochs} epochs${run.seconds === null ? '' : ` in ${clockTime(run.seconds)}`}`,
    ],
    ['Machine', `${backend} on ${cpu}, Node ${node}, Heddle ${version}`],
    ['Began', dateOf(run.createdAt)],
    ...(run.note ? [['Note', run.note] as const] : []),
    ...happenings
      .filter(({ kind }) => kind !== 'started' && kind !== 'finished')
      .map(({ kind, text }) => [kind, text] as const),
    ['To see all', `heddle runs show ${run.id}`],
  ]
  return { kind: 'run', id: run.id, facts: facts.map(([name, text]) => ({ name, text })) }
}
