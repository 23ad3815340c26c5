import { UsageError } from '../../../base/errors.ts'
import { sizeOf } from '../../../base/shape.ts'
import { type Constant, type Weights, weightsOf } from './constants.ts'
import { numbersOf, parameterOf } from './graph-writer.ts'
import { flowing, type NodeReader, type ReadOperator } from './node-reader.ts'
import { dimSize, plainOrder, type View, viewOf } from './view.ts'

export const denseOperators: Readonly<Record<string, ReadOperator>> = {
  Gemm(reader) {
    reader.only('transA', 0)
    const view = reader.view()
    const kernel = matrixOf(reader)
    const isTransposed = reader.int('transB', 0) !== 0
    const [alpha, beta] = [reader.float('alpha', 1), reader.float('beta', 1)]
    if (view.dims.length !== 1) throw new UsageError('it needs one row for each example.')
    const units = kernel.dims[isTransposed ? 0 : 1]!
    const bias = biasOf(reader, units)
    const scaled = ({ length, values }: Weights, factor: number): Weights =>
      factor === 1 ? { length, values } : { length, values: () => values().map(value => value * factor) }
    const rows = isTransposed ? weightsOf(kernel) : transposed(kernel)
    return flowing(
      dense(reader, view, { units, rows: scaled(rows, alpha), bias: bias && scaled(bias, beta) }),
    )
  },

  MatMul(reader) {
    const view = reader.view()
    const kernel = matrixOf(reader)
    const units = kernel.dims[1]!
    const rank = view.dims.length
    if (rank === 1) return flowing(dense(reader, view, { units, rows: transposed(kernel), bias: null }))
    if (rank > 3) throw new UsageError(`it works on ${rank + 1} axes; Heddle's layers have at most four.`)
    // At each place one row: a convolution with a window of one place.
    checkFeatures(dimSize(view.dims.at(-1)!), kernel.dims[0]!)
    const options = {
      kind: `conv${rank - 1}d` as 'conv2d',
      filters: units,
      kernelSize: rank === 2 ? 1 : [1, 1],
      useBias: false,
    }
    return flowing(reader.layer(options, view, plainOrder(rank), { kernel: transposed(kernel) }))
  },
}

function matrixOf(reader: NodeReader): Constant {
  const kernel = reader.constant(1)
  if (kernel?.dims.length === 2) return kernel
  throw new UsageError(`its second input must be a fixed matrix, not [${kernel?.dims.join(', ') ?? ''}].`)
}

/** `[features, units]` with its units first. */
function transposed(kernel: Constant): Weights {
  const [features, units] = kernel.dims as [number, number]
  return weightsOf(kernel, values => parameterOf({ view: [units, features], axes: [1, 0] }, values))
}

function biasOf(reader: NodeReader, units: number): Weights | null {
  const bias = reader.weights(2)
  if (!bias || bias.length === units) return bias
  if (bias.length === 1)
    return { length: units, values: () => new Float32Array(units).fill(bias.values()[0]!) }
  throw new UsageError(
    `its third input has ${bias.length} numbers, and needs one for each of ${units} outputs.`,
  )
}

function checkFeatures(own: number, needed: number): void {
  if (own !== needed) throw new UsageError(`its matrix has ${needed} rows, but ${own} numbers enter.`)
}

/** A row of features in the order of the tensor: the kernel follows the order in which they lie, so that none must move. */
function dense(
  reader: NodeReader,
  view: View,
  { units, rows, bias }: { readonly units: number; readonly rows: Weights; readonly bias: Weights | null },
): View {
  const atoms = view.dims.flat()
  const features = sizeOf(atoms.map(({ size }) => size))
  checkFeatures(features, rows.length / units)
  const sizes = [units, ...atoms.map(({ size }) => size)]
  const axes = [0, ...view.stored.map(atom => atoms.indexOf(atom) + 1)]
  const kernel = { length: rows.length, values: () => numbersOf({ view: sizes, axes }, rows.values()) }
  const weights = { kernel, ...(bias && { bias }) }
  const node = reader.builder.add(
    { kind: 'dense', units, useBias: bias !== null },
    [reader.builder.row(view)],
    weights,
  )
  return viewOf(node, [units], [0])
}
