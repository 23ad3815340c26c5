import { count } from '../../base/text.ts'
import { layerOptions } from '../../nn/layers/layer-options.ts'
import { type ColumnOf, type Table, tableOf } from '../../protocol/table.ts'
import type { ReportedModel, ReportMaterial } from '../../runs/gather-report.ts'
import { trainOptionText } from '../../train/options.ts'
import {
  modelsTable as costsTable,
  pairsTable as differencesTable,
  classesTable as effectsTable,
} from '../comparison-section.ts'
import { classesTable, pairsTable } from '../evaluation-section.ts'
import { shownClasses } from '../many-classes.ts'
import { auditTables } from './audit.ts'
import { type CaptionedTable, fileName } from './figure.ts'

const four = (value: number): string => value.toFixed(4)
const signed = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(2)}`

/** Every table about models and their data. */
export function tablesOf({ data, audit, models, comparison }: ReportMaterial): CaptionedTable[] {
  const of = (name: string, caption: string, table: Table): CaptionedTable => ({ name, caption, table })
  return [
    of('labels', `The classes of ${data.name} and their labels.`, labelsTable(data.classNames)),
    ...(audit ? auditTables(audit) : []),
    of('models', 'The layers of each model with their options, and how it was trained.', modelsTable(models)),
    of('options', 'Every option of the training, defaults too.', optionsTable(models)),
    resultsExhibit(models),
    ...(comparison
      ? [
          of(
            'differences',
            'Differences in test accuracy of each pair, in percentage points.',
            differencesTable(comparison.pairs),
          ),
          of(
            'costs',
            'What each model costs. * no other model is both as accurate and as cheap in this.',
            costsTable(comparison.models, comparison.pareto),
          ),
          of(
            'class-differences',
            'Differences in recall class by class, in percentage points.',
            effectsTable(comparison.classEffects),
          ),
        ]
      : []),
    ...models.flatMap(({ name, runs, evaluation }) => {
      const whose = `${name}, seed ${runs[0]!.run.seed}`
      return [
        of(
          `classes-${fileName(name)}`,
          `Precision, recall and F1 of each class, and its accuracy against the rest: ${whose}.`,
          classesTable(evaluation, shownClasses(evaluation.classes).indices),
        ),
        of(
          `confused-${fileName(name)}`,
          `The pairs of classes that ${whose} confuses most often.`,
          pairsTable(evaluation, 10),
        ),
      ]
    }),
  ]
}

/** The one table that every report has. */
function resultsExhibit(models: readonly ReportedModel[]): CaptionedTable {
  const several = models.some(({ runs }) => runs.length > 1)
  return {
    name: 'results',
    caption: `Results of each run: training values are means over the last epoch, with dropout on. Differences are training − test loss times 100, and test − training accuracy in percentage points.${several ? ' A row for each seed.' : ''}`,
    table: resultsTable(models),
  }
}

function labelsTable(classNames: readonly string[]): Table {
  return tableOf(
    [...classNames.entries()],
    [
      ['label', 'Label', ([label]) => label],
      ['name', 'Description', ([, name]) => name],
    ],
  )
}

/** What each model is made of and trained with. */
function modelsTable(models: readonly ReportedModel[]): Table {
  return tableOf(models, [
    ['model', 'Model', ({ name }) => name],
    [
      'layers',
      'Layers',
      ({ model }) =>
        model.layers
          .map(({ className, layer }) => `${className}${optionsIn(layerOptions(layer))}`)
          .join(' → '),
    ],
    ['epochs', 'Epochs', ({ runs }) => runs[0]!.run.epochs],
    ['batchSize', 'Batch size', ({ runs }) => runs[0]!.run.batchSize],
    ['optimizer', 'Optimizer', one => optionText(one, 'optimizer')],
    ['parameters', 'Parameters', ({ model }) => model.parameterCount, count],
    ['multiplyAdds', 'Multiply-adds', ({ model }) => model.multiplyAdds, count],
  ])
}

function optionsIn(options: string): string {
  return options === '' ? '' : ` (${options})`
}

/** Every option: one value where all models have it, else each model's own. */
function optionsTable(models: readonly ReportedModel[]): Table {
  const names = [...new Set(models.flatMap(({ options }) => options.map(({ name }) => name)))]
  return tableOf(
    names.filter(name => name !== 'seed'),
    [
      ['option', 'Option', name => name],
      ...models.map(
        (model, i): ColumnOf<string> => [
          `value${i}`,
          models.length > 1 ? model.name : 'Value',
          name => optionText(model, name),
        ],
      ),
      [
        'from',
        'From',
        name => [...new Set(models.map(model => optionOf(model, name)?.origin ?? 'default'))].join(', '),
      ],
    ],
  )
}

function optionOf({ options }: ReportedModel, name: string) {
  return options.find(option => option.name === name)
}

function optionText(model: ReportedModel, name: string): string | null {
  const option = optionOf(model, name)
  return option ? trainOptionText(name, option.value) : null
}

/** A row for each run: training beside test. */
function resultsTable(models: readonly ReportedModel[]): Table {
  const rows = models.flatMap(({ name, model, runs }) => runs.map(({ run }) => ({ name, model, run })))
  type Row = (typeof rows)[number]
  const metric =
    (key: string) =>
    ({ run }: Row) =>
      run.metrics[key]
  const apart =
    (first: string, second: string) =>
    ({ run: { metrics } }: Row) => {
      const [a, b] = [metrics[first], metrics[second]]
      return a === undefined || b === undefined ? null : 100 * (a - b)
    }
  return tableOf(rows, [
    ['model', 'Model', ({ name }) => name],
    ['seed', 'Seed', ({ run }) => ({ value: run.seed, runs: [{ id: run.id, text: String(run.seed) }] })],
    ['seconds', 'Train time, s', ({ run }) => run.seconds, value => value.toFixed(1)],
    ['trainLoss', 'Train loss', metric('loss'), four],
    ['trainAccuracy', 'Train accuracy', metric('accuracy'), four],
    ['testLoss', 'Test loss', metric('testLoss'), four],
    ['testAccuracy', 'Test accuracy', metric('testAccuracy'), four],
    ['lossDelta', 'Δ loss', apart('loss', 'testLoss'), signed],
    ['accuracyDelta', 'Δ accuracy', apart('testAccuracy', 'accuracy'), signed],
    ['input', 'Input', ({ model }) => model.inputShape.join(' × ')],
    [
      'first',
      'First layer',
      ({ model }) =>
        (model.layers.find(({ parameterCount }) => parameterCount > 0) ?? model).outputShape.join(' × '),
    ],
    ['parameters', 'Parameters', ({ model }) => model.parameterCount, count],
  ])
}
