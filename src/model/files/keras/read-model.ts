import { HeddleError, UsageError, within } from '../../../base/errors.ts'
import { show } from '../../../base/schema.ts'
import { formatArray, type Shape, sameShape, sizeOf } from '../../../base/shape.ts'
import { definitionOf, parseLayer } from '../../../nn/layers/index.ts'
import { type ModelNode, parseModel } from '../../graph.ts'
import { buildModel, type Model } from '../../model.ts'
import type { About } from '../about.ts'
import type { LayerFate, ReadModel } from '../model-format.ts'
import { nodeName } from '../node-name.ts'
import { saidOf } from '../said.ts'
import { type KerasLayer, kerasGraph } from './keras-graph.ts'
import { fromKeras, kerasShape } from './kernel-order.ts'
import { type ReadLayer, readLayer } from './layer-options.ts'

/** The arrays of one layer, in the order of Keras. */
export interface KerasArrays {
  readonly shapes: readonly Shape[]
  numbers(index: number): Float32Array
}

export interface KerasFile {
  readonly config: unknown
  /** The version of the Keras that wrote it. */
  readonly version: string
  readonly about: About | null
  /** Why the program that wrote it computes a layer otherwise than Keras; `null`: it does not. */
  refusal?(className: string, config: KerasLayer['config']): string | null
  arraysOf(layer: KerasLayer): KerasArrays
}

interface Kept {
  readonly layer: KerasLayer
  readonly read: ReadLayer
  readonly node: ModelNode
}

/** Layers that act in training only, or not at all. */
const PASSING: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      'Brightness',
      'Contrast',
      'Flip',
      'Rotation',
      'Translation',
      'Zoom',
      'Hue',
      'Saturation',
      'Shear',
      'Perspective',
      'ColorJitter',
      'ColorDegeneration',
      'Erasing',
      'Grayscale',
      'GaussianBlur',
      'Invert',
      'Posterization',
      'Sharpness',
      'Width',
      'Height',
      'ElasticTransform',
    ].map(name => [
      `Random${name}`,
      'left out: it changes pictures in training only (augmentation in Heddle)',
    ]),
  ),
  GaussianDropout: 'left out: it acts in training only',
  AlphaDropout: 'left out: it acts in training only',
  ActivityRegularization: 'left out: it acts in training only',
  Identity: 'left out: it changes nothing',
}

/** The model of a Keras file. Throws a `HeddleError` that names the layer for what Heddle does not have. */
export function readKerasModel(file: KerasFile, classNames: readonly string[] | undefined): ReadModel {
  const { inputShape, layers, output } = kerasGraph(file.config)
  if (!inputShape) {
    throw new UsageError(
      'it does not say the size of its input. Begin it with Input(shape=…) in Keras, or build it, and save again.',
    )
  }
  const fates: LayerFate[] = []
  const names: string[] = []
  const taken = new Set<string>()
  const kept: Kept[] = []
  const outputOf = (position: number): string => (position < 0 ? 'input' : names[position]!)
  for (const layer of layers) {
    const inputs = layer.inputs.map(outputOf)
    const { name, className } = layer
    const remark = Object.hasOwn(PASSING, className) ? PASSING[className]! : null
    if (remark) {
      names.push(inputs[0]!)
      fates.push({ name: pathOf(layer), className, became: null, remark })
      continue
    }
    const read = within(placeOf(layer), () => {
      const refusal = file.refusal?.(className, layer.config) ?? null
      if (refusal !== null) throw new UsageError(refusal)
      return readLayer(layer, file.version)
    })
    const own = uniqueName(name, layer.within, taken)
    taken.add(own)
    names.push(own)
    const arrays = read.stored.length > 0 ? storedOptions(layer, read.stored, file) : {}
    const options = { kind: read.kind, ...read.options, ...arrays }
    const spec = within(placeOf(layer), () => parseLayer(options, read.kind))
    kept.push({ layer, read, node: { name: own, layer: spec, inputs } })
    const { className: became } = definitionOf(spec)
    const moved = own === name ? [] : [`called ${own}`]
    fates.push({ name: pathOf(layer), className, became, remark: [...moved, ...read.remarks].join('; ') })
  }
  const model = modelOf(kept, { inputShape, output: outputOf(output) })
  return {
    model,
    weights: weightsOf(model, kept, file),
    layers: fates,
    ...saidOf(model, file.about, classNames),
  }
}

