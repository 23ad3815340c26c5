import { count, listOf, plural, points } from '../../base/text.ts'
import { pretrainedText } from '../../model/pretrained.ts'
import type { DataAudit } from '../../protocol/audit.ts'
import type { Block, Section } from '../../protocol/section.ts'
import type { ReportedModel, ReportMaterial } from '../../runs/gather-report.ts'
import { trainingOf } from '../../train/experiment.ts'
import { auditSection } from '../audit-section.ts'
import { comparisonSection, looksSentence } from '../comparison-section.ts'
import type { Part } from '../document/document.ts'
import { evaluationSection } from '../evaluation-section.ts'
import { layersTable } from '../figures/architecture.ts'
import { type Figure, fileName } from '../figures/figure.ts'
import { figuresOf } from '../figures/index.ts'
import { tablesOf } from '../figures/tables.ts'
import { cardFacts } from './model-card.ts'
import type { SourceName } from './references.ts'

/** Full reports show these for each model; the folder of `heddle figures` has more. */
const ofModel = ['confusion', 'roc', 'reliability', 'hardest', 'explanations'] as const

const text = (sentence: string): Part => ({ kind: 'text', text: sentence })
const heading = (title: string): Part => ({ kind: 'heading', text: title })

/** Figures and tables of the material by their names. */
function exhibits(material: ReportMaterial) {
  const figures = new Map(figuresOf(material).map(figure => [figure.name, figure]))
  const tables = new Map(tablesOf(material).map(table => [table.name, table]))
  return {
    figure(...names: readonly string[]): Part[] {
      const found = names.map(name => figures.get(name)).filter(figure => figure !== undefined)
      return found.map((figure: Figure): Part => ({ kind: 'figure', figure }))
    },
    table(...names: readonly string[]): Part[] {
      const found = names
        .map(name => tables.get(name))
        .filter(table => table !== undefined && table.table.rows.length > 0)
      return found.map((table): Part => ({ kind: 'table', table: table! }))
    },
    figures: [...figures.keys()],
  }
}

/** The data: what it is, how its images look, how many each class has, and what is odd about it. */
export function dataParts(material: ReportMaterial): Part[] {
  const { data, audit, models } = material
  const shown = exhibits(material)
  const { figure, figures } = shown
  const { name, classNames, imageShape, train, test, fingerprint } = data
  const isFashion = name.startsWith('fashion-mnist')
  return [
    text(
      `${name} has ${count(train.count)} training and ${count(test.count)} test images of ${imageShape.join(' × ')} in ${classNames.length} classes${isFashion ? ' {cite:fashion-mnist}' : ''}: ${listOf(classNames, { most: 12 })}. {figure:class-samples} shows some of each, {figure:class-histogram} how many there are. Its fingerprint is ${fingerprint}.`,
    ),
    ...figure('class-samples', 'class-histogram-before', 'class-histogram'),
    ...splitParts(models),
    ...(audit ? auditParts(audit, shown) : []),
    ...figure(...figures.filter(name => name.startsWith('augmentation'))),
  ]
}

/** Figures for the pictures of an audit, by their names in its section. */
const auditPictures: Readonly<Record<string, readonly string[]>> = {
  suspects: ['audit-label-suspects'],
  pairs: ['audit-copies', 'audit-near-duplicates'],
  outliers: ['audit-outliers'],
}

/** What is odd about the data, with pictures and tables where its section has them. */
function auditParts(audit: DataAudit, { figure, table }: ReturnType<typeof exhibits>): Part[] {
  const { findings } = audit
  const partsIn = (block: Block): Part[] => {
    if (block.kind === 'table') return table(`audit-${block.name}`)
    if (block.kind === 'images') return figure(...auditPictures[block.name]!)
    if (block.kind !== 'section') return partsOf(block)
    return block.name === 'findings' ? [] : [heading(block.title), ...block.blocks.flatMap(partsIn)]
  }
  return [
    heading('Audit of the data'),
    { kind: 'list', items: findings.length > 0 ? findings : ['No problems were found.'] },
    ...auditSection(audit).blocks.flatMap(partsIn),
  ]
}

/** How training, validation and test were divided: once, or for each model where they differ. */
function splitParts(models: readonly ReportedModel[]): Part[] {
  const sentences = models.map(splitSentence)
  if (new Set(sentences).size === 1) return [text(sentences[0]!)]
  return [{ kind: 'list', items: models.map(({ name }, i) => `${name}: ${sentences[i]}`) }]
}

