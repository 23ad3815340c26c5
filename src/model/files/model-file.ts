import { HeddleError, UsageError, within } from '../../base/errors.ts'
import { isOwn, type OwnFactory } from '../../base/family.ts'
import { boundedJson } from '../../base/json.ts'
import { show } from '../../base/schema.ts'
import { formatArray, type Shape, sameShape } from '../../base/shape.ts'
import { type PixelRange, pixelRangeField } from '../../data/pixels.ts'
import { type Preparation, parsePreparation, preparationFor } from '../../data/preparation.ts'
import type { LayerSpec } from '../../nn/layers/index.ts'
import { type LossSpec, losses } from '../../nn/losses/loss.ts'
import { parseModel } from '../graph.ts'
import { buildModel, type Model } from '../model.ts'
import { MAX_HEADER, type SafeTensors, type Tensor } from './safetensors-format.ts'

/** A trained model with everything that is needed to ask it about an image. */
export interface ModelFile {
  readonly model: Model
  /** Flat, by `layer/parameter`; moving statistics are among them. */
  readonly weights: ReadonlyMap<string, Float32Array>
  /** By output. */
  readonly classNames: readonly string[]
  /** What a byte is to the network. */
  readonly pixelRange: PixelRange
  /** How a picture becomes its input, as its data declared it; `null`: the network takes no pictures. */
  readonly preparation: Preparation | null
  /** That of its training; `null`: unknown. */
  readonly loss: LossSpec | null
  /** That of its softmax at which probabilities are calibrated; `null`: unknown. */
  readonly temperature: number | null
}

/** The version of the texts in `__metadata__`. */
const VERSION = 1

/** Weights as tensors, and in `__metadata__`: `heddle` (the version of these texts), `model`, `inputShape`, `classNames`, `pixelRange`, `preparation`, `loss`, `temperature`. */
export function toSafetensors({ model, weights, classNames, ...about }: ModelFile): SafeTensors {
  const { pixelRange, preparation, loss, temperature } = about
  const tensors = parametersOf(model).map(({ name, shape }): [string, Tensor] => [
    name,
    { shape, values: weights.get(name)! },
  ])
  return {
    metadata: {
      format: 'heddle',
      heddle: String(VERSION),
      model: JSON.stringify(model.spec),
      inputShape: JSON.stringify(model.inputShape),
      classNames: JSON.stringify(classNames),
      pixelRange,
      ...(preparation && { preparation: JSON.stringify(preparation) }),
      // A file holds no code, and predictions need no loss.
      ...(loss && !isOwn(loss) && { loss: JSON.stringify(loss) }),
      ...(temperature !== null && { temperature: String(temperature) }),
    },
    tensors: new Map(tensors),
  }
}

/**
 * Reads a model from a file of any origin: every text is checked like an experiment's JSON, every tensor against the
 * model. Layers that a program has defined for itself are made by its own functions. Throws a `HeddleError` that names `path`.
 */
export function fromSafetensors(
  file: SafeTensors,
  path: string,
  own: readonly OwnFactory<never, LayerSpec>[] = [],
): ModelFile {
  return within(path, () => modelIn(file, own))
}

function modelIn(
  { metadata, tensors }: SafeTensors,
  own: readonly OwnFactory<never, LayerSpec>[],
): ModelFile {
  const version = Number(metadata.heddle)
  if (metadata.format !== 'heddle' || !Number.isInteger(version)) {
    throw new UsageError('it holds tensors, but no model of Heddle (its metadata has no "heddle").')
  }
  if (version > VERSION) {
    throw new HeddleError(`it was written by a newer Heddle (format ${version}, this one reads ${VERSION}).`)
  }
  const model = buildModel(
    parseModel(withOwnLayers(json(metadata, 'model'), own), 'model'),
    parseShape(json(metadata, 'inputShape')),
  )
  const classNames = json(metadata, 'classNames')
  if (!Array.isArray(classNames) || !classNames.every(name => typeof name === 'string')) {
    throw new UsageError(`classNames must be a list of names, not ${show(classNames)}.`)
  }
  const pixelRange = pixelRangeField.parse(metadata.pixelRange, 'pixelRange')
  // Files of earlier versions have no preparation.
  const declared =
    metadata.preparation === undefined ? undefined : parsePreparation(json(metadata, 'preparation'))
  const preparation = preparationFor(model.inputShape, { declared, pixelRange })
  // Nor do they have the loss.
  const loss = metadata.loss === undefined ? null : losses.field.parse(json(metadata, 'loss'), 'loss')
  const temperature = temperatureIn(metadata.temperature && json(metadata, 'temperature'))
  const weights = checkTensors(model, tensors)
  return { model, weights, classNames, pixelRange, preparation, loss, temperature }
}

/** A temperature of a file of any origin; most files have none. */
export function temperatureIn(value: unknown): number | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value
  throw new UsageError(`temperature must be a number above 0, not ${show(value)}.`)
}

/** The JSON of a model, in which layers of the program's own have been made by it. */
function withOwnLayers(model: unknown, own: readonly OwnFactory<never, LayerSpec>[]): unknown {
  const { nodes } = (model ?? {}) as { readonly nodes?: unknown }
  if (own.length === 0 || !Array.isArray(nodes)) return model
  const revived = nodes.map((node: { readonly layer?: { readonly kind?: unknown } } | null) => {
    const make = own.find(({ kind }) => kind === node?.layer?.kind)
    return make ? { ...node, layer: make(node!.layer as never) } : node
  })
  return { ...(model as object), nodes: revived }
}

function parametersOf(model: Model): { readonly name: string; readonly shape: Shape }[] {
  return model.layers.flatMap(layer =>
    layer.parameters.map(({ name, shape }) => ({ name: `${layer.name}/${name}`, shape })),
  )
}

function json(metadata: SafeTensors['metadata'], key: string): unknown {
  try {
    return boundedJson(metadata[key] ?? '', MAX_HEADER)
  } catch {
    throw new UsageError(`the metadata "${key}" is not JSON.`)
  }
}

/** The model's own checks of a shape take it from here. */
function parseShape(value: unknown): Shape {
  if (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(size => Number.isSafeInteger(size) && size >= 1)
  ) {
    return value
  }
  throw new UsageError(`inputShape must be [height, width, channels], not ${show(value)}.`)
}

function checkTensors(model: Model, tensors: SafeTensors['tensors']): ModelFile['weights'] {
  const parameters = parametersOf(model)
  const known = new Set(parameters.map(({ name }) => name))
  const stranger = [...tensors.keys()].find(name => !known.has(name))
  if (stranger !== undefined) throw new HeddleError(`its model has no weights "${stranger}".`)
  return new Map(
    parameters.map(({ name, shape }) => {
      const tensor = tensors.get(name)
      if (!tensor) throw new HeddleError(`the weights "${name}" are missing.`)
      if (!sameShape(tensor.shape, shape)) {
        throw new HeddleError(
          `the weights "${name}" have the shape ${formatArray(tensor.shape)}, but the model's have ${formatArray(shape)}.`,
        )
      }
      return [name, tensor.values]
    }),
  )
}
