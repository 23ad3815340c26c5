import { layerOptions, type Model, type Statistic, trainingOf, trainOptionText } from 'heddle'
import { wilsonInterval } from 'heddle/analysis'
import { count, type DataTable, formatShape, tableText } from 'heddle/show'
import type { Comparison } from './comparison.ts'
import { namesWith, type Setting } from './origins.ts'
import type { RunRecord } from './runs.ts'

const four = (value: number): string => value.toFixed(4)
const two = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(2)}`
const one = (value: number): string => value.toFixed(1)

/** Reported beside reproduced, a row for each model. */
export function resultsTable(comparisons: readonly Comparison[]): DataTable {
  const shown = comparisons.filter(({ item, verdict }) => item.reported || verdict.kind !== 'not run')
  return {
    columns: [
      { key: 'model', title: 'Model' },
      { key: 'verdict', title: 'Verdict' },
      { key: 'fitted', title: 'Values fitted to the printed numbers' },
      { key: 'reportedAccuracy', title: 'Accuracy, reported', show: four },
      { key: 'accuracy', title: 'Accuracy', show: four },
      { key: 'std', title: '± std', show: four },
      { key: 'points', title: 'Points', show: two },
      { key: 'reportedLoss', title: 'Loss, reported', show: four },
      { key: 'loss', title: 'Loss', show: four },
      { key: 'seeds', title: 'Seeds' },
    ],
    rows: shown.map(({ item, runs, accuracy, loss, judgements, verdict, settings }) => ({
      model: item.id,
      verdict: verdict.text,
      fitted: namesWith(settings, 'fitted') || null,
      reportedAccuracy: item.reported?.accuracy ?? null,
      accuracy: accuracy?.mean ?? null,
      std: accuracy && accuracy.n > 1 ? accuracy.std : null,
      points: verdict.kind === 'quick' ? null : pointsOf(judgements),
      reportedLoss: item.reported?.loss ?? null,
      loss: loss?.mean ?? null,
      seeds: runs.map(({ run }) => run.seed).join(', ') || null,
    })),
  }
}

/** The test accuracy here minus the printed one. */
function pointsOf(judgements: Comparison['judgements']): number | null {
  const judgement = judgements.find(({ name }) => name === 'test accuracy')
  return judgement ? 100 * judgement.difference : null
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
  return {
    columns: [
      { key: 'value', title: 'Value' },
      { key: 'here', title: 'Here' },
      { key: 'origin', title: 'In the report' },
      { key: 'why', title: 'Why this one' },
      { key: 'models', title: 'Models' },
    ],
    rows: [...rows.values()]
      .toSorted((a, b) => names.indexOf(a.setting.name) - names.indexOf(b.setting.name))
      .map(({ setting, models }) => ({
        value: setting.name,
        here: setting.value,
        origin: setting.origin,
        why: setting.why ?? null,
        models: models.join(', '),
      })),
  }
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

/** Training against test, and how far apart they are in points: the table of 000. */
export function deltaTable(comparisons: readonly Comparison[]): DataTable {
  const rows = comparisons.flatMap(comparison => {
    const { item, accuracy, loss, trainAccuracy, trainLoss, seconds } = comparison
    const line = (whose: string, values: readonly (number | null | undefined)[]) => {
      const [time, a = null, b = null, c = null, d = null] = values
      const apart = (x: number | null, y: number | null): number | null =>
        x === null || y === null ? null : 100 * (x - y)
      return {
        model: item.id,
        whose,
        seconds: time ?? null,
        trainLoss: a,
        trainAccuracy: b,
        loss: c,
        accuracy: d,
        lossDelta: apart(a, c),
        accuracyDelta: apart(d, b),
      }
    }
    const { reported } = item
    const printed = reported
      ? [
          line('reported', [
            reported.seconds,
            reported.trainLoss,
            reported.trainAccuracy,
            reported.loss,
            reported.accuracy,
          ]),
        ]
      : []
    const ours = accuracy
      ? [
          line(
            'reproduced',
            [seconds, trainLoss, trainAccuracy, loss, accuracy].map((value: Statistic | null) => value?.mean),
          ),
        ]
      : []
    return [...printed, ...ours]
  })
  return {
    columns: [
      { key: 'model', title: 'Model' },
      { key: 'whose', title: 'Whose' },
      { key: 'seconds', title: 'Train time, s', show: one },
      { key: 'trainLoss', title: 'Train loss', show: four },
      { key: 'trainAccuracy', title: 'Train accuracy', show: four },
      { key: 'loss', title: 'Test loss', show: four },
      { key: 'accuracy', title: 'Test accuracy', show: four },
      { key: 'lossDelta', title: 'Train − test loss, × 100', show: two },
      { key: 'accuracyDelta', title: 'Test − train accuracy, points', show: two },
    ],
    rows,
  }
}

/** What each model is made of and trained with. */
export function modelsTable(comparisons: readonly Comparison[]): DataTable {
  return {
    columns: [
      { key: 'model', title: 'Model' },
      { key: 'layers', title: 'Layers' },
      { key: 'epochs', title: 'Epochs' },
      { key: 'batchSize', title: 'Batch size' },
      { key: 'optimizer', title: 'Optimizer' },
      { key: 'input', title: 'Input shape' },
      { key: 'first', title: 'First layer with weights' },
      { key: 'params', title: 'Parameters', show: count },
      { key: 'multiplyAdds', title: 'Multiply-adds per image', show: count },
    ],
    rows: comparisons.map(({ item }) => {
      const model = item.built
      const training = trainingOf(item.experiment, item.model)
      const layers = model.layers.map(({ className, layer }) => {
        const options = layerOptions(layer)
        return options ? `${className} (${options})` : className
      })
      return {
        model: item.id,
        layers: layers.join(' → '),
        epochs: training.epochs,
        batchSize: training.batchSize,
        optimizer: trainOptionText('optimizer', training.optimizer),
        input: formatShape(model.inputShape),
        first: formatShape(
          model.layers.find(({ parameterCount }) => parameterCount > 0)?.outputShape ?? model.outputShape,
        ),
        params: model.parameterCount,
        multiplyAdds: model.multiplyAdds,
      }
    }),
  }
}

/** Parameters and multiply-adds, as they are and against the cheapest model. */
export function costTable(comparisons: readonly Comparison[]): DataTable {
  const least = (value: (model: Model) => number): number =>
    Math.min(...comparisons.map(({ item }) => value(item.built)))
  const params = least(model => model.parameterCount)
  const multiplyAdds = least(model => model.multiplyAdds)
  const times = (value: number): string => `${value.toFixed(2)} ×`
  return {
    columns: [
      { key: 'model', title: 'Model' },
      { key: 'reportedParams', title: 'Parameters, reported', show: count },
      { key: 'params', title: 'Parameters', show: count },
      { key: 'paramsRatio', title: 'against the least', show: times },
      { key: 'multiplyAdds', title: 'Multiply-adds per image', show: count },
      { key: 'multiplyAddsRatio', title: 'against the least', show: times },
    ],
    rows: comparisons.map(({ item: { id, reported, built } }) => ({
      model: id,
      reportedParams: reported?.params ?? null,
      params: built.parameterCount,
      paramsRatio: built.parameterCount / params,
      multiplyAdds: built.multiplyAdds,
      multiplyAddsRatio: built.multiplyAdds / multiplyAdds,
    })),
  }
}

/** Where the true accuracy lies, for each run. */
export function intervalTable(comparisons: readonly Comparison[]): DataTable {
  return {
    columns: [
      { key: 'model', title: 'Model' },
      { key: 'seed', title: 'Seed' },
      { key: 'accuracy', title: 'Test accuracy', show: four },
      { key: 'low', title: '95 % from', show: four },
      { key: 'high', title: 'to', show: four },
    ],
    rows: comparisons.flatMap(({ item, runs }) =>
      runs.map(({ run, images }) => {
        const [low, high] = wilsonInterval(run.test.accuracy, images.test)
        return { model: item.id, seed: run.seed, accuracy: run.test.accuracy, low, high }
      }),
    ),
  }
}

/** What each epoch measured, the first and the last as Keras prints them. */
export function kerasLines(record: RunRecord): string {
  const { history, seed } = record.run
  const { loss = [], accuracy = [], valLoss, valAccuracy } = history
  const at = (name: string, values: readonly number[] | undefined, i: number): string =>
    values ? ` - ${name}: ${values[i]!.toFixed(4)}` : ''
  const lines = loss.map((_, i) => {
    const { train, all } = record.epochMs[i]!
    const steps = record.stored.stepsPerEpoch
    return [
      `Epoch ${i + 1}/${loss.length}`,
      `${steps}/${steps} [${'='.repeat(30)}] - ${Math.round(all / 1000)}s ${perStep(train / steps)}${at('loss', loss, i)}${at('accuracy', accuracy, i)}${at('val_loss', valLoss, i)}${at('val_accuracy', valAccuracy, i)}`,
    ].join('\n')
  })
  return `${record.stored.model}, seed ${seed}\n${lines.join('\n')}`
}

/** As Keras' progress bar chooses its unit. */
function perStep(ms: number): string {
  return ms >= 1000
    ? `${(ms / 1000).toFixed(0)}s/step`
    : ms >= 1
      ? `${ms.toFixed(0)}ms/step`
      : `${(1000 * ms).toFixed(0)}us/step`
}
