import type { NodeDraft } from '../../../src/protocol/requests.ts'
import type { Choices, Template } from '../../../src/protocol/studio.ts'
import { defaultsOf } from '../parts/form-field.tsx'

/** A layer of the list that is edited. */
export interface DraftLayer {
  /** Stays when the layer is moved or renamed. */
  readonly key: number
  readonly name: string
  readonly layer: NodeDraft['layer']
  /** Names of layers; `null`: the one before. */
  readonly inputs: readonly string[] | null
}

/** Everything that is entered on the page. */
export interface NewRun {
  readonly experiment: string
  readonly model: string
  readonly data: string
  readonly layers: readonly DraftLayer[]
  /** Where the first layers come from. */
  readonly pretrained?: Template['pretrained']
  readonly train: Readonly<Record<string, unknown>>
  /** As it is typed: `1, 2, 5` or `1-3`. */
  readonly seeds: string
}

let lastKey = 0

export function newRunOf({ experiment, model, data, nodes, train, pretrained }: Template): NewRun {
  const layers = nodes.map(({ name, layer, inputs }, i): DraftLayer => {
    const before = i === 0 ? 'input' : nodes[i - 1]!.name
    const isNext = inputs.length === 1 && inputs[0] === before
    return { key: ++lastKey, name, layer, inputs: isNext ? null : inputs }
  })
  return {
    experiment: experiment === 'built-in' ? 'studio' : experiment,
    model,
    data,
    layers,
    pretrained,
    train,
    seeds: '1',
  }
}

/** What was kept of an earlier visit; keys must not meet new ones. */
export function revived(text: string): NewRun {
  const kept = JSON.parse(text) as NewRun
  return { ...kept, layers: kept.layers.map(layer => ({ ...layer, key: ++lastKey })) }
}

/** What chooses validation images: data that has its own leaves no choice. */
export const validationOptions: readonly string[] = ['validationSplit', 'stratify', 'validationData']

/** The training that the server is asked for: of data with validation images of its own, without the options that choose some. */
export function trainFor(train: NewRun['train'], ownValidation: number): NewRun['train'] {
  if (ownValidation === 0) return train
  return Object.fromEntries(Object.entries(train).filter(([name]) => !validationOptions.includes(name)))
}

/** As the server knows it. */
export function nodesOf(layers: readonly DraftLayer[]): NodeDraft[] {
  return layers.map(({ name, layer, inputs }, i) => ({
    name,
    layer,
    inputs: inputs ?? [i === 0 ? 'input' : layers[i - 1]!.name],
  }))
}

export function withLayer(layers: readonly DraftLayer[], kind: string, choices: Choices): DraftLayer[] {
  const { fields, className, joins } = choices.layers[kind]!
  const last = layers.at(-1)?.name ?? 'input'
  const required = Object.entries(fields).filter(([, field]) => field.required)
  const given = Object.fromEntries(required.map(([name]) => [name, firstGuess[name] ?? '']))
  const layer = { ...defaultsOf(kind, fields), ...given }
  const name = freeName(layers, className)
  return [...layers, { key: ++lastKey, name, layer, inputs: joins ? [last] : null }]
}

/** What most networks have: better to change than to look up. */
const firstGuess: Readonly<Record<string, unknown>> = {
  filters: 32,
  units: 64,
  kernelSize: 3,
  rate: 0.3,
  activation: 'relu',
  stddev: 0.1,
  scale: 1,
}

/** Keras' rule: `conv2d`, `conv2d_1`. */
function freeName(layers: readonly DraftLayer[], className: string): string {
  const root = className
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
  const taken = new Set(layers.map(({ name }) => name))
  let name = root
  for (let i = 1; taken.has(name); i++) name = `${root}_${i}`
  return name
}

export function copyOf(layers: readonly DraftLayer[], index: number, className: string): DraftLayer[] {
  const copy = { ...layers[index]!, key: ++lastKey, name: freeName(layers, className) }
  return [...layers.slice(0, index + 1), copy, ...layers.slice(index + 1)]
}

export function moved(layers: readonly DraftLayer[], from: number, to: number): DraftLayer[] {
  const rest = layers.filter((_, i) => i !== from)
  return [...rest.slice(0, to), layers[from]!, ...rest.slice(to)]
}

/** `1, 2, 5` and `1-3`; `null`: neither. */
export function seedsOf(text: string): number[] | null {
  const parts = text.split(/[\s,]+/).filter(Boolean)
  const seeds = parts.flatMap(part => {
    const [, first, last] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part) ?? []
    if (first === undefined) return [-1]
    const [from, to] = [Number(first), Number(last ?? first)]
    return to - from > 99 ? [-1] : Array.from({ length: to - from + 1 }, (_, i) => from + i)
  })
  return seeds.length === 0 || seeds.length > 100 || seeds.includes(-1) ? null : [...new Set(seeds)]
}
