import { erfc } from '../base/erfc.ts'
import type { Op } from './op.ts'

/** An elementwise function; `slope` is elu's alpha and leakyRelu's negative slope, and unused by the others. */
export interface ActivationAttributes {
  readonly activation: ElementwiseName
  readonly slope: number
}

export type ElementwiseName = 'relu' | 'sigmoid' | 'tanh' | 'elu' | 'gelu' | 'silu' | 'leakyRelu'

interface Elementwise {
  value(x: number, slope: number): number
  /** dy/dx, from the input x and the output y. */
  derivative(x: number, y: number, slope: number): number
}

const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))

/** Φ(x), the distribution function of N(0, 1). */
const normal = (x: number): number => 0.5 * erfc(-x / Math.SQRT2)

const functions: Readonly<Record<ElementwiseName, Elementwise>> = {
  relu: {
    value: x => Math.max(x, 0),
    derivative: (_, y) => (y > 0 ? 1 : 0),
  },
  sigmoid: {
    value: sigmoid,
    derivative: (_, y) => y * (1 - y),
  },
  tanh: {
    value: Math.tanh,
    derivative: (_, y) => 1 - y * y,
  },
  elu: {
    value: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
    derivative: (x, y, alpha) => (x > 0 ? 1 : y + alpha),
  },
  gelu: {
    value: x => x * normal(x),
    derivative: x => normal(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI),
  },
  silu: {
    value: x => x * sigmoid(x),
    derivative: x => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
  },
  leakyRelu: {
    value: (x, slope) => (x > 0 ? x : slope * x),
    derivative: (x, _, slope) => (x > 0 ? 1 : slope),
  },
}

/** y = f(x) for every element; input and output have one shape. */
export const activation: Op<ActivationAttributes> = {
  forward({ attributes, inputs, output }) {
    const x = inputs[0]!
    const { value } = functions[attributes.activation]
    for (let i = 0; i < output.length; i++) output[i] = value(x[i]!, attributes.slope)
  },

  backward({ attributes, inputs, output, outputGradient, inputGradients }) {
    const [x, dx] = [inputs[0]!, inputGradients[0]]
    if (!dx) return
    const { derivative } = functions[attributes.activation]
    for (let i = 0; i < output.length; i++) {
      dx[i]! += outputGradient[i]! * derivative(x[i]!, output[i]!, attributes.slope)
    }
  },
}
