import { didYouMean, UsageError, within } from '../base/errors.ts'
import {
  checkKeys,
  integer,
  number,
  type Options,
  object,
  optional,
  parseOptions,
  show,
  type Values,
} from '../base/schema.ts'
import type { DataSource } from '../data/source.ts'
import type { ModelSpec } from '../model/graph.ts'
import type { ParameterValues } from '../protocol/study.ts'
import { checkName, type ExperimentSpec, parseExperiment } from '../train/experiment.ts'
import type { TrainOptions } from '../train/options.ts'
import { cornersOf, witnessesOf } from './corners.ts'
import { experimentOf, type Making, type ModelOf, madeModel } from './experiment-of.ts'
import { objectiveField } from './objectives.ts'
import { parseSpace } from './parse-space.ts'
import { samplers } from './samplers/index.ts'
import { schedulers } from './schedulers/index.ts'
import type { Space } from './space.ts'
import { type Start, startOf } from './start.ts'
import { jsonValue } from './value.ts'

export const searchFields = {
  /** `valAccuracy`, or another number of an epoch, `params`, `latencyMs`; or a list of up to four. Default 'valAccuracy'. */
  objective: objectiveField,
  /** How the next trial is chosen: a sampler, or its name. Default 'tpe'. */
  sampler: { ...samplers.field, fallback: samplers.parse({ kind: 'tpe' }, 'sampler') },
  /** How long trials are trained: a scheduler, or its name. Default 'none'. */
  scheduler: { ...schedulers.field, fallback: schedulers.parse({ kind: 'none' }, 'scheduler') },
  /** The most trials, without repeats. Default 50; with `minutes`, as many as the time allows. */
  trials: optional(integer()),
  /** The most minutes of training, repeats included, in all sessions together; trials that are trained side by side count once. Default null: no limit. */
  minutes: optional(number(undefined, { min: 0.01 })),
  /** The same seed and the same results give the same trials. Default 1. */
  seed: integer(1, { min: 0 }),
  /** How many of the best are trained again, and with how many further seeds each. Default { top: 3, seeds: 5 }. */
  repeats: {
    ...object({ top: integer(3, { min: 0, max: 20 }), seeds: integer(5, { max: 100 }) }),
    fallback: Object.freeze({ top: 3, seeds: 5 }),
  },
}

const DEFAULT_TRIALS = 50
/** There are no more parameters in a space. */
const MOST_READS = 64

interface OwnOptions extends Options<typeof searchFields> {}

/** An experiment whose model a function makes needs none. */
interface BareExperiment {
  readonly name: string
  readonly data: DataSource
  readonly train: TrainOptions
}

export interface SearchOptions<S extends Space = Space> extends OwnOptions {
  /** What it is called in lists. Default: the name of the experiment. */
  readonly name?: string
  /** Data, model and training that parameters change. Required. */
  readonly experiment: ExperimentSpec | BareExperiment
  /** By name, what each parameter may be; names say where they point. Required. */
  readonly space: S
  /** Which model of the experiment, or a function that makes it of the parameters. Default: the only one. */
  readonly model?: string | ((parameters: ParametersOf<S>) => ModelSpec)
  /** The point to begin with, to which the winner is compared. Default: the experiment as it is, where that is a point of the space. */
  readonly start?: Partial<ParametersOf<S>>
}

/** The values of a trial, by parameter; those with a condition may be absent. */
export type ParametersOf<S extends Space> = {
  readonly [K in keyof S]: ValueOf<S[K]> | (S[K] extends { readonly when: object } ? undefined : never)
}
type ValueOf<D> = D extends { readonly kind: 'choice'; readonly values: readonly (infer V)[] } ? V : number

/** A search as a frozen JSON value. */
export interface SearchSpec extends Values<typeof searchFields> {
  readonly kind: 'search'
  readonly name: string
  readonly experiment: ExperimentSpec
  /** The model of the experiment that is changed; `null`: the parameter `model` chooses it. */
  readonly model: string | null
  /** A function makes the model, and reads these parameters; `null`: no function, so that any process can make every trial. */
  readonly reads: readonly string[] | null
  readonly space: Space
  readonly start: ParameterValues | null
}

