import { UsageError } from '../../../base/errors.ts'
import { show } from '../../../base/schema.ts'
import type { Shape } from '../../../base/shape.ts'
import { groupCounter } from './spelling.ts'

/** One layer of a Keras model, out of the models that it stands in. */
export interface KerasLayer {
  readonly name: string
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
  /** Its group in `model.weights.h5`. */
  readonly group: string
  /** Names of the models around it, the outer ones first, without the whole. */
  readonly within: readonly string[]
  /** Positions of the layers whose outputs it reads; −1: the input. */
  readonly inputs: readonly number[]
}

/** A Keras model with its nested models dissolved; the layers stand in an order in which they can be computed. */
export interface KerasGraph {
  readonly inputShape: Shape | null
  readonly layers: readonly KerasLayer[]
  /** The position of the output. */
  readonly output: number
}

type Json = Readonly<Record<string, unknown>>

const MAX_LAYERS = 10_000
const INPUT = -1

/** Reads the configuration of a Sequential or Functional model, in the words of Keras 2 or 3. Throws a `UsageError`. */
export function kerasGraph(json: unknown): KerasGraph {
  const layers: KerasLayer[] = []
  let inputShape: Shape | null = null

  const add = (layer: KerasLayer): number => {
    if (layers.length >= MAX_LAYERS) throw new UsageError(`it has more than ${MAX_LAYERS} layers.`)
    return layers.push(layer) - 1
  }
  /** The position of the output of a model, or of a layer. */
  const enter = (
    value: Json,
    { group, within, inputs }: Pick<KerasLayer, 'group' | 'within' | 'inputs'>,
  ): number => {
    const { className, config, name } = partOf(value)
    if (isModel(className)) {
      if (inputs.length !== 1)
        throw new UsageError(
          `the model "${name}" reads ${inputs.length} inputs; Heddle's models have one input.`,
        )
      return enterModel(value, { base: `${group}/`, within: [...within, name], input: inputs[0]! })
    }
    return add({ name, className, config, group, within, inputs })
  }
  const noteShape = (config: Json, input: number): void => {
    const shape = config.batch_shape ?? config.batch_input_shape
    if (input === INPUT && inputShape === null && shape !== undefined) inputShape = batchless(shape)
  }

  const enterModel = (
    model: Json,
    { base, within, input }: { base: string; within: readonly string[]; input: number },
  ): number => {
    const { className, config, name } = partOf(model)
    const parts = config.layers
    if (!Array.isArray(parts) || parts.length === 0)
      throw new UsageError(`the model "${name}" has no list of layers.`)
    const next = groupCounter()
    const groupOf = (part: Json): string => `${base}layers/${next(String(part.class_name))}`
    if (className === 'Sequential') {
      let at = input
      for (const part of parts as Json[]) {
        const { className, config } = partOf(part)
        noteShape(config, at)
        if (className !== 'InputLayer') at = enter(part, { group: groupOf(part), within, inputs: [at] })
      }
      return at
    }
    return enterFunctional(parts as Json[], { config, name, input, within, groupOf, noteShape, enter })
  }

  const whole = partOf(json)
  if (!isModel(whole.className)) {
    throw new UsageError(
      `its model is of the class ${show(whole.className)}. Heddle reads Sequential and Functional models: a subclass is a program, which is not run.`,
    )
  }
  const output = enterModel(json as Json, { base: '', within: [], input: INPUT })
  if (output === INPUT) throw new UsageError('its model has no layers.')
  return { inputShape, layers, output }
}

interface Inside {
  readonly config: Json
  readonly name: string
  readonly input: number
  readonly within: readonly string[]
  groupOf(part: Json): string
  noteShape(config: Json, input: number): void
  enter(part: Json, place: Pick<KerasLayer, 'group' | 'within' | 'inputs'>): number
}

