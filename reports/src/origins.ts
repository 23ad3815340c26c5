import { trainingOf, trainOptionText } from 'heddle'
import type { Item } from './item.ts'

/**
 * - `stated`: the report says so
 * - `assumed`: the report does not say; chosen before looking at the numbers, such as Keras' default
 * - `fitted`: the report does not say; chosen because it comes nearest to the printed numbers
 */
export type Origin = 'stated' | 'assumed' | 'fitted'

interface Mark {
  readonly origin: Origin
  /** Why this value; left out where the report states it. */
  readonly why?: string
}

/** The values that make a training, by what people call them. */
const settingNames = {
  layers: 'layers',
  activations: 'activations',
  dropout: 'dropout rate',
  l2: 'L2',
  initializers: 'initial weights',
  optimizer: 'optimizer',
  learningRate: 'learning rate',
  loss: 'loss',
  epochs: 'epochs',
  batchSize: 'batch size',
  pixelRange: 'pixel range',
  validation: 'validation',
  runs: 'number of runs, seeds',
} as const

type SettingKey = keyof typeof settingNames
/** Dropout and L2 are not in every report. */
type Optional = 'dropout' | 'l2'

/** Where each value of a training comes from. */
export type Origins = Readonly<Record<Exclude<SettingKey, Optional>, Mark>> &
  Readonly<Partial<Record<Optional, Mark>>>

/** A value that a model was trained with, and where it comes from. */
export interface Setting extends Mark {
  readonly name: string
  readonly value: string
}

interface AnyLayer {
  readonly kind: string
  readonly rate?: number
  readonly activation?: unknown
  readonly kernelRegularizer?: { readonly kind: string; readonly l2?: number } | null
  readonly kernelInitializer?: unknown
}

/** The values of one model's training, each with its mark; none for a follow-up, which no report describes. */
export function settingsOf(
  item: Item,
  { seeds, quick }: { readonly seeds: readonly number[]; readonly quick: boolean },
): Setting[] {
  if (!item.reported) return []
  const { experiment, origins } = item
  const training = trainingOf(experiment, item.model)
  const layers = experiment.models[item.model]!.nodes.map(({ layer }) => layer as AnyLayer)
  const { learningRate } = training.optimizer
  const { validationData, validationSplit } = training
  const values: Readonly<Record<SettingKey, string>> = {
    layers: `${layers.length} layers, see the table of models`,
    activations: eachOnce(
      layers.map(({ activation }) => activation && trainOptionText('activation', activation)),
    ),
    dropout: eachOnce(layers.map(({ kind, rate }) => (kind === 'dropout' ? rate : undefined))),
    l2: eachOnce(layers.map(({ kernelRegularizer }) => kernelRegularizer?.l2)),
    initializers: eachOnce(
      layers.map(
        ({ kernelInitializer }) =>
          kernelInitializer && trainOptionText('kernelInitializer', kernelInitializer),
      ),
    ),
    optimizer: training.optimizer.kind,
    learningRate: trainOptionText('learningRate', learningRate),
    loss: trainOptionText('loss', training.loss),
    epochs: String(training.epochs),
    batchSize: String(training.batchSize),
    pixelRange: training.pixelRange === 'unit' ? '0 to 1' : '0 to 255',
    validation: validationData === 'test' ? 'the test images' : `${validationSplit} of the training images`,
    runs: seeds.length === 1 ? `seed ${seeds[0]}` : `${seeds.length} runs, seeds ${seeds.join(', ')}`,
  }
  return (Object.keys(settingNames) as SettingKey[]).flatMap(key => {
    // A quick training has its own number of epochs, which means nothing.
    const mark = quick && key === 'epochs' ? undefined : origins[key]
    return mark && values[key] !== '' ? [{ name: settingNames[key], value: values[key], ...mark }] : []
  })
}

/** Different values in their order, without what is not there. */
function eachOnce(values: readonly unknown[]): string {
  return [...new Set(values.filter(value => value !== undefined && value !== null))].join(', ')
}

/** The settings with this mark: `optimizer, learning rate`. */
export function namesWith(settings: readonly Setting[], origin: Origin): string {
  return settings
    .filter(setting => setting.origin === origin)
    .map(({ name }) => name)
    .join(', ')
}

/** The settings with this mark and their values: `optimizer (adadelta), learning rate (0.001)`. */
export function valuesWith(settings: readonly Setting[], origin: Origin): string {
  return settings
    .filter(setting => setting.origin === origin)
    .map(({ name, value }) =>
      name === settingNames.layers || name === settingNames.runs ? name : `${name} (${value})`,
    )
    .join(', ')
}
