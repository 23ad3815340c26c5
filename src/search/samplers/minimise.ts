/** A function's value and gradient. */
export interface Slope {
  readonly value: number
  readonly gradient: Float64Array
}

/**
 * Where a smooth function is least near `start`, by the method of Broyden, Fletcher, Goldfarb and Shanno with halved steps. It ends
 * after `most` evaluations, or where the gradient is below `tolerance` everywhere.
 *
 * @example
 * minimise(([x]) => ({ value: (x - 2) ** 2, gradient: Float64Array.of(2 * (x - 2)) }), Float64Array.of(0)) // about [2]
 */
export function minimise(
  at: (x: Float64Array) => Slope,
  start: Float64Array,
  { most = 100, tolerance = 1e-3 } = {},
): Float64Array {
  const n = start.length
  let inverse = identity(n)
  let x = start
  let here = at(x)
  for (let evaluations = 1; evaluations < most; ) {
    if (here.gradient.every(slope => Math.abs(slope) < tolerance)) break
    let direction = times(inverse, here.gradient, -1)
    let descent = dot(direction, here.gradient)
    if (descent >= 0) {
      inverse = identity(n)
      direction = here.gradient.map(slope => -slope)
      descent = dot(direction, here.gradient)
    }
    // No step is longer than 1 in any parameter at first.
    let step = Math.min(1, 1 / direction.reduce((a, b) => Math.max(a, Math.abs(b)), 0))
    let next = x
    let there = here
    do {
      next = x.map((value, i) => value + step * direction[i]!)
      there = at(next)
      step /= 2
      evaluations++
    } while (!(there.value <= here.value + 1e-4 * 2 * step * descent) && evaluations < most && step > 1e-8)
    if (!(there.value < here.value)) break
    update(inverse, subtract(next, x), subtract(there.gradient, here.gradient))
    x = next
    here = there
  }
  return x
}

type Matrix = readonly Float64Array[]

const identity = (n: number): Matrix =>
  Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)))

const subtract = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]!)

export function dot(a: Float64Array, b: Float64Array): number {
  let total = 0
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!
  return total
}

const times = (matrix: Matrix, vector: Float64Array, factor: number): Float64Array =>
  Float64Array.from(matrix, row => factor * dot(row, vector))

/** H + (1 + yᵀHy / sᵀy) · ssᵀ / sᵀy − (Hysᵀ + syᵀH) / sᵀy, if the curvature is positive. */
function update(inverse: Matrix, s: Float64Array, y: Float64Array): void {
  const curvature = dot(s, y)
  if (curvature <= 1e-12) return
  const hy = times(inverse, y, 1)
  const scale = (1 + dot(y, hy) / curvature) / curvature
  for (const [i, row] of inverse.entries()) {
    for (let j = 0; j < row.length; j++) {
      row[j]! += scale * s[i]! * s[j]! - (hy[i]! * s[j]! + s[i]! * hy[j]!) / curvature
    }
  }
}
