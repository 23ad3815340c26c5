import type { Shape } from '../../../base/shape.ts'
import type { ParameterSpec } from '../../../nn/layers/layer.ts'

type Parameter = Pick<ParameterSpec, 'role' | 'shape' | 'kerasShape'>

/** The shape of a parameter in Keras' files. */
export function kerasShape({ role, shape, kerasShape }: Parameter): Shape {
  return kerasShape ?? (role === 'kernel' ? [...shape.slice(1), shape[0]!] : shape)
}

/** Kernels are `[outputs, …]` here and `[…, outputs]` there; everything else has one order. */
export function toKeras(parameter: Parameter, values: Float32Array): Float32Array {
  const outputs = parameter.shape[0]!
  return parameter.role === 'kernel' ? transposed(values, outputs, values.length / outputs) : values
}

export function fromKeras(parameter: Parameter, values: Float32Array): Float32Array {
  const outputs = parameter.shape[0]!
  return parameter.role === 'kernel' ? transposed(values, values.length / outputs, outputs) : values
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = values[row * columns + column]!
  }
  return result
}
