import { HeddleError, UsageError } from '../base/errors.ts'
import { show } from '../base/schema.ts'
import { augmentations } from '../data/augment/index.ts'
import { type ModelSpec, parseModel } from '../model/graph.ts'
import { layers } from '../nn/layers/index.ts'
import type { ParameterValue, ParameterValues } from '../protocol/study.ts'
import { callbacks } from '../train/callbacks/index.ts'
import type { ExperimentSpec } from '../train/experiment.ts'
import { trainSpec } from '../train/options.ts'
import { type Draft, type DraftNode, type Place, placesOf } from './places.ts'
import { resolve, suggestionFor } from './resolve.ts'

/**
 * An experiment with the values of some parameters, each set where its name points: outer places first, so that options of a chosen
 * optimizer or layer can be set as well. What `isRead` names is what the model is made of: it is set in no layer, and need not point
 * anywhere. Throws a `UsageError` that names the parameter where it points nowhere, is ambiguous, or sets what another one sets too.
 */
export function setParameters(
  draft: Draft,
  parameters: ParameterValues,
  isRead: (name: string) => boolean,
): { readonly draft: Draft; readonly setBy: ReadonlyMap<string, string> } {
  const pending = new Set(Object.keys(parameters))
  // The full path of each place, and the parameter.
  const setBy = new Map<string, string>()
  let current = draft
  let places = placesOf(current)
  while (pending.size > 0) {
    const found = [...pending].map(name => {
      const named = resolve(name, places)
      return { name, places: isRead(name) ? named.filter(({ path }) => path[0] !== 'models') : named }
    })
    const next = found.reduce((a, b) => (depthOf(b.places) < depthOf(a.places) ? b : a))
    if (next.places.length === 0) {
      const unused = found.find(({ name }) => !isRead(name))
      if (!unused) break
      throw new UsageError(
        `The parameter "${unused.name}" points at nothing in the experiment.${suggestionFor(unused.name, places)}`,
      )
    }
    pending.delete(next.name)
    // The last first: leaving out an entry moves those after it.
    for (const place of [...next.places].reverse()) {
      const change = changeAt(place, next.name, parameters[next.name]!)
      const other = setBy.get(change.what)
      if (other !== undefined) {
        throw new UsageError(
          `The parameters "${other}" and "${next.name}" both set ${change.what}. Remove one of them, or name single layers.`,
        )
      }
      setBy.set(change.what, next.name)
      current = change.make(current)
    }
    const value = parameters[next.name]
    // A number changes no place.
    if (typeof value === 'number') continue
    if (typeof value !== 'boolean') current = withSpecs(current)
    places = placesOf(current)
  }
  return { draft: current, setBy }
}

/** A name that points nowhere comes after all others. */
function depthOf(places: readonly Place[]): number {
  return places[0]?.path.length ?? Number.POSITIVE_INFINITY
}

/** Names such as `adam` as the specs that they stand for, whose options can then be set. What is wrong is found when all is set. */
function withSpecs(draft: Draft): Draft {
  const { models, train } = draft as unknown as ExperimentSpec
  try {
    const [[name, model]] = Object.entries(models) as [[string, ModelSpec]]
    return {
      ...draft,
      train: trainSpec(train),
      models: { [name]: parseModel(model, name) },
    } as unknown as Draft
  } catch (error) {
    if (error instanceof HeddleError) return draft
    throw error
  }
}

interface Change {
  /** The full path of what is set. */
  readonly what: string
  make(draft: Draft): Draft
}

function changeAt(place: Place, name: string, value: ParameterValue): Change {
  const { path, isEntry, value: before } = place
  const what = place.names[0]!
  if (!isEntry) return { what, make: draft => withAt(draft, path, value) }
  if (value === true) return { what, make: draft => draft }
  if (value === false) return { what, make: draft => leftOut(draft, place) }
  // A node is its layer and its inputs.
  const spec = path[0] === 'models' ? [...path, 'layer'] : path
  if (typeof value === 'object' && value !== null) return { what, make: draft => withAt(draft, spec, value) }
  const { kind } = before as { readonly kind: string }
  const option = onlyOption(kind)
  if (option !== null)
    return { what: `${what}.${option}`, make: draft => withAt(draft, [...spec, option], value) }
  throw new UsageError(
    `The parameter "${name}" means all of ${kind}: its values can be true (as it is), false (left out) or another one in its place, ` +
      `not ${show(value)}. For an option of it, write ${name}.OPTION.`,
  )
}

/** The option of a kind that has no other: the rate of dropout. */
function onlyOption(kind: string): string | null {
  const families = [layers, augmentations, callbacks]
  const form = families.map(({ form }) => form.kinds[kind]).find(fields => fields !== undefined)
  const options = Object.keys(form ?? {})
  return options.length === 1 ? options[0]! : null
}

/** A copy of a JSON value with another value at a path. */
function withAt<T>(value: T, [key, ...rest]: readonly (string | number)[], next: unknown): T {
  if (key === undefined) return next as T
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string | number, unknown>
  copy[key] = withAt(copy[key], rest, next)
  return copy as T
}

function leftOut(draft: Draft, { path, names }: Place): Draft {
  const list = path.slice(0, -1)
  const at = path.at(-1) as number
  const before = list.reduce(
    (value, key) => (value as Record<string | number, unknown>)[key],
    draft as unknown,
  )
  if (path[0] !== 'models') return withAt(draft, list, (before as unknown[]).toSpliced(at, 1))
  const nodes = before as readonly DraftNode[]
  const { name, layer, inputs } = nodes[at]!
  if (inputs.length > 1) {
    throw new UsageError(
      `${names[0]} joins ${inputs.length} inputs, so it cannot be left out. Choose among whole models instead: model: choice([…]).`,
    )
  }
  if (nodes.length === 1)
    throw new UsageError(`${names[0]} (${layer.kind}) is the only layer, so it cannot be left out.`)
  const rest = nodes
    .toSpliced(at, 1)
    .map(node => ({ ...node, inputs: node.inputs.map(input => (input === name ? inputs[0]! : input)) }))
  return withAt(draft, list, rest)
}
