import { type DataSource, parseDataSource } from '../data/source.ts'
import { type ModelSpec, parseModel } from '../model/graph.ts'
import { UsageError } from '../spec/errors.ts'
import { checkKeys, show } from '../spec/fields.ts'
import { type TrainOptions, type TrainSpec, trainSpec } from './options.ts'

export interface ExperimentOptions {
  readonly name: string
  /** `fashionMnist()`, `imageFolder({ path })`, … */
  readonly data: DataSource
  readonly models: Readonly<Record<string, ModelSpec>>
  readonly train: TrainOptions
}

/** Data, models and training as one frozen JSON value. */
export interface ExperimentSpec {
  readonly kind: 'experiment'
  readonly name: string
  readonly data: DataSource
  readonly models: Readonly<Record<string, ModelSpec>>
  readonly train: TrainSpec
}

/**
 * An experiment: one or more models, trained alike on the same data. Throws a `UsageError` for anything unknown.
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
function checkName(value: unknown, path: string): asserts value is string {
  if (typeof value !== 'string' || !/^\w[\w.-]*$/.test(value)) {
    throw new UsageError(`${path} must be letters, digits, "-", "_" and ".", not ${show(value)}.`)
  }
}

const keys = ['kind', 'name', 'data', 'models', 'train']

/** Reads an experiment from JSON that may come from anywhere; never runs code from it. */
export function parseExperiment(value: unknown, path: string): ExperimentSpec {
  if (typeof value !== 'object' || value === null || (value as { kind?: unknown }).kind !== 'experiment') {
    throw new UsageError(`${path}: expected an experiment made by experiment({…}), received ${show(value)}.`)
  }
  const given = value as Record<string, unknown>
  checkKeys(given, keys, path)
  const { name, models } = given
  checkName(name, `${path}: name`)
  if (typeof models !== 'object' || models === null || Object.keys(models).length === 0) {
    throw new UsageError(`${path}: models must name at least one model, such as { basic: sequential([…]) }.`)
  }
  for (const key of Object.keys(models)) checkName(key, `${path}: a model's name`)
  return Object.freeze({
    kind: 'experiment' as const,
    name,
    data: parseDataSource(given.data),
    models: Object.freeze(
      Object.fromEntries(
        Object.entries(models).map(([key, model]) => [key, parseModel(model, `${path}: model "${key}"`)]),
      ),
    ),
    train: trainSpec(given.train as TrainOptions),
  })
}
