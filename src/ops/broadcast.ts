import { type Shape, sizeOf } from '../base/shape.ts'

/** The shape that values of these shapes are read as, axis by axis: an axis of 1 repeats. `null` where two axes differ otherwise. */
export function broadcastShape(shapes: readonly Shape[]): Shape | null {
  const [first] = shapes
  if (!shapes.every(shape => shape.length === first!.length)) return null
  const common = first!.map((_, axis) => Math.max(...shapes.map(shape => shape[axis]!)))
  const fits = (shape: Shape): boolean => shape.every((size, axis) => size === 1 || size === common[axis])
  return shapes.every(fits) ? common : null
}

/** For each position in a value of shape `to`: the one in a value of shape `from` that is read there. */
export function broadcastPositions(from: Shape, to: Shape): Int32Array {
  const positions = new Int32Array(sizeOf(to))
  for (let i = 0; i < positions.length; i++) {
    let [rest, position, step] = [i, 0, 1]
    for (let axis = to.length - 1; axis >= 0; axis--) {
      if (from[axis] !== 1) position += (rest % to[axis]!) * step
      rest = Math.floor(rest / to[axis]!)
      step *= from[axis]!
    }
    positions[i] = position
  }
  return positions
}
