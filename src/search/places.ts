import { layers } from '../nn/layers/index.ts'

/** Where a parameter can point in an experiment with one model: an option, or a whole layer, augmentation or callback. */
export interface Place {
  /** Keys and indices from the experiment on. */
  readonly path: readonly (string | number)[]
  /** Names that mean this place alone; the first one is the full path. */
  readonly names: readonly string[]
  /** Names that mean this place and others like it: `conv2d.filters`. */
  readonly groups: readonly string[]
  /** It can be left out: a layer, or an entry of a list. */
  readonly isEntry: boolean
  readonly value: unknown
}

/** An experiment with one model as plain JSON, in which parameters are set. */
export interface Draft {
  readonly data: Readonly<Record<string, unknown>>
  readonly models: Readonly<Record<string, { readonly nodes: readonly DraftNode[] }>>
  readonly train: Readonly<Record<string, unknown>>
}

export interface DraftNode {
  readonly name: string
  readonly layer: { readonly kind: string }
  readonly inputs: readonly string[]
}

/** Objects with more keys, such as the corrections of a thousand labels, are no options. */
const MOST_OPTIONS = 100

/** Every place of an experiment, each before those inside it. */
export function placesOf(draft: Draft): readonly Place[] {
  const [model, { nodes }] = Object.entries(draft.models)[0]!
  const output = outputNode(nodes)
  const inModel = nodes.flatMap((node, i) => {
    const { name, layer } = node
    const place = {
      path: ['models', model, 'nodes', i],
      names: [`models.${model}.nodes.${name}`, `nodes.${name}`],
      // Its options depend on the classes; it is named by itself.
      groups: node === output ? [] : [layer.kind],
      isEntry: true,
      value: layer,
    }
    return [place, ...inside(place, layer, [...place.path, 'layer'])]
  })
  return [...optionsOf('train', draft.train), ...optionsOf('data', draft.data), ...inModel]
}

/** The last layer with weights: its outputs are the classes. */
function outputNode(nodes: readonly DraftNode[]): DraftNode | undefined {
  return nodes.findLast(({ layer }) => Object(layers.definitions)[layer.kind]?.role === 'weights')
}

function optionsOf(part: 'train' | 'data', options: Readonly<Record<string, unknown>>): Place[] {
  return Object.entries(options)
    .filter(([name]) => name !== 'kind')
    .flatMap(([name, value]) => {
      const place = {
        path: [part, name],
        names: [`${part}.${name}`, name],
        groups: [],
        isEntry: false,
        value,
      }
      return [place, ...inside(place, value, place.path)]
    })
}

/** The options of a spec, the entries of a list of specs, and so on inwards; `path` leads to `value`. */
function inside(owner: Place, value: unknown, path: Place['path']): Place[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) {
    return value.flatMap((entry, i) => {
      if (kindOf(entry) === null) return []
      const place = {
        path: [...path, i],
        names: owner.names.map(name => `${name}.${i}`),
        groups: [...owner.names.map(name => `${name}.${kindOf(entry)}`), kindOf(entry)!],
        isEntry: true,
        value: entry,
      }
      return [place, ...inside(place, entry, place.path)]
    })
  }
  const options = Object.entries(value)
  if (options.length > MOST_OPTIONS) return []
  return options
    .filter(([name]) => name !== 'kind')
    .flatMap(([name, option]) => {
      const isRate = owner.path.join('.') === 'train.optimizer' && name === 'learningRate'
      const place = {
        path: [...path, name],
        names: [
          ...owner.names.map(one => `${one}.${name}`),
          // A number in place of a schedule would drop the schedule without a word.
          ...(isRate && typeof option === 'number' ? [name] : []),
        ],
        groups: owner.groups.map(one => `${one}.${name}`),
        isEntry: false,
        value: option,
      }
      return [place, ...inside(place, option, place.path)]
    })
}

function kindOf(value: unknown): string | null {
  const { kind } = (value ?? {}) as { readonly kind?: unknown }
  return typeof kind === 'string' ? kind : null
}
