import { HeddleError, UsageError } from '../base/errors.ts'
import { sum } from '../base/maths.ts'
import { formatShape, MAX_AXIS, MAX_NUMBERS, type Shape, sameShape, sizeOf } from '../base/shape.ts'
import { definitionOf, isFrozen } from '../nn/layers/index.ts'
import type { ParameterSpec } from '../nn/layers/layer.ts'
import { checkInputShape, INPUT, type ModelNode, type ModelSpec } from './graph.ts'

/** A node whose shapes are known. */
export interface ModelLayer extends ModelNode {
  readonly className: string
  readonly inputShapes: readonly Shape[]
  readonly outputShape: Shape
  readonly parameters: readonly ParameterSpec[]
  /** All numbers of the layer, state included. */
  readonly parameterCount: number
  /** Numbers that training changes: neither state nor those of a frozen layer. */
  readonly trainableCount: number
  /** For one example, forward. */
  readonly multiplyAdds: number
  /** Height and width of the part of the image that one output sees. */
  readonly receptiveField: readonly [number, number]
}

/** How many classes a network distinguishes: as many as it has outputs, and two where it has a single one. */
export function classCountOf({ outputShape }: Pick<Model, 'outputShape'>): number {
  return Math.max(2, sizeOf(outputShape))
}

/** A model whose input shape is known, and with it everything about its layers. */
export interface Model {
  readonly spec: ModelSpec
  readonly inputShape: Shape
  readonly outputShape: Shape
  readonly layers: readonly ModelLayer[]
  readonly parameterCount: number
  readonly trainableCount: number
  readonly multiplyAdds: number
}

/** 1 GiB of weights: far beyond what a CPU trains, near enough to be refused before memory runs out. */
const MAX_PARAMETERS = 2 ** 28
const MAX_MODEL_PARAMETERS = 2 ** 30

/**
 * Infers every shape of a model. Throws a `HeddleError` that names the layer if shapes do not fit, and a
 * `UsageError` where the input shape is missing or contradicts the model's own.
 *
 * @example
 * buildModel(sequential([flatten(), dense({ units: 10 })]), [28, 28, 1]).parameterCount // 7850
 */
export function buildModel(spec: ModelSpec, dataShape?: Shape): Model {
  if (spec.pretrained && !spec.pretrained.read) {
    throw new UsageError(
      `The file of its pretrained part, ${spec.pretrained.file}, has not been read. Call await readPretrained(model) first, and use what it returns.`,
    )
  }
  const inputShape = spec.inputShape ?? dataShape
  if (!inputShape) {
    throw new UsageError(
      'The input shape is unknown: give the model { inputShape: [height, width, channels] }.',
    )
  }
  checkInputShape(dataShape ?? inputShape)
  if (dataShape && !sameShape(inputShape, dataShape)) {
    throw new UsageError(
      `The model expects input ${formatShape(inputShape)}, but the data has ${formatShape(dataShape)}.`,
    )
  }
  if (!fitsEngine(inputShape)) {
    throw new UsageError(`The input is ${formatShape(inputShape)}; ${SHAPE_LIMIT}. Use smaller images.`)
  }
  const layers = inspectLayers(spec.nodes, inputShape).map(layer => {
    if (layer instanceof HeddleError) throw layer
    return layer!
  })
  const total = (count: (layer: ModelLayer) => number): number => sum(layers.map(count))
  const parameterCount = total(layer => layer.parameterCount)
  if (parameterCount > MAX_MODEL_PARAMETERS) {
    throw new UsageError(
      `The model would have ${parameterCount} parameters; the engine takes at most ${MAX_MODEL_PARAMETERS}. Give its ` +
        'layers fewer units or filters, or use fewer layers.',
    )
  }
  return {
    spec,
    inputShape,
    outputShape: layers.at(-1)!.outputShape,
    layers,
    parameterCount,
    trainableCount: total(layer => layer.trainableCount),
    multiplyAdds: total(layer => layer.multiplyAdds),
  }
}

/**
 * The facts of each layer, or why it cannot be built; `null` after a layer that failed. For a model that is
 * still being edited.
 */