/** A search that can make the experiments of its trials. */
export interface Search {
  readonly kind: 'search'
  readonly spec: SearchSpec
  /** Why there is no starting point, in words; `null`: there is one. */
  readonly missingStart: string | null
  /**
   * The experiment of a trial, with exactly one model. Throws a `UsageError` that names the parameter for values that are no point of
   * the space, or that the experiment does not allow.
   */
  experimentOf(parameters: ParameterValues): ExperimentSpec
}

/**
 * A search for better hyper-parameters of an experiment. A parameter reaches it by its name:
 *
 * - what the function `model` reads;
 * - an option of training or data: `batchSize`, `learningRate`, `optimizer.momentum`, `randomRotation.factor`, `earlyStopping.patience`;
 * - an option of every layer of a kind but the output layer, `conv2d.filters`; or of one layer by its name, `nodes.conv2d_1.filters`;
 * - a whole layer, augmentation or callback, which is there (`true`), left out (`false`) or another one;
 * - `model`: one of the experiment's models by its name.
 *
 * Throws a `UsageError` that names the parameter if its name fits no option or two of them, or if the space has a fault.
 *
 * @example
 * search({
 *   experiment: experiment({
 *     name: 'first',
 *     data: fashionMnistMini(),
 *     models: { small: sequential([flatten(), dense({ units: 32 }), dense({ units: 10, activation: 'softmax' })]) },
 *     train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', validationSplit: 0.2 },
 *   }),
 *   space: { learningRate: logUniform(1e-4, 1e-1), 'dense.units': intRange(16, 128, { step: 16 }) },
 *   trials: 20,
 * }).spec.start // { learningRate: 0.001, 'dense.units': 32 }
 */
export function search<const S extends Space>(options: SearchOptions<S>): Search {
  const { model, ...rest } = options
  const modelOf = typeof model === 'function' ? (model as ModelOf) : null
  return makeSearch({ kind: 'search', ...rest, ...(modelOf ? {} : { model }) }, 'search', modelOf)
}

const keys = ['kind', 'name', 'experiment', 'model', 'reads', 'space', 'start']

/**
 * Reads a search from JSON that may come from anywhere, and never runs code from it; a search made by `search` is returned as it is.
 * The models of a search that a function makes can be made where its file was run only.
 */
export function parseSearch(value: unknown, path: string): Search {
  if (made.has(value as Search)) return value as Search
  if (typeof value !== 'object' || value === null || (value as { kind?: unknown }).kind !== 'search') {
    throw new UsageError(`${path}: expected a search made by search({…}), received ${show(value)}.`)
  }
  return makeSearch(value, path, null)
}

const made = new WeakSet<Search>()

/** What makes a search of JSON that says it is of a function, which JSON does not hold. */
const elsewhere: ModelOf = () => {
  throw new UsageError(
    'The models of this search are made by a function in its file. Name the file to go on with it: heddle search FILE --resume.',
  )
}

function makeSearch(value: object, path: string, modelOf: ModelOf | null): Search {
  // Editors read `$schema`.
  const { $schema: _, ...given } = value as Record<string, unknown>
  checkKeys(given, [...keys, ...Object.keys(searchFields)], path)
  const own = Object.fromEntries(Object.entries(given).filter(([key]) => !keys.includes(key)))
  const options = parseOptions(path, searchFields, own)
  const space = parseSpace(given.space, `${path}: space`)
  const reads = modelOf ? new Set<string>() : readsIn(given.reads, path)
  const experiment = experimentIn(given.experiment, path, modelOf && { modelOf, space, reads: reads! })
  const { name = experiment.name } = given
  checkName(name, `${path}: name`)
  const model = modelIn(given.model, experiment, { path, space, isMade: reads !== null })
  const making: Making = {
    ...{ name, experiment, model, space },
    modelOf: modelOf ?? (reads ? elsewhere : null),
    reads: reads ?? new Set(),
  }
  const start = within(path, () => {
    if (reads && !modelOf) return storedStart(given.start)
    for (const point of witnessesOf(space)) experimentOf(making, point)
    return startOf(making, startIn(given.start))
  })
  const spec: SearchSpec = Object.freeze({
    kind: 'search' as const,
    ...{ name, experiment, model, reads: reads && Object.freeze([...reads]), space },
    start: start.values,
    ...options,
    trials: options.trials ?? (options.minutes === null ? DEFAULT_TRIALS : null),
  })
  const result: Search = Object.freeze({
    kind: 'search' as const,
    spec,
    missingStart: start.missing,
    experimentOf: (parameters: ParameterValues) => experimentOf(making, parameters),
  })
  made.add(result)
  return result
}

