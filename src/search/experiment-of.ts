import { HeddleError, UsageError } from '../base/errors.ts'
import { show } from '../base/schema.ts'
import { listOf } from '../base/text.ts'
import { parseDataSource } from '../data/source.ts'
import { type ModelSpec, parseModel } from '../model/graph.ts'
import type { ParameterValues } from '../protocol/study.ts'
import { writesFiles } from '../train/callbacks/index.ts'
import { type ExperimentSpec, trainingOf } from '../train/experiment.ts'
import { trainSpec } from '../train/options.ts'
import type { Draft } from './places.ts'
import { setParameters } from './set-parameters.ts'
import { inOrder, problemOf, type Space } from './space.ts'

/** Makes the model of a trial. Parameters that are not there are `undefined`. */
export type ModelOf = (parameters: ParameterValues) => ModelSpec

/** What the experiments of a search's trials are made of. */
export interface Making {
  readonly name: string
  readonly experiment: ExperimentSpec
  /** Which of its models is changed; `null`: the parameter `model` says it, or the function `modelOf` makes it. */
  readonly model: string | null
  readonly space: Space
  readonly modelOf: ModelOf | null
  /** The parameters that `modelOf` has read, of any trial so far. */
  readonly reads: Set<string>
}

/** The parameter that chooses the model. */
const MODEL = 'model'

/** The experiment of a trial before its parameters are set, and those that are still to be set. */
export function draftOf(
  making: Making,
  parameters: ParameterValues,
): { draft: Draft; rest: ParameterValues } {
  const { experiment } = making
  const { data } = experiment
  if (making.modelOf) {
    const name = making.model ?? MODEL
    const model = madeModel(making, making.modelOf, parameters)
    return { draft: asDraft({ data, train: experiment.train, models: { [name]: model } }), rest: parameters }
  }
  const { [MODEL]: chosen, ...others } = parameters
  const rest = making.model === null ? others : parameters
  if (making.model === null && typeof chosen === 'object' && chosen !== null) {
    const model = parseModel(chosen, `the parameter "${MODEL}"`)
    return { draft: asDraft({ data, train: experiment.train, models: { [MODEL]: model } }), rest }
  }
  const name = making.model ?? String(chosen)
  const model = Object.hasOwn(experiment.models, name) ? experiment.models[name] : undefined
  if (!model) {
    const known = Object.keys(experiment.models)
    throw new UsageError(
      `The parameter "${MODEL}" is ${show(chosen)}; its values are names of the experiment's models (${listOf(known)}), or models.`,
    )
  }
  return { draft: asDraft({ data, train: trainingOf(experiment, name), models: { [name]: model } }), rest }
}

const asDraft = (parts: Pick<ExperimentSpec, 'data' | 'models' | 'train'>): Draft => parts as unknown as Draft

/** Calls the function that makes models, and remembers which parameters it reads. */
export function madeModel(
  { space, reads }: Pick<Making, 'space' | 'reads'>,
  modelOf: ModelOf,
  parameters: ParameterValues,
): ModelSpec {
  const watched = new Proxy(parameters, {
    get(values, name) {
      if (typeof name === 'string' && Object.hasOwn(space, name)) reads.add(name)
      return Reflect.get(values, name)
    },
  })
  try {
    return parseModel(modelOf(watched), 'what the function "model" returns')
  } catch (error) {
    if (error instanceof HeddleError) throw error
    const message = error instanceof Error ? error.message : show(error)
    throw new UsageError(`The function "model" failed: ${message}`, { cause: error })
  }
}

/**
 * The experiment of a trial, with one model. Throws a `UsageError` that names the parameter for values that are no point of the space,
 * that point nowhere, or that the experiment does not allow.
 */
export function experimentOf(making: Making, parameters: ParameterValues): ExperimentSpec {
  const problem = problemOf(making.space, parameters)
  if (problem !== null) throw new UsageError(`These values are not a point of the space: ${problem}.`)
  const { draft, rest } = draftOf(making, inOrder(making.space, parameters))
  const isRead = (name: string): boolean => making.reads.has(name)
  const { draft: changed, setBy } = setParameters(draft, rest, isRead)
  try {
    return parsed(making, changed)
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    const entries = Object.entries(rest)
    const at = entries.findIndex((_, i) => {
      const some = Object.fromEntries(entries.slice(0, i + 1))
      return attempt(() => parsed(making, setParameters(draft, some, isRead).draft)) instanceof HeddleError
    })
    const found = at < 0 ? entries : [entries[at]!]
    const where = [...setBy].flatMap(([what, by]) => (found.some(([name]) => name === by) ? [what] : []))
    throw new UsageError(`With ${assignments(found)} (${listOf(where)}): ${error.message}`, { cause: error })
  }
}

/** What `work` returns, or the error of it that a user can act on. */
export function attempt<T>(work: () => T): T | HeddleError {
  try {
    return work()
  } catch (error) {
    if (error instanceof HeddleError) return error
    throw error
  }
}

/** `depth = 3 and filters = 64`. */
export function assignments(entries: readonly (readonly [string, unknown])[]): string {
  return listOf(
    entries.map(([name, value]) => `${name} = ${show(value)}`),
    { most: 20 },
  )
}

/** What is not changed is not checked again: corrected labels, and layers, may be many. */
export function parsed(
  { name, experiment }: Pick<Making, 'name' | 'experiment'>,
  draft: Draft,
): ExperimentSpec {
  const { data, models, train } = draft as unknown as ExperimentSpec
  const made = {
    kind: 'experiment' as const,
    name,
    data: data === experiment.data ? data : parseDataSource(data),
    models: Object.freeze(
      Object.fromEntries(
        Object.entries(models).map(([key, model]) => [
          key,
          model === experiment.models[key] ? model : parseModel(model, `model "${key}"`),
        ]),
      ),
    ),
    train: trainSpec(train),
    overrides: Object.freeze({}),
  }
  checkSealed(made)
  return Object.freeze(made)
}

/** Throws a `UsageError` for a training that would see test images, or write files that all trials share. */
function checkSealed({ train }: ExperimentSpec): void {
  if (train.validationData === 'test') {
    throw new UsageError(
      'validationData: "test" would choose by test images, which stay unseen until the end of a search. Use validationSplit: 0.1 instead.',
    )
  }
  const writer = train.callbacks.find(writesFiles)
  if (!writer) return
  throw new UsageError(
    `The callback ${writer.kind} writes a file, which all trials would share. Leave it out: the store keeps the curves of every trial.`,
  )
}