/** Layers of a Functional model stand in any order: each is entered when its inputs are there. */
function enterFunctional(parts: readonly Json[], inside: Inside): number {
  const { config, name, input, within } = inside
  const [only, ...others] = endsOf(config.input_layers)
  const [output, ...otherOutputs] = endsOf(config.output_layers)
  if (only === undefined || others.length > 0 || output === undefined || otherOutputs.length > 0) {
    throw new UsageError(
      `the model "${name}" has ${others.length + 1} inputs and ${otherOutputs.length + 1} outputs; Heddle's models have one of each. Cut the model in Keras, and save the part.`,
    )
  }
  const positions = new Map<string, number>([[only, input]])
  const waiting = parts.flatMap(part => {
    const { className, config, name } = partOf(part)
    // Operations such as x + y are listed like layers, but have no group.
    const isOperation = typeof part.module === 'string' && part.module.includes('.ops.')
    const group = isOperation ? '' : inside.groupOf(part)
    if (className !== 'InputLayer') return [{ part, name, group, reads: inputsOf(part, name) }]
    inside.noteShape(config, input)
    if (name !== only) throw new UsageError(`the model has a second input, "${name}".`)
    return []
  })
  const readers = new Map<string, typeof waiting>()
  for (const one of waiting) {
    for (const read of new Set(one.reads)) {
      const known = readers.get(read)
      if (known) known.push(one)
      else readers.set(read, [one])
    }
  }
  const missing = new Map(waiting.map(one => [one, new Set(one.reads).size]))
  const there = [only]
  // The list grows while it is read.
  for (const name of there) {
    for (const one of readers.get(name) ?? []) {
      const left = missing.get(one)! - 1
      missing.set(one, left)
      if (left > 0) continue
      missing.delete(one)
      const inputs = one.reads.map(read => positions.get(read)!)
      positions.set(one.name, inside.enter(one.part, { group: one.group, within, inputs }))
      there.push(one.name)
    }
  }
  const [stuck] = missing.keys()
  if (stuck) {
    throw new UsageError(
      `the layer "${stuck.name}" reads ${show(stuck.reads.find(read => !positions.has(read)))}, which is not there or reads it in turn.`,
    )
  }
  const at = positions.get(output)
  if (at === undefined) throw new UsageError(`its output ${show(output)} is no layer.`)
  return at
}

function isModel(className: string): boolean {
  return className === 'Sequential' || className === 'Functional' || className === 'Model'
}

function partOf(value: unknown): {
  readonly className: string
  readonly config: Json
  readonly name: string
} {
  const { class_name: className, config, name } = (value ?? {}) as Json
  if (typeof className !== 'string' || typeof config !== 'object' || config === null)
    throw new UsageError(`its configuration holds ${show(value)} in place of a layer.`)
  const own = name ?? (config as Json).name
  // Names come from anywhere, and stand in errors.
  const cut = (text: string): string => text.slice(0, 200)
  return {
    className: cut(className),
    config: config as Json,
    name: cut(typeof own === 'string' ? own : className),
  }
}

/** `["dense", 0, 0]` or a list of such: the layers at the ends. */
function endsOf(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  if (typeof value[0] === 'string') return [value[0]]
  return value.map(end => String(Array.isArray(end) ? end[0] : end))
}

/** The names of the layers that a layer reads. */
function inputsOf(part: Json, name: string): string[] {
  const nodes = part.inbound_nodes
  if (!Array.isArray(nodes) || nodes.length === 0) throw new UsageError(`the layer "${name}" reads nothing.`)
  if (nodes.length > 1) {
    throw new UsageError(
      `the layer "${name}" is used ${nodes.length} times with the same weights. Heddle's layers are used once.`,
    )
  }
  const node: unknown = nodes[0]
  const isKeras3 = !Array.isArray(node) && typeof node === 'object' && node !== null
  const refuse = (value: unknown): never => {
    throw new UsageError(
      `the layer "${name}" reads ${show(value)}, and Heddle's layers read outputs of layers. Write it as a layer, such as Rescaling.`,
    )
  }
  if (!isKeras3) {
    // [["conv2d", 0, 0, {}], …]
    return (Array.isArray(node) ? node : [node]).map(entry => {
      const [layer, , output, options] = Array.isArray(entry) ? entry : []
      const plain =
        options === undefined || (typeof options === 'object' && Object.keys(options).length === 0)
      return typeof layer === 'string' && output === 0 && plain ? layer : (refuse(entry) as never)
    })
  }
  const { args, kwargs } = node as Json
  const extra = Object.entries((kwargs ?? {}) as Json).find(
    ([key, value]) => value !== null && value !== false && key !== 'training',
  )
  if (extra) refuse(extra[1])
  return [args].flat(2).map(entry => {
    const { class_name: kind, config } = (entry ?? {}) as Json
    const history = (config as Json | null | undefined)?.keras_history
    const [layer, , output]: unknown[] = Array.isArray(history) ? history : []
    return kind === '__keras_tensor__' && typeof layer === 'string' && output === 0
      ? layer
      : (refuse(entry) as never)
  })
}

/** Throws for a shape in which more than the batch is open. */
function batchless(shape: unknown): Shape {
  const sizes: unknown[] = Array.isArray(shape) ? shape.slice(1) : []
  if (sizes.length >= 1 && sizes.length <= 3 && sizes.every(size => Number.isSafeInteger(size))) {
    return sizes as number[]
  }
  throw new UsageError(
    `its input has the shape ${show(shape)}. Heddle needs the size of one example: build the model with a fixed one, such as (224, 224, 3).`,
  )
}