/** An experiment whose models a function makes needs none: it gets the first one that can be made. */
function experimentIn(
  given: unknown,
  path: string,
  making: (Pick<Making, 'space' | 'reads'> & { readonly modelOf: ModelOf }) | null,
): ExperimentSpec {
  const place = `${path}: experiment`
  if (making === null || typeof given !== 'object' || given === null) return parseExperiment(given, place)
  const { models = {}, overrides = {}, ...rest } = given as Partial<ExperimentSpec>
  const names = Object.keys(models)
  if (Object.keys(overrides).length > 0) {
    throw new UsageError(
      `${place}: overrides are by model, but the function "model" makes it. Write their options in train.`,
    )
  }
  const model = within(path, () => firstModel(making))
  return parseExperiment(
    { kind: 'experiment', ...rest, models: { [names.length === 1 ? names[0]! : 'model']: model } },
    place,
  )
}

/** Tries the corners of the space: which parameters a function reads may depend on their values. */
function firstModel({
  modelOf,
  ...making
}: Pick<Making, 'space' | 'reads'> & { readonly modelOf: ModelOf }): ModelSpec {
  let first: ModelSpec | null = null
  let failure: unknown
  for (const point of cornersOf(making.space).points) {
    try {
      const model = madeModel(making, modelOf, point)
      first ??= model
    } catch (error) {
      failure ??= error
    }
  }
  if (first === null) throw failure
  return first
}

function readsIn(given: unknown, path: string): Set<string> | null {
  if (given === undefined || given === null) return null
  if (Array.isArray(given) && given.length <= MOST_READS && given.every(name => typeof name === 'string'))
    return new Set(given)
  throw new UsageError(`${path}: reads must be null or a list of parameters, not ${show(given)}.`)
}

function modelIn(
  given: unknown,
  experiment: ExperimentSpec,
  { path, space, isMade }: { readonly path: string; readonly space: Space; readonly isMade: boolean },
): string | null {
  const known = Object.keys(experiment.models)
  if (given !== undefined && given !== null) {
    if (typeof given !== 'string' || !known.includes(given)) {
      const hint = typeof given === 'string' ? didYouMean(given, known) : ''
      throw new UsageError(
        `${path}: model must be one of the experiment's models (${known.join(', ')}), not ${show(given)}.${hint}`,
      )
    }
    if (!isMade && Object.hasOwn(space, 'model'))
      throw new UsageError(
        `${path}: model is both an option of the search and a parameter of the space. Remove one of them.`,
      )
    return given
  }
  if (isMade) return known[0]!
  if (Object.hasOwn(space, 'model')) return null
  if (known.length === 1) return known[0]!
  throw new UsageError(
    `${path}: the experiment has ${known.length} models. Name one, model: '${known[0]}', or let the search choose: space: { model: choice([${known.map(name => `'${name}'`).join(', ')}]) }.`,
  )
}

function startIn(given: unknown): ParameterValues {
  if (given === undefined || given === null) return {}
  if (typeof given !== 'object' || Array.isArray(given))
    throw new UsageError(`start must give values by parameter, such as { depth: 2 }, not ${show(given)}.`)
  return jsonValue(given, 'start') as ParameterValues
}

function storedStart(given: unknown): Start {
  const values = startIn(given)
  if (Object.keys(values).length > 0) return { values, missing: null }
  return { values: null, missing: 'The search was begun without a starting point.' }
}