function splitSentence({ experiment, runs }: ReportedModel): string {
  const { validationSplit, validationData, pixelRange, augmentation } = trainingOf(
    experiment,
    runs[0]!.run.model,
  )
  const validation =
    validationData === 'test'
      ? 'The test images were used for validation after each epoch, too: they are not unseen.'
      : validationSplit > 0
        ? `${points(validationSplit, 0)} % of the training images were kept for validation.`
        : 'No images were kept for validation.'
  const range =
    pixelRange === 'raw'
      ? 'Pixels entered the networks as bytes, 0 to 255.'
      : `Pixels were scaled (${pixelRange === 'unit' ? '0 to 1' : pixelRange}).`
  const changed =
    augmentation.length > 0
      ? ' Training images were changed at random in each step; test images were not.'
      : ''
  return `${validation} ${range}${changed}`
}

/** Models, training, and the statistics, explained. */
export function methodsParts(material: ReportMaterial): Part[] {
  const { models, comparison } = material
  const { figure, table } = exhibits(material)
  const uses = (kind: RegExp): boolean =>
    models.some(({ model }) => model.layers.some(({ layer }) => kind.test(layer.kind)))
  const terms = [
    ...(uses(/conv/i)
      ? [
          'A convolution slides a small window over the image and computes one feature map for each of its filters {cite:convolution}.',
        ]
      : []),
    ...(uses(/pooling/i)
      ? [
          'Pooling keeps one number, such as the largest, of each small window: maps become smaller, and small shifts matter less.',
        ]
      : []),
    ...(uses(/dropout/i)
      ? [
          'Dropout sets a random share of the values to zero in each training step, so that no unit is relied on alone {cite:dropout}.',
        ]
      : []),
    ...(uses(/batchNormalization/)
      ? [
          'Batch normalization scales the values of each channel to mean 0 and deviation 1 over the batch {cite:batchNormalization}.',
        ]
      : []),
  ]
  return [
    heading('Models'),
    text(
      `{table:models} lists the ${plural(models.length, 'model')} with every option of a layer that is not a default; {table:options} has all options of the training.`,
    ),
    ...(terms.length > 0 ? [{ kind: 'list', items: terms } as const] : []),
    ...models.flatMap(({ name, model: { spec } }) =>
      spec.pretrained
        ? [
            text(
              `${name} begins with layers of another network. Pretrained: ${pretrainedText(spec.pretrained)}.`,
            ),
          ]
        : [],
    ),
    ...table('models'),
    ...models.flatMap(model => [
      ...figure(`architecture-${fileName(model.name)}`),
      { kind: 'table', table: layersTable(model) } as const,
    ]),
    heading('Training'),
    text(trainingSentence(models)),
    ...table('options'),
    heading('Statistics'),
    {
      kind: 'list',
      items: [
        'Accuracy is the share of test images whose class is predicted. Its 95 % interval is Wilson’s {cite:wilson}: it says where the accuracy on all such images lies.',
        ...(comparison
          ? [
              `Two models are compared on the same test images. The variance of their difference has a part from the choice of images and, where there are several seeds, a part from the seeds. p is how often chance alone makes such a difference; it is corrected for all pairs {cite:holm}. A difference counts as shown where p is below 0.05. “Detectable” is the smallest true difference that such runs find four times out of five.`,
            ]
          : []),
        'Precision is the share of the predictions of a class that is right; recall is the share of a class that is found; F1 is their harmonic mean. “Against the rest” takes each class as one of two.',
        'Calibration compares confidence with the share that is right. A temperature divides the logits before the softmax; it is fitted on validation images and changes no prediction {cite:calibration}.',
        ...(models.some(({ evaluation }) => evaluation.robustness.length > 0)
          ? [
              'Robustness is the accuracy on test images that were shifted, rotated, blurred and otherwise distorted {cite:robustness}.',
            ]
          : []),
      ],
    },
  ]
}

function trainingSentence(models: readonly ReportedModel[]): string {
  const runs = models.flatMap(model => model.runs.map(({ run }) => run))
  const optimizers = [
    ...new Set(
      models.map(({ experiment, runs: [first] }) => trainingOf(experiment, first!.run.model).optimizer.kind),
    ),
  ]
  const cited = optimizers.map(kind =>
    kind === 'adam' || kind === 'adadelta' ? `${kind} {cite:${kind}}` : kind,
  )
  const epochs = [...new Set(runs.map(run => run.epochs))].join(' or ')
  const batches = [...new Set(runs.map(run => run.batchSize))].join(' or ')
  const seeds = [...new Set(runs.map(run => run.seed))]
  return `Training took ${epochs} epochs in batches of ${batches} with ${listOf(cited)}, with the ${seeds.length === 1 ? 'seed' : 'seeds'} ${listOf(seeds.map(String), { most: 12 })}. The seed decides the first weights, the order of the images, dropout and augmentation; the same seed gives the same weights again.`
}

