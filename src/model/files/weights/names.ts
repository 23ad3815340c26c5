import { didYouMean, UsageError } from '../../../base/errors.ts'
import { show } from '../../../base/schema.ts'
import type { Model } from '../../model.ts'
import { kerasOrder } from '../keras/layer-order.ts'
import { nodeName } from '../node-name.ts'
import type { LooseGroup, LooseWeights } from './loose-weights.ts'

/** Which layer of a model has which weights of a file. */
export interface Names {
  /** By layer, a group of arrays (`_conv_stem`); by layer and parameter, one array (`stem/kernel`: `_conv_stem.weight`). */
  readonly layers: ReadonlyMap<string, string>
  /** Arrays, and groups of them, that the model does not need. */
  readonly unused: readonly string[]
}

const MAX_NAMES = 100_000

/** Reads a map of names from JSON of any origin: `{ "stem": "_conv_stem", …, "unused": ["classifier"] }`. */
export function parseNames(value: unknown): Names {
  const isText = (name: unknown): name is string => typeof name === 'string'
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(
      `a map of names is an object, such as { "stem": "conv1", "unused": ["aux"] }, not ${show(value)}.`,
    )
  const entries = Object.entries(value)
  if (entries.length > MAX_NAMES) throw new UsageError(`it has more than ${MAX_NAMES} names.`)
  const layers = new Map<string, string>()
  let unused: readonly string[] = []
  for (const [key, name] of entries) {
    if (isText(name)) layers.set(key, name)
    else if (key === 'unused' && Array.isArray(name) && name.every(isText)) unused = name
    else throw new UsageError(`"${key.slice(0, 100)}" must be a name of the file, not ${show(name)}.`)
  }
  return { layers, unused }
}

interface NamedGroups {
  /** By layer. */
  readonly groupOf: ReadonlyMap<string, LooseGroup>
  readonly unused: readonly string[]
  readonly remark: readonly string[]
}

/** The arrays of each layer that has weights: by the map; without a map by name, and if names differ by order. Throws a `UsageError`. */
export function namedGroups(model: Model, loose: LooseWeights, names: Names | null): NamedGroups {
  const { groups, order } = loose
  const all = order === 'graph' ? kerasOrder(model.layers) : model.layers
  const layers = all.filter(({ parameters }) => parameters.length > 0)
  if (names) return { groupOf: mapped(layers, groups, names), unused: names.unused, remark: [] }
  const byName = new Map(groups.map(group => [nodeName(group.name), group]))
  if (byName.size === layers.length && layers.every(({ name }) => byName.has(name)))
    return { groupOf: byName, unused: [], remark: [] }
  if (order === 'none' || groups.length !== layers.length) {
    const why =
      groups.length === layers.length
        ? 'their names differ, and the file does not say in which order the layers were made.'
        : `the model has ${layers.length} layers with weights, and the file has ${groups.length}.`
    throw new UsageError(`${why} ${mapHint(layers, groups)}`)
  }
  return {
    groupOf: new Map(layers.map(({ name }, i) => [name, groups[i]!])),
    unused: [],
    remark: [
      'Names differ: layers and weights were paired in their order, and shapes were checked. Compare the table, or pair them with --names.',
    ],
  }
}

type Layers = Model['layers']

function mapped(
  layers: Layers,
  groups: readonly LooseGroup[],
  { layers: names }: Names,
): Map<string, LooseGroup> {
  const byName = new Map(groups.map(group => [group.name, group]))
  const parameters = layers.flatMap(layer => layer.parameters.map(({ name }) => `${layer.name}/${name}`))
  const known = [...layers.map(({ name }) => name), ...parameters]
  for (const [key, name] of names) {
    if (!known.includes(key))
      throw new UsageError(
        `the map of names has "${key.slice(0, 100)}", and the model has no such layer with weights.${didYouMean(key, known)}`,
      )
    if (key.includes('/') || byName.has(name)) continue
    throw new UsageError(
      `the map of names gives "${key}" the weights "${name.slice(0, 100)}", which the file does not have.${didYouMean(name, [...byName.keys()])}`,
    )
  }
  return new Map(
    layers.map(({ name, parameters }): [string, LooseGroup] => {
      const group = names.get(name)
      if (group !== undefined) return [name, byName.get(group)!]
      if (parameters.every(parameter => names.has(`${name}/${parameter.name}`)))
        return [name, { name, arrays: [] }]
      throw new UsageError(`the map of names does not have the layer "${name}".`)
    }),
  )
}

const LISTED = 4

function mapHint(layers: Layers, groups: readonly LooseGroup[]): string {
  const some = (names: readonly string[]): string =>
    `${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ', …' : ''}`
  const example = JSON.stringify({ [layers[0]?.name ?? 'layer']: groups[0]?.name.slice(0, 100) ?? 'weights' })
  return (
    `Pair them in a file of names: --names map.json with ${example} and so on. Layers: ${some(layers.map(({ name }) => name))}. ` +
    `Weights: ${some(groups.map(({ name }) => name.slice(0, 100)))}.`
  )
}
