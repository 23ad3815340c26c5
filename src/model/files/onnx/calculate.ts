import { UsageError } from '../../../base/errors.ts'
import { sizeOf } from '../../../base/shape.ts'
import { BATCH, type Constant, countOf, type Whole } from './constants.ts'
import type { NodeReader } from './node-reader.ts'

type Numbers = ArrayLike<Whole> & Iterable<Whole>

/** Shapes, and what is computed of few weights. */
export const FREE = 2 ** 22

const calculations: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
  Max: Math.max,
  Min: Math.min,
  Equal: (a, b) => Number(a === b),
  Mod: (a, b) => a - b * Math.floor(a / b),
}

const functions: Readonly<Record<string, (x: number) => number>> = {
  Sqrt: Math.sqrt,
  Neg: x => -x,
  Reciprocal: x => 1 / x,
  Exp: Math.exp,
  Log: Math.log,
  Abs: Math.abs,
  Floor: Math.floor,
  Ceil: Math.ceil,
}

export const calculatedOperators: readonly string[] = [functions, calculations].flatMap(Object.keys)

/** What an operator calculates of fixed numbers, each on its own; `null`: it is none that does so. */
export function calculationOf(opType: string): ((reader: NodeReader) => Constant) | null {
  if (Object.hasOwn(functions, opType)) {
    const calculate = functions[opType]!
    return reader => combined([reader.fixed(0)], value => calculate(value!))
  }
  if (!Object.hasOwn(calculations, opType)) return null
  const calculate = calculations[opType]!
  return reader => {
    const [a, b] = [reader.fixed(0), reader.fixed(1)]
    const divides = opType === 'Div' && a.kind === 'wholes' && b.kind === 'wholes'
    return combined([a, b], (x, y) => (divides ? Math.trunc(x! / y!) : calculate(x!, y!)))
  }
}

/** A calculation on every number of tensors, whose axes of 1 repeat. */
export function combined(
  constants: readonly Constant[],
  calculate: (...values: readonly (number | undefined)[]) => number,
): Constant {
  const rank = Math.max(...constants.map(({ dims }) => dims.length))
  const padded = constants.map(({ dims }) => [...Array<number>(rank - dims.length).fill(1), ...dims])
  const dims = Array.from({ length: rank }, (_, axis) => {
    const sizes = padded.map(own => own[axis]!)
    return sizes.includes(0) ? 0 : Math.max(...sizes)
  })
  if (padded.some(own => own.some((size, axis) => size !== 1 && size !== dims[axis])))
    throw new UsageError(
      `its fixed numbers [${constants.map(one => one.dims.join(', ')).join('] and [')}] do not fit together.`,
    )
  const isWhole = constants.every(({ kind }) => kind === 'wholes')
  const lists = constants.map((constant): Numbers | number => {
    if (typeof constant.numbers === 'number') return constant.numbers
    if (constant.kind === 'wholes' && constant.numbers.includes(BATCH))
      throw new UsageError('it computes with the size of the batch, which is open.')
    return constant.numbers
  })
  if (lists.every(list => typeof list === 'number'))
    return { kind: 'floats', dims, numbers: calculate(...(lists as number[])) }
  const strides = padded.map(own => own.map((size, axis) => (size === 1 ? 0 : sizeOf(own.slice(axis + 1)))))
  const count = countOf(dims)
  if (count > FREE) throw new UsageError(`it computes ${count} fixed numbers. Fold them before the export.`)
  const result = isWhole ? new Float64Array(count) : new Float32Array(count)
  const counter = dims.map(() => 0)
  for (let i = 0; i < count; i++) {
    const values = lists.map((list, k) => {
      if (typeof list === 'number') return list
      const place = strides[k]!.reduce((sum, stride, axis) => sum + stride * counter[axis]!, 0)
      return list[place] as number
    })
    result[i] = calculate(...values)
    for (let axis = rank - 1; axis >= 0 && ++counter[axis]! === dims[axis]; axis--) counter[axis] = 0
  }
  return isWhole
    ? { kind: 'wholes', dims, numbers: [...result] }
    : { kind: 'floats', dims, numbers: result as Float32Array }
}
