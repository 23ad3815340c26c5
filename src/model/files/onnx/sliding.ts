import { UsageError } from '../../../base/errors.ts'
import type { Pair } from '../../../base/schema.ts'
import type { Shape } from '../../../base/shape.ts'
import { slide } from '../../../nn/layers/window.ts'
import type { NodeReader } from './node-reader.ts'
import { sizesOf, type View } from './view.ts'

/** A window that slides over one or two axes of a tensor with its channels first. */
export interface Sliding {
  /** Without channels: the sizes that it slides over. */
  readonly lengths: readonly number[]
  readonly size: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** The window of a node over a view with its channels first. */
export function slidingOf(reader: NodeReader, view: View, kernel: readonly number[]): Sliding {
  const lengths = sizesOf(view).slice(1)
  const list = (name: string, fallback: number): readonly number[] => {
    const values = reader.ints(name) ?? lengths.map(() => fallback)
    if (values.length === lengths.length && values.every(n => n >= 1)) return values
    throw new UsageError(`its ${name} are [${values.join(', ')}]; one of at least 1 is needed for each axis.`)
  }
  const size = reader.ints('kernel_shape') ?? kernel
  const [strides, dilations] = [list('strides', 1), list('dilations', 1)]
  if (size.join() !== kernel.join() || size.some(n => n < 1))
    throw new UsageError(
      `its kernel_shape is [${size.join(', ')}], but its kernel has [${kernel.join(', ')}].`,
    )
  const sliding = { lengths, size, strides, dilations }
  const automatic = reader.text('auto_pad', 'NOTSET')
  if (automatic === 'VALID') return { ...sliding, before: lengths.map(() => 0), after: lengths.map(() => 0) }
  if (automatic === 'SAME_UPPER' || automatic === 'SAME_LOWER') {
    const totals = lengths.map((length, i) =>
      Math.max(0, (Math.ceil(length / strides[i]!) - 1) * strides[i]! + extentOf(sliding, i) - length),
    )
    const [small, large] = [totals.map(n => Math.floor(n / 2)), totals.map(n => Math.ceil(n / 2))]
    const isUpper = automatic === 'SAME_UPPER'
    return { ...sliding, before: isUpper ? small : large, after: isUpper ? large : small }
  }
  if (automatic !== 'NOTSET')
    throw new UsageError(`its auto_pad is "${automatic.slice(0, 50)}", which ONNX does not have.`)
  const pads = reader.ints('pads') ?? Array<number>(2 * lengths.length).fill(0)
  if (pads.length !== 2 * lengths.length || pads.some(n => n < 0))
    throw new UsageError(`its pads are [${pads.join(', ')}]; two of at least 0 are needed for each axis.`)
  return { ...sliding, before: pads.slice(0, lengths.length), after: pads.slice(lengths.length) }
}

function extentOf({ size, dilations }: Pick<Sliding, 'size' | 'dilations'>, axis: number): number {
  return (size[axis]! - 1) * dilations[axis]! + 1
}

/** Windows along an axis, and zeros that are never read; ONNX drops what remains. */
export function outputsOf(sliding: Sliding, axis: number): number {
  const { lengths, strides, before, after } = sliding
  return (
    Math.floor((lengths[axis]! + before[axis]! + after[axis]! - extentOf(sliding, axis)) / strides[axis]!) + 1
  )
}

/** Heddle's own padding, where it reads the same places; `null`: it does not. */
export function ownPadding(sliding: Sliding): 'valid' | 'same' | null {
  const { lengths, size, strides, dilations, before } = sliding
  const pair = (values: readonly number[]): Pair =>
    values.length === 1 ? [1, values[0]!] : [values[0]!, values[1]!]
  const image: Shape = [...pair(lengths), 1]
  const window = { size: pair(size), strides: pair(strides), dilationRate: pair(dilations) }
  const outputs = lengths.map((_, axis) => outputsOf(sliding, axis))
  const matches = (padding: 'valid' | 'same'): boolean => {
    if (padding === 'valid' && lengths.some((length, axis) => extentOf(sliding, axis) > length)) return false
    const own = slide(image, { ...window, padding })
    const skip = 2 - lengths.length
    return lengths.every(
      (_, axis) => own.outputs[axis + skip] === outputs[axis] && own.padding[axis + skip] === before[axis],
    )
  }
  return (['valid', 'same'] as const).find(matches) ?? null
}

/** With `ceil_mode` a last window may reach over the end: as if there were more padding. */
export function withCeiling(reader: NodeReader, sliding: Sliding, rule: 'max' | 'average'): Sliding {
  if (reader.int('ceil_mode', 0) === 0) return sliding
  const after = sliding.after.map((n, axis) => {
    const { lengths, strides, before } = sliding
    const length = lengths[axis]! + before[axis]! + n
    const stride = strides[axis]!
    const outputs = Math.ceil((length - extentOf(sliding, axis)) / stride) + 1
    // A window that begins in the padding after the end is none.
    const count = (outputs - 1) * stride >= lengths[axis]! + before[axis]! ? outputs - 1 : outputs
    return n + Math.max(0, (count - 1) * stride + extentOf(sliding, axis) - length)
  })
  const isSame = after.every((n, axis) => n === sliding.after[axis])
  if (!isSame && rule === 'average' && reader.int('count_include_pad', 0) === 1)
    throw new UsageError(
      'its ceil_mode adds a window whose zeros count in part. Export it without ceil_mode.',
    )
  return { ...sliding, after }
}
