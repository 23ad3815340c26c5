import { type Shape, sizeOf } from '../../../base/shape.ts'

/** The order of a value's axes in a tensor: Heddle's, channels last; or ONNX's, channels before height and width. */
export type Layout = 'last' | 'first'

/** A value of Heddle as tensors of a graph: it lies there in one layout, in both, or not yet under its own shape. */
export interface Held {
  readonly shape: Shape
  /** Names of tensors. */
  readonly tensors: Map<Layout, string>
  /** The value that it is under another shape. */
  readonly from: Held | null
}

export function held(shape: Shape, layout: Layout, name: string): Held {
  return { shape, tensors: new Map([[layout, name]]), from: null }
}

/** The axes of a shape in the order of a layout. */
export function axesOf({ length }: Shape, layout: Layout): readonly number[] {
  const axes = Array.from({ length }, (_, axis) => axis)
  return layout === 'last' ? axes : [length - 1, ...axes.slice(0, -1)]
}

/** The sizes of a tensor without its batch. */
export function dimsOf(shape: Shape, layout: Layout): readonly number[] {
  return axesOf(shape, layout).map(axis => shape[axis]!)
}

/** The tensor and the layout in which a value lies, under its own shape or the one that it had before. */
export function lyingTensor(value: Held): {
  readonly name: string
  readonly layout: Layout
  readonly shape: Shape
} {
  for (const layout of ['first', 'last'] as const) {
    const name = value.tensors.get(layout)
    if (name !== undefined) return { name, layout, shape: value.shape }
  }
  return lyingTensor(value.from!)
}

/** Whether a tensor of one shape and layout has its numbers in the order of another: no transposition is needed between them. */
export function isSameOrder(
  [from, fromLayout]: readonly [Shape, Layout],
  [to, toLayout]: readonly [Shape, Layout],
): boolean {
  const sizes = (shape: Shape): string => shape.filter(size => size > 1).join()
  const order = (shape: Shape, layout: Layout): string => {
    const long = shape.flatMap((size, axis) => (size > 1 ? [axis] : []))
    return axesOf(shape, layout)
      .filter(axis => shape[axis]! > 1)
      .map(axis => long.indexOf(axis))
      .join()
  }
  if (fromLayout === 'last' && toLayout === 'last') return sizeOf(from) === sizeOf(to)
  return sizes(from) === sizes(to) && order(from, fromLayout) === order(to, toLayout)
}
