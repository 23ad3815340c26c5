import { erfc } from '../base/erfc.ts'
import type { Op } from './op.ts'

/** An elementwise function with its numbers; each function reads those that its formula names. */
export interface ActivationAttributes extends ActivationNumbers {
  readonly activation: ElementwiseName
}

interface ActivationNumbers {
  /** elu's alpha, and the slope of leakyRelu and clippedRelu below what they pass on. */
  readonly slope: number
  /** The largest output of clippedRelu; infinite where nothing is cut. */
  readonly limit: number
  /** clippedRelu passes on what is larger; at least 0. */
  readonly threshold: number
}

/** The attributes of a function, whose numbers do nothing unless they are given. */
export function activationAttributes(
  activation: ElementwiseName,
  numbers: Partial<ActivationNumbers> = {},
): ActivationAttributes {
  return { activation, slope: 0, limit: Number.POSITIVE_INFINITY, threshold: 0, ...numbers }
}

export type ElementwiseName =
  | 'relu'
  | 'sigmoid'
  | 'tanh'
  | 'elu'
  | 'gelu'
  | 'silu'
  | 'leakyRelu'
  | 'clippedRelu'
  | 'hardSigmoid'
  | 'hardSilu'
  | 'softplus'
  | 'softsign'
  | 'mish'

interface Elementwise {
  value(x: number, numbers: ActivationNumbers): number
  /** dy/dx, from the input x and the output y. */
  derivative(x: number, y: number, numbers: ActivationNumbers): number
  /** The derivative reads x: y alone does not give it. */
  readonly readsInput?: true
}

const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))

/** Φ(x), the distribution function of N(0, 1). */
const normal = (x: number): number => 0.5 * erfc(-x / Math.SQRT2)

const hardSigmoid = (x: number): number => Math.min(Math.max(x + 3, 0), 6) / 6

/** log(1 + e^x), which no x overflows. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

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
    value: (x, { slope }) => (x > 0 ? x : slope * Math.expm1(x)),
    derivative: (x, y, { slope }) => (x > 0 ? 1 : y + slope),
  },
  gelu: {
    value: x => x * normal(x),
    derivative: x => normal(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI),
    readsInput: true,
  },
  silu: {
    value: x => x * sigmoid(x),
    derivative: x => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
    readsInput: true,
  },
  leakyRelu: {
    value: (x, { slope }) => (x > 0 ? x : slope * x),
    derivative: (x, _, { slope }) => (x > 0 ? 1 : slope),
  },
  clippedRelu: {
    value: (x, { slope, limit, threshold }) => (x > threshold ? Math.min(x, limit) : slope * (x - threshold)),
    derivative(_, y, { slope, limit }) {
      if (y > 0) return y < limit ? 1 : 0
      return y < 0 ? slope : 0
    },
  },
  hardSigmoid: {
    value: hardSigmoid,
    derivative: (_, y) => (y > 0 && y < 1 ? 1 / 6 : 0),
  },
  hardSilu: {
    value: x => x * hardSigmoid(x),
    derivative: x => (x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6),
    readsInput: true,
  },
  softplus: {
    value: softplus,
    derivative: (_, y) => -Math.expm1(-y),
  },
  softsign: {
    value: x => x / (1 + Math.abs(x)),
    derivative: (_, y) => (1 - Math.abs(y)) ** 2,
  },
  mish: {
    value: x => x * Math.tanh(softplus(x)),
    derivative(x) {
      const t = Math.tanh(softplus(x))
      return t + x * (1 - t * t) * sigmoid(x)
    },
    readsInput: true,
  },
}

/** Whether a kernel that keeps only the outputs of an activation can differentiate it. */
export function derivesFromOutput(name: ElementwiseName): boolean {
  return functions[name].readsInput !== true
}

/** y = f(x) for every element; input and output have one shape. */
export const activation: Op<ActivationAttributes> = {
  forward({ attributes, inputs, output }) {
    const x = inputs[0]!
    const { value } = functions[attributes.activation]
    for (let i = 0; i < output.length; i++) output[i] = value(x[i]!, attributes)
  },

  backward({ attributes, inputs, output, outputGradient, inputGradients }) {
    const [x, dx] = [inputs[0]!, inputGradients[0]]
    if (!dx) return
    const { derivative } = functions[attributes.activation]
    for (let i = 0; i < output.length; i++) {
      dx[i]! += outputGradient[i]! * derivative(x[i]!, output[i]!, attributes)
    }
  },
}
