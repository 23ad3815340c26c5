/** The engine's limits (native/program.cc): of an axis, a window or a stride, and below which the numbers of a value lie. */
export const MAX_AXIS = 2 ** 20
export const MAX_NUMBERS = 2 ** 31

/** Sizes along each axis of one example: `[height, width, channels]` for an image, `[features]` for a vector. */
export type Shape = readonly number[]

/** The number of elements: the product of the axes. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, axis) => size * axis, 1)
}

/**
 * A shape as Keras prints it, with the batch axis that is not known yet.
 *
 * @example
 * formatShape([26, 26, 32]) // '(None, 26, 26, 32)'
 */
export function formatShape(shape: Shape): string {
  return `(${['None', ...shape].join(', ')})`
}

/** The shape of an array that has no batch axis, such as weights: `[3, 3, 64]`. */
export function formatArray(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i])
}
