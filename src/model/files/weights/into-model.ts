import { HeddleError, UsageError, within } from '../../../base/errors.ts'
import { formatArray, type Shape, sameShape, sizeOf } from '../../../base/shape.ts'
import { definitionOf } from '../../../nn/layers/index.ts'
import type { ParameterSpec } from '../../../nn/layers/layer.ts'
import type { Model, ModelLayer } from '../../model.ts'
import type { LayerFate } from '../model-format.ts'
import type { Flattened, Layout, LooseArray, LooseGroup, LooseWeights } from './loose-weights.ts'
import { type Names, namedGroups } from './names.ts'

interface Filled {
  readonly weights: Map<string, Float32Array>
  readonly layers: readonly LayerFate[]
  readonly remarks: readonly string[]
}

/**
 * The weights of a model, taken from a file that has only weights. Each array of the file is used once or named as unused. Throws a
 * `HeddleError` that names the layer and the array that do not fit.
 */
export function fillModel(model: Model, loose: LooseWeights, names: Names | null): Filled {
  const { layout } = loose
  const { groupOf, unused, remark } = namedGroups(model, loose, names)
  const used = new Set<LooseArray>()
  const weights = new Map<string, Float32Array>()
  const flattened = flattenedInputs(model)
  const layers: LayerFate[] = []
  for (const layer of model.layers.filter(({ parameters }) => parameters.length > 0)) {
    const group = groupOf.get(layer.name)!
    const from = flattened.get(layer.inputs[0]!) ?? null
    within(`layer "${layer.name}" (${layer.className})`, () =>
      layer.parameters.forEach((parameter, index) => {
        const array = arrayFor(layer, { parameter, index, group, layout, names, loose })
        used.add(array)
        const values = layout.toHeddle(parameter, numbersOf(array, parameter, layout), rowFrom(from))
        weights.set(`${layer.name}/${parameter.name}`, values)
      }),
    )
    const className = group.arrays.map(({ part, shape }) => `${part} ${formatArray(shape)}`).join(', ')
    layers.push({ name: group.name, className, became: `${layer.name} (${layer.className})`, remark: '' })
  }
  const isUnused = ({ name }: LooseArray): boolean =>
    unused.some(prefix => name === prefix || name.startsWith(`${prefix}.`) || name.startsWith(`${prefix}/`))
  const left = loose.groups.flatMap(({ arrays }) => arrays.filter(array => !used.has(array)))
  const forgotten = left.find(array => !isUnused(array))
  if (forgotten) {
    throw new UsageError(
      `its array "${forgotten.name}" ${formatArray(forgotten.shape)} belongs to no layer of the model. Give it to a layer in the map of names, or list it there: "unused": ["${forgotten.name}"].`,
    )
  }
  for (const { name, shape } of left)
    layers.push({ name, className: formatArray(shape), became: null, remark: 'not used, as the map says' })
  return { weights, layers, remarks: [...loose.remarks, ...remark, ...epsilonRemark(model, layout)] }
}

interface Wanted {
  readonly parameter: ParameterSpec
  readonly index: number
  readonly group: LooseGroup
  readonly layout: Layout
  readonly names: Names | null
  readonly loose: LooseWeights
}

function arrayFor(layer: ModelLayer, wanted: Wanted): LooseArray {
  const { parameter, index, group, layout, names, loose } = wanted
  const own = names?.layers.get(`${layer.name}/${parameter.name}`)
  const found =
    own === undefined
      ? layout.find(group, parameter, index)
      : loose.groups.flatMap(({ arrays }) => arrays).find(({ name }) => name === own)
  if (found) return found
  if (own !== undefined) throw new UsageError(`the file has no array "${own}" for its ${parameter.name}.`)
  throw new HeddleError(
    `the file has no ${parameter.name} for it: "${group.name}" has ${group.arrays.map(({ part }) => part).join(', ')}.`,
  )
}

function numbersOf(array: LooseArray, parameter: ParameterSpec, layout: Layout): Float32Array {
  const expected = layout.shapeOf(parameter)
  if (!sameShape(expected, array.shape)) {
    throw new HeddleError(
      `its ${parameter.name} has the shape ${formatArray(expected)} in ${layout.program}, but "${array.name}" has ${formatArray(array.shape)}.`,
    )
  }
  return array.numbers()
}

/** By layer, the image or sequence whose numbers its row has, in their order; `mixed`: rows of several, joined. */
function flattenedInputs(model: Model): ReadonlyMap<string, Shape | 'mixed'> {
  const known = new Map<string, Shape | 'mixed'>()
  for (const { name, layer, inputs, inputShapes, outputShape } of model.layers) {
    const [shape] = inputShapes
    const { role } = definitionOf(layer)
    const before = inputs.map(input => known.get(input)).filter(one => one !== undefined)
    if (role === 'shape' && outputShape.length === 1 && shape!.length > 1) {
      // Rows of one channel or of one place have one order everywhere.
      const channels = shape!.at(-1)!
      if (channels > 1 && channels < sizeOf(shape!)) known.set(name, shape!)
    } else if (before.length > 0 && outputShape.length === 1 && role !== 'weights') {
      known.set(name, sameShape(outputShape, shape!) ? before[0]! : 'mixed')
    }
  }
  return known
}

function rowFrom(from: Shape | 'mixed' | null): Flattened {
  if (from !== 'mixed') return from
  throw new HeddleError(
    'it reads several flattened images that were joined, and PyTorch has their numbers in another order. Flatten after joining them.',
  )
}

/** Files of weights do not have it, and a wrong one changes every output a little. */
function epsilonRemark({ layers }: Model, { program }: Layout): string[] {
  const epsilons = new Set(
    layers.flatMap(({ layer }) =>
      definitionOf(layer).seesBatch && 'epsilon' in layer ? [layer.epsilon] : [],
    ),
  )
  if (epsilons.size === 0 || program === 'Keras') return []
  return [
    `Files of weights do not have the epsilon and the momentum of a batch normalisation. This model has epsilon ${[...epsilons].join(', ')}; PyTorch's default is 0.00001, and its momentum is 1 minus the one here.`,
  ]
}
