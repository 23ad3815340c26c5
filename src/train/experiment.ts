import { UsageError, within } from '../base/errors.ts'
import { isOwn } from '../base/family.ts'
import { checkKeys, show } from '../base/schema.ts'
import { type DataSource, parseDataSource } from '../data/source.ts'
import { type ModelSpec, parseModel } from '../model/graph.ts'
import { type TrainOptions, type TrainSpec, trainSpec } from './options.ts'

export interface ExperimentOptions {
  readonly name: string
  /** `fashionMnist()`, `imageFolder({ path })`, … */
  readonly data: DataSource
  readonly models: Readonly<Record<string, ModelSpec>>
  readonly train: TrainOptions
  /** What one model is trained with instead: `{ large: { epochs: 20 } }`. */
  readonly overrides?: Readonly<Record<string, Partial<TrainOptions>>>
}

/** Data, models and training as one frozen JSON value. */
export interface ExperimentSpec {
  readonly kind: 'experiment'
  readonly name: string
  readonly data: DataSource
  readonly models: Readonly<Record<string, ModelSpec>>
  readonly train: TrainSpec
  /** By model, the options that differ from `train`: see `trainingOf`. */
  readonly overrides: Readonly<Record<string, Partial<TrainOptions>>>
}

/**
 * An experiment: one or more models, trained on the same data, alike or with `overrides` for some. Throws a `UsageError` for anything unknown.
 *
 * @example
 * experiment({
 *   name: 'first',
 *   data: fashionMnistMini(),
 *   models: { linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
 *   train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 2 },
 * }).train.batchSize // 32
 */
export function experiment(options: ExperimentOptions): ExperimentSpec {
  return parseExperiment({ kind: 'experiment', ...options }, 'experiment')
}

/** Names are typed on the command line and become parts of file names. */
export function checkName(value: unknown, path: string): asserts value is string {
  if (typeof value !== 'string' || !/^\w[\w.-]{0,99}$/.test(value)) {
    throw new UsageError(
      `${path} must be letters, digits, "-", "_" and ".", at most 100, not ${show(value)}.`,
    )
  }
}

const keys = ['kind', 'name', 'data', 'models', 'train', 'overrides']

/** Reads an experiment from JSON that may come from anywhere; never runs code from it. */
export function parseExperiment(value: unknown, path: string): ExperimentSpec {
  if (typeof value !== 'object' || value === null || (value as { kind?: unknown }).kind !== 'experiment') {
    throw new UsageError(`${path}: expected an experiment made by experiment({…}), received ${show(value)}.`)
  }
  // Editors read `$schema`.
  const { $schema: _, ...given } = value as Record<string, unknown>
  checkKeys(given, keys, path)
  const { name, models } = given
  checkName(name, `${path}: name`)
  if (typeof models !== 'object' || models === null || Object.keys(models).length === 0) {
    throw new UsageError(`${path}: models must name at least one model, such as { basic: sequential([…]) }.`)
  }
  for (const key of Object.keys(models)) checkName(key, `${path}: a model's name`)
  const made = Object.freeze({
    kind: 'experiment' as const,
    name,
    data: parseDataSource(given.data, `${path}: data`),
    models: Object.freeze(
      Object.fromEntries(
        Object.entries(models).map(([key, model]) => [key, parseModel(model, `${path}: model "${key}"`)]),
      ),
    ),
    train: trainSpec(given.train as TrainOptions),
    overrides: parseOverrides(given, Object.keys(models), path),
  })
  refuseOwn(made, path)
  return made
}

/** Throws a `UsageError` for what has its code in this program: workers and later sessions read an experiment as JSON. */
function refuseOwn(made: ExperimentSpec, path: string): void {
  for (const name of Object.keys(made.models)) {
    const { loss, metrics } = trainingOf(made, name)
    const layer = made.models[name]!.nodes.find(node => isOwn(node.layer))
    const metric = metrics.find(one => typeof one !== 'string')
    const what = layer
      ? `the layer "${layer.name}" (${layer.layer.kind})`
      : isOwn(loss)
        ? `the loss ${loss.kind}`
        : metric && `the metric "${metric.name}"`
    if (!what) continue
    throw new UsageError(
      `${path}: model "${name}" has ${what}, which this program has defined for itself. Experiments are JSON that other processes read, and ` +
        'JSON holds no code: train the model in this program, with createNetwork() and fit().',
    )
  }
}

function parseOverrides(
  { train, overrides = {} }: Record<string, unknown>,
  models: readonly string[],
  path: string,
): ExperimentSpec['overrides'] {
  if (typeof overrides !== 'object' || overrides === null) {
    throw new UsageError(
      `${path}: overrides must name models with their own options, such as { basic: { epochs: 20 } }, not ${show(overrides)}.`,
    )
  }
  checkKeys(overrides, models, `${path}: overrides`)
  for (const [model, options] of Object.entries(overrides)) {
    if (typeof options !== 'object' || options === null) {
      throw new UsageError(`${path}: the overrides of "${model}" must be options, not ${show(options)}.`)
    }
    within(`${path}: overrides of "${model}"`, () => trainSpec({ ...(train as TrainOptions), ...options }))
  }
  return Object.freeze({ ...overrides }) as ExperimentSpec['overrides']
}

/**
 * What a model of an experiment is trained with: the experiment's `train`, with the model's overrides.
 *
 * @example
 * const linear = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
 * const both = experiment({
 *   name: 'long-and-short',
 *   data: fashionMnistMini(),
 *   models: { short: linear, long: linear },
 *   train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 2 },
 *   overrides: { long: { epochs: 20 } },
 * })
 * trainingOf(both, 'long').epochs // 20
 */
export function trainingOf({ train, overrides }: ExperimentSpec, model: string): TrainSpec {
  return trainSpec({ ...train, ...overrides[model] })
}
