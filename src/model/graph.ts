import { didYouMean, UsageError } from '../base/errors.ts'
import { checkKeys, show } from '../base/schema.ts'
import type { Shape } from '../base/shape.ts'
import { definitionOf, type LayerSpec, parseLayer } from '../nn/layers/index.ts'
import { type PretrainedSpec, parsePretrained } from './pretrained.ts'

/** One layer of a model, with the names of the nodes whose outputs enter it; `input` is the image. */
export interface ModelNode {
  readonly name: string
  readonly layer: LayerSpec
  readonly inputs: readonly string[]
}

/** A model as a frozen JSON value: nodes in topological order, of which the last is the output. */
export interface ModelSpec {
  readonly kind: 'model'
  /** `null`: taken from the data. */
  readonly inputShape: Shape | null
  readonly nodes: readonly ModelNode[]
  /**
   * The first part is that of a file. Until the file is read (`readPretrained`) the nodes are those behind it, which read its output
   * as `input`; then they are all nodes.
   */
  readonly pretrained?: PretrainedSpec
}

export interface ModelOptions {
  /** The shape of one example, such as `[28, 28, 1]`; left out: taken from the data. */
  readonly inputShape?: Shape
  /** A first part from a file: what reads `input` then reads its output. */
  readonly pretrained?: PretrainedSpec
}

/** Far beyond any image classifier, and few enough that a model is checked at once and that the engine takes its ops. */
const MAX_LAYERS = 10_000
/** The engine's limit (native/program.cc). */
const MAX_INPUTS = 1024

/** The name under which the first layers read the image. */
export const INPUT = 'input'

/**
 * A model as layers one after the other, named as Keras names them: `conv2d`, `conv2d_1`, …
 * The first entry may be `pretrained({ … })`. Throws a `UsageError` for an empty list or something that is not a layer.
 *
 * @example
 * sequential([flatten(), dense({ units: 10, activation: 'softmax' })]).nodes.map(node => node.name) // ['flatten', 'dense']
 */
export function sequential(
  layers: readonly (LayerSpec | PretrainedSpec)[],
  options: ModelOptions = {},
): ModelSpec {
  if (!Array.isArray(layers)) {
    throw new UsageError(
      `sequential: expected a list, as in sequential([flatten(), dense({ units: 10 })]), received ${show(layers)}.`,
    )
  }
  const [first, ...rest] = layers
  if (first?.kind === 'pretrained') return sequential(rest, { ...options, pretrained: first })
  const taken = new Map<string, number>()
  let previous = INPUT
  const nodes = layers.map((value, index) => {
    if ((value as { kind?: unknown } | null)?.kind === 'pretrained')
      throw new UsageError(`layer ${index + 1}: pretrained({ … }) can only be the first entry.`)
    const layer = parseLayer(value, `layer ${index + 1}`)
    const name = automaticName(definitionOf(layer).className, taken)
    const node = { name, layer, inputs: [previous] }
    previous = name
    return node
  })
  return createModelSpec(nodes, options)
}

/**
 * A model as a graph: every entry names a layer and the nodes it reads. The last entry is the output.
 * Throws a `UsageError` for an unknown node, a node that nothing reads, or inputs that a layer cannot take.
 *
 * @example
 * graph({
 *   stem: [conv2d({ filters: 8, kernelSize: 3, padding: 'same' }), 'input'],
 *   branch: [conv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'relu' }), 'stem'],
 *   sum: [add(), 'stem', 'branch'],
 *   row: [flatten(), 'sum'],
 *   head: [dense({ units: 10, activation: 'softmax' }), 'row'],
 * }).nodes.length // 5
 */
export function graph(
  nodes: Readonly<Record<string, readonly [layer: LayerSpec, ...inputs: string[]]>>,
  options: ModelOptions = {},
): ModelSpec {
  const named = Object.entries(nodes).map(([name, node]) => {
    if (!Array.isArray(node)) {
      throw new UsageError(`Node "${name}" must be a list, as in [layer, '${INPUT}'], not ${show(node)}.`)
    }
    const [layer, ...inputs] = node
    return { name, layer, inputs }
  })
  return createModelSpec(named, options)
}

/** Reads a model from JSON that may come from anywhere; never runs code from it. */
export function parseModel(value: unknown, path: string): ModelSpec {
  const { kind, nodes, inputShape, pretrained } = (value ?? {}) as Partial<Record<keyof ModelSpec, unknown>>
  if (kind !== 'model' || !Array.isArray(nodes)) {
    throw new UsageError(
      `${path}: expected a model made by sequential([…]) or graph({…}), received ${show(value)}.`,
    )
  }
  checkKeys(value as object, ['kind', 'inputShape', 'nodes', 'pretrained'], path)
  return createModelSpec(nodes, {
    ...(inputShape !== null && inputShape !== undefined && { inputShape: inputShape as Shape }),
    ...(pretrained !== undefined && { pretrained: parsePretrained(pretrained, path) }),
  })
}