export function inspectLayers(
  nodes: readonly ModelNode[],
  inputShape: Shape,
): (ModelLayer | HeddleError | null)[] {
  const reach = new Map<string, Reach>([[INPUT, { field: [1, 1], jump: [1, 1] }]])
  const shapes = new Map<string, Shape>([[INPUT, inputShape]])
  return nodes.map(node => {
    const inputs = node.inputs.map(name => shapes.get(name)).filter(shape => shape !== undefined)
    if (inputs.length < node.inputs.length) return null
    try {
      const layer = buildLayer(node, inputs)
      const before = node.inputs.map(name => reach.get(name)!)
      const seen = reachOf(node, before, inputShape)
      checkLimits(layer)
      shapes.set(node.name, layer.outputShape)
      reach.set(node.name, seen)
      return { ...layer, receptiveField: seen.field }
    } catch (error) {
      if (error instanceof HeddleError) return error
      throw error
    }
  })
}

function buildLayer(node: ModelNode, inputShapes: readonly Shape[]): Omit<ModelLayer, 'receptiveField'> {
  const definition = definitionOf(node.layer)
  try {
    const parameters = definition.parameters?.(node.layer, inputShapes) ?? []
    const outputShape = definition.outputShape(node.layer, inputShapes)
    return {
      ...node,
      className: definition.className,
      inputShapes,
      outputShape,
      parameters,
      parameterCount: countOf(parameters),
      trainableCount: isFrozen(node.layer)
        ? 0
        : countOf(parameters.filter(({ trainable }) => trainable !== false)),
      multiplyAdds: definition.multiplyAdds?.(node.layer, inputShapes) ?? 0,
    }
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    const received = inputShapes.map(formatShape).join(', ')
    throw new UsageError(
      `Layer "${node.name}" (${definition.className}) cannot take the input ${received}: ${error.message}`,
    )
  }
}

const SHAPE_LIMIT = `the engine takes at most ${MAX_AXIS} along an axis and ${MAX_NUMBERS - 1} numbers in all`

function fitsEngine(shape: Shape): boolean {
  return Math.max(...shape) <= MAX_AXIS && sizeOf(shape) < MAX_NUMBERS
}

function checkLimits({
  name,
  className,
  parameterCount,
  outputShape,
}: Omit<ModelLayer, 'receptiveField'>): void {
  if (parameterCount > MAX_PARAMETERS) {
    throw new UsageError(
      `Layer "${name}" (${className}) would have ${parameterCount} parameters; the engine takes ` +
        `at most ${MAX_PARAMETERS} in a layer. Give it fewer units or filters, or pool before it.`,
    )
  }
  if (!fitsEngine(outputShape)) {
    throw new UsageError(
      `Layer "${name}" (${className}) would give ${formatShape(outputShape)}; ${SHAPE_LIMIT}. Make its options ` +
        'smaller, or pool before it.',
    )
  }
}

function countOf(parameters: readonly ParameterSpec[]): number {
  return sum(parameters.map(({ shape }) => sizeOf(shape)))
}

interface Reach {
  readonly field: readonly [number, number]
  /** Distance on the image between neighbouring outputs. */
  readonly jump: readonly [number, number]
}

/** field ← field + (extent − 1) · jump, jump ← jump · stride; never more than the image. */
function reachOf(node: ModelNode, inputs: readonly Reach[], inputShape: Shape): Reach {
  const widest = (get: (reach: Reach) => readonly [number, number]): [number, number] => [
    Math.max(...inputs.map(reach => get(reach)[0])),
    Math.max(...inputs.map(reach => get(reach)[1])),
  ]
  const [field, jump] = [widest(reach => reach.field), widest(reach => reach.jump)]
  const window = definitionOf(node.layer).window?.(node.layer)
  if (!window) return { field, jump }
  // A sequence is an image of one column; a row of features has no extent.
  const image = [...inputShape.slice(0, -1), 1, 1]
  if (window === 'all') return { field: [image[0]!, image[1]!], jump }
  const grow = (axis: 0 | 1): number =>
    Math.min(image[axis]!, field[axis] + (window.size[axis] - 1) * jump[axis])
  return {
    field: [grow(0), grow(1)],
    jump: [jump[0] * window.strides[0], jump[1] * window.strides[1]],
  }
}
