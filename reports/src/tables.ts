import { layerOptions, type Model, trainingOf, trainOptionText } from 'heddle'
import { wilsonInterval } from 'heddle/analysis'
import { count, type DataTable, formatShape, kerasProgress, tableOf, tableText } from 'heddle/show'
import type { Comparison } from './comparison.ts'
import { namesWith, type Setting } from './origins.ts'
import type { RunRecord } from './runs.ts'

/** Shows a number with this many digits after the point. */
export const fixed =
  (digits: number) =>
  (value: number): string =>
    value.toFixed(digits)

const four = fixed(4)
const signed = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(2)}`

/** Reported beside reproduced, a row for each model. */
export function resultsTable(comparisons: readonly Comparison[]): DataTable {
  const shown = comparisons.filter(({ item, verdict }) => item.reported || verdict.kind !== 'not run')
  return tableOf(shown, [
    ['model', 'Model', ({ item }) => item.id],
    ['verdict', 'Verdict', ({ verdict }) => verdict.text],
    [
      'fitted',
      'Values fitted to the printed numbers',
      ({ settings }) => namesWith(settings, 'fitted') || null,
    ],
    ['reportedAccuracy', 'Accuracy, reported', ({ item }) => item.reported?.accuracy, four],
    ['accuracy', 'Accuracy', ({ accuracy }) => accuracy?.mean, four],
    ['std', '± std', ({ accuracy }) => (accuracy && accuracy.n > 1 ? accuracy.std : null), four],
    ['points', 'Points', pointsOf, signed],
    ['reportedLoss', 'Loss, reported', ({ item }) => item.reported?.loss, four],
    ['loss', 'Loss', ({ loss }) => loss?.mean, four],
    ['seeds', 'Seeds', ({ runs }) => runs.map(({ run }) => run.seed).join(', ') || null],
  ])
}

/** The test accuracy here minus the printed one. */
function pointsOf({ judgements, verdict }: Comparison): number | null {
  const judgement = judgements.find(({ name }) => name === 'test accuracy')
  return judgement && verdict.kind !== 'quick' ? 100 * judgement.difference : null
}

/** The columns of the results that fit on a terminal. */
export function shortTable(comparisons: readonly Comparison[]): string {
  const titles = {
    model: 'Model',
    reportedAccuracy: 'Reported',
    accuracy: 'Accuracy',
    points: 'Points',
    reportedLoss: 'Reported',
    loss: 'Loss',
    verdict: 'Verdict',
  }
  const { columns, rows } = resultsTable(comparisons)
  const shown = Object.entries(titles).map(([key, title]) => ({
    ...columns.find(column => column.key === key),
    key,
    title,
  }))
  return tableText({ columns: shown, rows })
}

/** Where the values of the printed models' trainings come from, models with the same value in one row. */
export function settingsTable(comparisons: readonly Comparison[]): DataTable {
  const rows = new Map<string, { readonly setting: Setting; readonly models: string[] }>()
  for (const { item, settings } of comparisons) {
    for (const setting of settings) {
      const key = JSON.stringify([setting.name, setting.value, setting.origin, setting.why])
      const row = rows.get(key) ?? { setting, models: [] }
      row.models.push(item.id)
      rows.set(key, row)
    }
  }
  const names = [...new Set([...rows.values()].map(({ setting }) => setting.name))]
  return tableOf(
    [...rows.values()].toSorted((a, b) => names.indexOf(a.setting.name) - names.indexOf(b.setting.name)),
    [
      ['value', 'Value', ({ setting }) => setting.name],
      ['here', 'Here', ({ setting }) => setting.value],
      ['origin', 'In the report', ({ setting }) => setting.origin],
      ['why', 'Why this one', ({ setting }) => setting.why],
      ['models', 'Models', ({ models }) => models.join(', ')],
    ],
  )
}

/** Training against test, and how far apart they are in points: the table of 000. */
export function deltaTable(comparisons: readonly Comparison[]): DataTable {
  const numbers = ['seconds', 'trainLoss', 'trainAccuracy', 'loss', 'accuracy'] as const
  type Numbers = Readonly<Partial<Record<(typeof numbers)[number], number>>>
  const rows = comparisons.flatMap(comparison => {
    const { item, accuracy } = comparison
    const ours: Numbers = Object.fromEntries(
      numbers.flatMap(key => (comparison[key] ? [[key, comparison[key].mean]] : [])),
    )
    return [
      ...(item.reported ? [{ id: item.id, whose: 'reported', of: item.reported as Numbers }] : []),
      ...(accuracy ? [{ id: item.id, whose: 'reproduced', of: ours }] : []),
    ]
  })
  const apart = (a: number | undefined, b: number | undefined): number | null =>
    a === undefined || b === undefined ? null : 100 * (a - b)
  return tableOf(rows, [
    ['model', 'Model', ({ id }) => id],
    ['whose', 'Whose', ({ whose }) => whose],
    ['seconds', 'Train time, s', ({ of }) => of.seconds, fixed(1)],
    ['trainLoss', 'Train loss', ({ of }) => of.trainLoss, four],
    ['trainAccuracy', 'Train accuracy', ({ of }) => of.trainAccuracy, four],
    ['loss', 'Test loss', ({ of }) => of.loss, four],
    ['accuracy', 'Test accuracy', ({ of }) => of.accuracy, four],
    ['lossDelta', 'Train − test loss, × 100', ({ of }) => apart(of.trainLoss, of.loss), signed],
    [
      'accuracyDelta',
      'Test − train accuracy, points',
      ({ of }) => apart(of.accuracy, of.trainAccuracy),
      signed,
    ],
  ])
}

/** What each model is made of and trained with. */
export function modelsTable(comparisons: readonly Comparison[]): DataTable {
  const rows = comparisons.map(({ item }) => ({ ...item, train: trainingOf(item.experiment, item.model) }))
  return tableOf(rows, [
    ['model', 'Model', ({ id }) => id],
    ['layers', 'Layers', ({ built }) => layersText(built)],
    ['epochs', 'Epochs', ({ train }) => train.epochs],
    ['batchSize', 'Batch size', ({ train }) => train.batchSize],
    ['optimizer', 'Optimizer', ({ train }) => trainOptionText('optimizer', train.optimizer)],
    ['input', 'Input shape', ({ built }) => formatShape(built.inputShape)],
    ['first', 'First layer with weights', ({ built }) => formatShape(firstWithWeights(built).outputShape)],
    ['params', 'Parameters', ({ built }) => built.parameterCount, count],
    ['multiplyAdds', 'Multiply-adds per image', ({ built }) => built.multiplyAdds, count],
  ])
}

function layersText({ layers }: Model): string {
  return layers
    .map(({ className, layer }) => {
      const options = layerOptions(layer)
      return options ? `${className} (${options})` : className
    })
    .join(' → ')
}

function firstWithWeights(model: Model): Pick<Model, 'outputShape'> {
  return model.layers.find(({ parameterCount }) => parameterCount > 0) ?? model
}

/** Parameters and multiply-adds, as they are and against the cheapest model. */
export function costTable(comparisons: readonly Comparison[]): DataTable {
  const built = comparisons.map(({ item }) => item.built)
  const params = Math.min(...built.map(({ parameterCount }) => parameterCount))
  const multiplyAdds = Math.min(...built.map(model => model.multiplyAdds))
  const times = (value: number): string => `${value.toFixed(2)} ×`
  return tableOf(
    comparisons.map(({ item }) => item),
    [
      ['model', 'Model', ({ id }) => id],
      ['reportedParams', 'Parameters, reported', ({ reported }) => reported?.params, count],
      ['params', 'Parameters', item => item.built.parameterCount, count],
      ['paramsRatio', 'against the least', item => item.built.parameterCount / params, times],
      ['multiplyAdds', 'Multiply-adds per image', item => item.built.multiplyAdds, count],
      ['multiplyAddsRatio', 'against the least', item => item.built.multiplyAdds / multiplyAdds, times],
    ],
  )
}

/** The interval of the true accuracy, for each run. */
export function intervalTable(comparisons: readonly Comparison[]): DataTable {
  const rows = comparisons.flatMap(({ item, runs }) =>
    runs.map(({ run: { seed, test }, images }) => {
      const [low, high] = wilsonInterval(test.accuracy, images.test)
      return { id: item.id, seed, accuracy: test.accuracy, low, high }
    }),
  )
  return tableOf(rows, [
    ['model', 'Model', ({ id }) => id],
    ['seed', 'Seed', ({ seed }) => seed],
    ['accuracy', 'Test accuracy', ({ accuracy }) => accuracy, four],
    ['low', '95 % from', ({ low }) => low, four],
    ['high', 'to', ({ high }) => high, four],
  ])
}

/** What each epoch measured, as Keras prints it. */
export function kerasLines({ run, stored, epochMs }: RunRecord): string {
  const epochs = epochMs.map(({ train, all }, i) => ({
    metrics: Object.fromEntries(Object.entries(run.history).map(([name, values]) => [name, values[i]!])),
    trainMs: train,
    durationMs: all,
  }))
  return `${stored.model}, seed ${run.seed}\n${kerasProgress(epochs, stored.stepsPerEpoch)}`
}