function modelOf(
  kept: readonly Kept[],
  { inputShape, output }: { readonly inputShape: Shape; readonly output: string },
): Model {
  const nodes = kept.map(({ node }) => node)
  const last = nodes.findIndex(({ name }) => name === output)
  if (last < 0) throw new UsageError('it has no layer that Heddle would keep.')
  // The output must come last; what only other outputs need is refused by name.
  const ordered = [...nodes.filter((_, i) => i !== last), nodes[last]!]
  const model = buildModel(parseModel({ kind: 'model', inputShape, nodes: ordered }, 'its model'))
  const built = new Map(model.layers.map(layer => [layer.name, layer]))
  for (const { layer, read, node } of kept) {
    const axis = [read.axis].flat()[0]
    const { inputShapes } = built.get(node.name)!
    // The batch is axis 0 there.
    if (axis === -1 || axis === null || axis === inputShapes[0]!.length) continue
    throw new UsageError(
      `${placeOf(layer)}: it works along axis ${show(axis)}, and Heddle's works along the last one. Build it in Keras with channels last.`,
    )
  }
  return model
}

function weightsOf(model: Model, kept: readonly Kept[], file: KerasFile): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>()
  const built = new Map(model.layers.map(layer => [layer.name, layer]))
  for (const { layer, read, node } of kept) {
    const { parameters } = built.get(node.name)!
    if (parameters.length === 0) continue
    within(placeOf(layer), () => {
      const arrays = file.arraysOf(layer)
      if (arrays.shapes.length !== parameters.length && read.stored.length === 0) {
        throw new HeddleError(
          `the file has ${arrays.shapes.length} arrays for it, but it needs ${parameters.length} (${parameters.map(one => one.name).join(', ')}). The file is damaged, or its weights were not saved with it.`,
        )
      }
      parameters.forEach((parameter, i) => {
        const [expected, shape] = [kerasShape(parameter), arrays.shapes[i]!]
        if (!sameShape(expected, shape)) {
          throw new HeddleError(
            `its ${parameter.name} has the shape ${formatArray(shape)} in the file, but the layer needs ${formatArray(expected)}.`,
          )
        }
        weights.set(`${node.name}/${parameter.name}`, fromKeras(parameter, arrays.numbers(i)))
      })
    })
  }
  return weights
}

/** More than any picture has channels. */
const MAX_STORED = 2 ** 16

function storedOptions(
  layer: KerasLayer,
  stored: readonly string[],
  file: KerasFile,
): Readonly<Record<string, readonly number[]>> {
  return within(placeOf(layer), () => {
    const arrays = file.arraysOf(layer)
    return Object.fromEntries(
      stored.map((option, i) => {
        const shape = arrays.shapes[i]
        if (!shape || sizeOf(shape) > MAX_STORED)
          throw new HeddleError(`its ${option} is not in the file. Adapt the layer in Keras, and save again.`)
        return [option, [...arrays.numbers(i)]]
      }),
    )
  })
}

function pathOf({ name, within }: KerasLayer): string {
  return [...within, name].join(' / ')
}

function placeOf(layer: KerasLayer): string {
  return `layer "${pathOf(layer)}" (${layer.className})`
}

/** A name that is not taken: Keras allows the same one in two nested models. */
function uniqueName(name: string, around: readonly string[], taken: ReadonlySet<string>): string {
  const candidates = [nodeName(name), nodeName([...around, name].join('.'))]
  const free = candidates.find(candidate => !taken.has(candidate))
  if (free !== undefined) return free
  for (let i = 1; ; i++) if (!taken.has(`${candidates[0]}_${i}`)) return `${candidates[0]}_${i}`
}
