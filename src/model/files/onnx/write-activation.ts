import type { ActivationAttributes, ElementwiseName } from '../../../ops/activation.ts'
import type { GraphWriter } from './graph-writer.ts'
import { float } from './messages.ts'

type Write = (x: string, graph: GraphWriter, numbers: ActivationAttributes) => string

const as =
  (opType: string): Write =>
  (x, graph) =>
    graph.node(opType, [x])

/** Each activation in ONNX, opset 17: later versions have operators for `gelu` and `mish`. */
const writes: Readonly<Record<ElementwiseName, Write>> = {
  relu: as('Relu'),
  sigmoid: as('Sigmoid'),
  tanh: as('Tanh'),
  softplus: as('Softplus'),
  softsign: as('Softsign'),
  hardSilu: as('HardSwish'),
  hardSigmoid: (x, graph) => graph.node('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) }),
  elu: (x, graph, { slope }) => graph.node('Elu', [x], { alpha: float(slope) }),
  leakyRelu: (x, graph, { slope }) => graph.node('LeakyRelu', [x], { alpha: float(slope) }),
  silu: (x, graph) => graph.node('Mul', [x, graph.node('Sigmoid', [x])]),
  mish: (x, graph) => graph.node('Mul', [x, graph.node('Tanh', [graph.node('Softplus', [x])])]),
  gelu(x, graph) {
    const scaled = graph.node('Mul', [x, graph.floats([Math.SQRT1_2])])
    const both = graph.node('Add', [graph.node('Erf', [scaled]), graph.floats([1])])
    return graph.node('Mul', [graph.node('Mul', [x, graph.floats([0.5])]), both])
  },
  clippedRelu(x, graph, { slope, limit, threshold }) {
    const most = Number.isFinite(limit) ? graph.floats([limit]) : ''
    const clipped = (from: number): string =>
      graph.node('Clip', [x, graph.floats([from]), ...(most ? [most] : [])])
    if (threshold === 0 && slope === 0) return clipped(0)
    const below = graph.node('Mul', [
      graph.node('Sub', [x, graph.floats([threshold])]),
      graph.floats([slope]),
    ])
    const above = most ? graph.node('Min', [x, most]) : x
    return graph.node('Where', [graph.node('Greater', [x, graph.floats([threshold])]), above, below])
  },
}

/** The tensor of an activation of another. */
export function writeActivation(attributes: ActivationAttributes, x: string, graph: GraphWriter): string {
  return writes[attributes.activation](x, graph, attributes)
}