function createModelSpec(nodes: readonly unknown[], options: ModelOptions): ModelSpec {
  checkKeys(options, ['inputShape', 'pretrained'], 'The model')
  const { inputShape, pretrained } = options
  if (nodes.length === 0)
    throw new UsageError('A model needs at least one layer, such as dense({ units: 10 }).')
  if (nodes.length > MAX_LAYERS) {
    throw new UsageError(
      `A model has at most ${MAX_LAYERS} layers, and this one has ${nodes.length}. Use fewer.`,
    )
  }
  if (inputShape !== undefined) checkInputShape(inputShape)
  const known = [INPUT]
  const frozen = nodes.map(value => {
    const node = parseNode(value, known)
    known.push(node.name)
    return node
  })
  const read = new Set(frozen.flatMap(node => node.inputs))
  const unread = frozen.slice(0, -1).find(node => !read.has(node.name))
  if (unread) {
    throw new UsageError(
      `The output of node "${unread.name}" is not used: only the last node may be the output. ` +
        'Name it as an input of a later node, or remove it.',
    )
  }
  return Object.freeze({
    kind: 'model' as const,
    inputShape: inputShape ? Object.freeze([...inputShape]) : null,
    nodes: Object.freeze(frozen),
    ...(pretrained && { pretrained: parsePretrained(pretrained, 'The model') }),
  })
}

/** Only the last nodes before one are listed: a model may have thousands. */
const MAX_LISTED = 20

function parseNode(value: unknown, known: readonly string[]): ModelNode {
  const { name, layer: layerValue, inputs } = (value ?? {}) as Partial<Record<keyof ModelNode, unknown>>
  if (typeof name !== 'string' || !/^[A-Za-z][\w.-]{0,99}$/.test(name)) {
    throw new UsageError(
      `A node's name must start with a letter and hold letters, digits, "_", "." or "-", at most 100; not ${show(name)}.`,
    )
  }
  checkKeys(value as object, ['name', 'layer', 'inputs'], `node "${name}"`)
  if (known.includes(name)) throw new UsageError(`Two nodes are called "${name}"; names must differ.`)
  const layer = parseLayer(layerValue, `node "${name}"`)
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw new UsageError(`Node "${name}" reads nothing: list its inputs, as in [layer, '${INPUT}'].`)
  }
  if (inputs.length > MAX_INPUTS) {
    throw new UsageError(
      `Node "${name}" (${definitionOf(layer).className}) reads ${inputs.length} inputs; a layer takes at most ${MAX_INPUTS}. Join them in several steps.`,
    )
  }
  for (const input of inputs) {
    if (!known.includes(input)) {
      const hint = typeof input === 'string' ? didYouMean(input, known) : ''
      throw new UsageError(
        `Node "${name}" reads ${show(input)}, which no earlier node is called.${hint} ` +
          `Earlier nodes: ${known.slice(-MAX_LISTED).join(', ')}.`,
      )
    }
  }
  if (definitionOf(layer).inputs === 'many' && inputs.length < 2) {
    throw new UsageError(
      `Node "${name}" (${definitionOf(layer).className}) joins two or more inputs, received one: ${inputs.join(', ')}.`,
    )
  }
  if (definitionOf(layer).inputs === 'one' && inputs.length > 1) {
    throw new UsageError(
      `Node "${name}" (${definitionOf(layer).className}) takes one input, received ${inputs.length}: ` +
        `${inputs.join(', ')}. Join them with add() or concatenate() first.`,
    )
  }
  return Object.freeze({ name, layer, inputs: Object.freeze([...inputs]) })
}

/** Throws a `UsageError` for anything but one to three whole numbers of at least 1. */
export function checkInputShape(shape: unknown): void {
  const fits =
    Array.isArray(shape) &&
    shape.length >= 1 &&
    shape.length <= 3 &&
    shape.every(axis => Number.isSafeInteger(axis) && axis >= 1)
  if (!fits) {
    throw new UsageError(
      `inputShape must be [height, width, channels], [steps, channels] or [features], not ${show(shape)}.`,
    )
  }
}

/** `Conv2D` becomes `conv2d`, then `conv2d_1`, …: Keras' rule, counted within one model. */
function automaticName(className: string, taken: Map<string, number>): string {
  const root = className
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
  const count = taken.get(root) ?? 0
  taken.set(root, count + 1)
  return count === 0 ? root : `${root}_${count}`
}