/** Numbered figures and tables: training, the comparison, then each model by itself. */
export function resultsParts(material: ReportMaterial): Part[] {
  const { models, comparison, looks, data } = material
  const { figure, table } = exhibits(material)
  const several = models.length > 1
  return [
    heading('All models'),
    text(
      `{table:results} has the results of each run, {figure:curves} what each epoch measured${several ? ', {figure:comparison} the accuracies and their differences with intervals' : ''}.`,
    ),
    ...table('results'),
    ...figure('curves', ...(several ? ['curves-together', 'comparison'] : [])),
    ...table('differences'),
    ...(comparison ? wordsOf(comparisonSection(comparison), 'pairs') : []),
    ...table('costs'),
    ...(comparison ? [text(classSentence(material))] : []),
    ...figure('robustness'),
    text(`${count(data.test.count)} test images. ${looksSentence(looks)}`),
    ...models.flatMap(model => {
      const name = fileName(model.name)
      return [
        heading(model.name),
        { kind: 'facts', facts: cardFacts(model) } as const,
        ...partsOf({ kind: 'warnings', warnings: model.evaluation.warnings }),
        ...wordsOf(evaluationSection(model.evaluation), 'calibration'),
        ...table(`classes-${name}`),
        ...figure(...ofModel.map(kind => `${kind}-${name}`)),
        ...table(`confused-${name}`),
      ]
    }),
  ]
}

function classSentence({ comparison }: ReportMaterial): string {
  const sure = comparison!.classEffects.flatMap(({ first, second, classes }) =>
    classes
      .filter(({ correctedP }) => correctedP < 0.05)
      .map(
        ({ name, difference }) =>
          `${second} finds ${difference > 0 ? 'more' : 'fewer'} of ${name} than ${first} (${points(Math.abs(difference))} points)`,
      ),
  )
  return sure.length === 0
    ? 'Class by class, no recall differs by more than chance.'
    : `Class by class, these differences in recall are more than chance: ${listOf(sure, { most: 10 })}.`
}

/** The sources that a report on these models cites. */
export function modelSources({ models, data, comparison }: ReportMaterial): SourceName[] {
  const kinds = models.flatMap(({ model }) => model.layers.map(({ layer }) => layer.kind))
  const optimizers = models.map(
    ({ experiment, runs }) => trainingOf(experiment, runs[0]!.run.model).optimizer.kind,
  )
  const uses = (pattern: RegExp): boolean => kinds.some(kind => pattern.test(kind))
  const when = (isUsed: boolean, name: SourceName): SourceName[] => (isUsed ? [name] : [])
  return [
    ...when(data.name.startsWith('fashion-mnist'), 'fashion-mnist'),
    ...when(uses(/conv/i), 'convolution'),
    ...when(uses(/dropout/i), 'dropout'),
    ...when(uses(/batchNormalization/), 'batchNormalization'),
    ...when(optimizers.includes('adam'), 'adam'),
    ...when(optimizers.includes('adadelta'), 'adadelta'),
    'wilson',
    ...when(comparison !== null, 'holm'),
    'calibration',
    ...when(
      models.some(({ evaluation }) => evaluation.robustness.length > 0),
      'robustness',
    ),
  ]
}

/** The words of a part of a section, without its title. */
function wordsOf({ blocks }: Section, name: string): Part[] {
  return blocks.flatMap(block =>
    block.kind === 'section' && block.name === name ? block.blocks.flatMap(partsOf) : [],
  )
}

/** The words of a block; tables and pictures are numbered ones of the report. */
function partsOf(block: Block): Part[] {
  switch (block.kind) {
    case 'verdict':
    case 'text':
    case 'note':
      return [text(block.text)]
    case 'warnings':
      return partsOf({ kind: 'list', items: block.warnings })
    case 'list':
      return block.items.length > 0 ? [{ kind: 'list', items: block.items }] : []
    case 'facts':
      return [{ kind: 'facts', facts: block.facts }]
    default:
      return []
  }
}
