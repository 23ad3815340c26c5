import { RandomStream } from '../../base/random.ts'

/** Rows of numbers, one after the other: `[count, width]`. */
export interface Rows {
  readonly values: ArrayLike<number>
  readonly width: number
}

export interface PrincipalAxes {
  /** `[width]`. */
  readonly mean: Float64Array
  /** `[width, count]`: each column is of length 1 and at right angles to the others, that of the most variance first. */
  readonly axes: Float64Array
  readonly count: number
  /** Variance of the rows along each axis, divided by n − 1. */
  readonly variances: readonly number[]
}

export interface AxesOptions {
  readonly count: number
  /** How often the axes are brought nearer to the right ones; any number leaves them orthonormal. */
  readonly iterations?: number
}

/** More axes than asked for are followed: those that are asked for settle sooner. */
const OVERSAMPLING = 8

/**
 * The directions in which rows vary most, by subspace iteration: a random basis is multiplied by the covariance again and
 * again, then turned onto the axes within it. The largest number of each axis is positive.
 * Source: Halko, Martinsson and Tropp (2011), https://arxiv.org/abs/0909.4061.
 *
 * @example
 * const { axes, variances } = principalAxes({ values: [1, 1, 2, 2, 3, 3], width: 2 }, { count: 1 })
 * variances[0].toFixed(6) // '2.000000'
 * axes[0].toFixed(6) // '0.707107'
 */
export function principalAxes(rows: Rows, { count: wanted, iterations = 30 }: AxesOptions): PrincipalAxes {
  const { values, width } = rows
  const n = values.length / width
  const count = Math.min(wanted, width)
  const k = Math.min(count + OVERSAMPLING, width)
  const mean = new Float64Array(width)
  for (let i = 0; i < values.length; i++) mean[i % width]! += values[i]! / n
  const stream = new RandomStream(0).split('principal axes')
  let basis: Float64Array = Float64Array.from({ length: width * k }, (_, i) => stream.uniform(i) - 0.5)
  orthonormalize(basis, k)
  for (let i = 0; i < iterations; i++) {
    basis = timesCovariance(rows, mean, basis, k)
    orthonormalize(basis, k)
  }
  // Within the basis the covariance is a small matrix, whose own axes are exact.
  const small = transposedTimes(basis, timesCovariance(rows, mean, basis, k), k)
  const { vectors, order } = symmetricEigen(small, k)
  const axes = new Float64Array(width * count)
  for (let a = 0; a < count; a++) {
    let largest = 0
    for (let p = 0; p < width; p++) {
      let sum = 0
      for (let j = 0; j < k; j++) sum += basis[p * k + j]! * vectors[j * k + order[a]!]!
      axes[p * count + a] = sum
      if (Math.abs(sum) > Math.abs(largest) * (1 + 1e-9)) largest = sum
    }
    if (largest < 0) for (let p = 0; p < width; p++) axes[p * count + a]! *= -1
  }
  const variances = order.slice(0, count).map(j => small[j * k + j]! / Math.max(1, n - 1))
  return { mean, axes, count, variances }
}

/**
 * Where rows lie along the axes: `[n, count]`.
 *
 * @example
 * const rows = { values: [1, 1, 2, 2, 3, 3], width: 2 }
 * const places = project(rows, principalAxes(rows, { count: 1 }))
 * places[2].toFixed(6) // '1.414214'
 */
export function project({ values, width }: Rows, { mean, axes, count }: PrincipalAxes): Float64Array {
  const n = values.length / width
  const origin = new Float64Array(count)
  for (let p = 0; p < width; p++)
    for (let a = 0; a < count; a++) origin[a]! += mean[p]! * axes[p * count + a]!
  const result = new Float64Array(n * count)
  for (let i = 0; i < n; i++) {
    const row = result.subarray(i * count, (i + 1) * count)
    for (let p = 0; p < width; p++) {
      const value = values[i * width + p]!
      // Half of the pixels of Fashion-MNIST.
      if (value === 0) continue
      for (let a = 0; a < count; a++) row[a]! += value * axes[p * count + a]!
    }
    for (let a = 0; a < count; a++) row[a]! -= origin[a]!
  }
  return result
}

/** Σ over rows of (row − mean)(row − mean)ᵀ · basis: `[width, k]`. */
function timesCovariance(rows: Rows, mean: Float64Array, basis: Float64Array, k: number): Float64Array {
  const { values, width } = rows
  const places = project(rows, { mean, axes: basis, count: k, variances: [] })
  const result = new Float64Array(width * k)
  for (let i = 0; i < values.length / width; i++) {
    for (let p = 0; p < width; p++) {
      // The places sum up to zero: the mean need not be subtracted on this side, too.
      const value = values[i * width + p]!
      if (value === 0) continue
      for (let j = 0; j < k; j++) result[p * k + j]! += value * places[i * k + j]!
    }
  }
  return result
}

function transposedTimes(a: Float64Array, b: Float64Array, k: number): Float64Array {
  const result = new Float64Array(k * k)
  for (let p = 0; p < a.length / k; p++)
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) result[i * k + j]! += a[p * k + i]! * b[p * k + j]!
  return result
}

/** Gram and Schmidt's method, twice, which makes up for rounding. A column without a direction of its own becomes zero. */
function orthonormalize(basis: Float64Array, k: number): void {
  const width = basis.length / k
  const dot = (a: number, b: number): number => {
    let sum = 0
    for (let p = 0; p < width; p++) sum += basis[p * k + a]! * basis[p * k + b]!
    return sum
  }
  for (let a = 0; a < k; a++) {
    const before = Math.sqrt(dot(a, a))
    for (let pass = 0; pass < 2; pass++) {
      for (let b = 0; b < a; b++) {
        const along = dot(a, b)
        for (let p = 0; p < width; p++) basis[p * k + a]! -= along * basis[p * k + b]!
      }
    }
    const length = Math.sqrt(dot(a, a))
    const scale = length > before * 1e-12 ? 1 / length : 0
    for (let p = 0; p < width; p++) basis[p * k + a]! *= scale
  }
}

/** Jacobi's rotations: makes `matrix` diagonal in place, the vectors in columns, `order` from the largest value. */
function symmetricEigen(matrix: Float64Array, k: number): { vectors: Float64Array; order: number[] } {
  const vectors = new Float64Array(k * k)
  for (let i = 0; i < k; i++) vectors[i * k + i] = 1
  for (let sweep = 0; sweep < 50; sweep++) {
    let off = 0
    let all = 0
    for (let i = 0; i < k * k; i++) {
      const square = matrix[i]! ** 2
      all += square
      if (i % (k + 1) !== 0) off += square
    }
    if (off <= all * 1e-28) break
    for (let p = 0; p < k; p++) for (let q = p + 1; q < k; q++) rotate(matrix, vectors, { k, p, q })
  }
  const order = Array.from({ length: k }, (_, i) => i).sort((a, b) => matrix[b * k + b]! - matrix[a * k + a]!)
  return { vectors, order }
}

/** One rotation that makes the numbers at (p, q) and (q, p) zero. */
function rotate(
  matrix: Float64Array,
  vectors: Float64Array,
  { k, p, q }: { readonly k: number; readonly p: number; readonly q: number },
): void {
  const between = matrix[p * k + q]!
  if (between === 0) return
  const theta = (matrix[q * k + q]! - matrix[p * k + p]!) / (2 * between)
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const cosine = 1 / Math.sqrt(tangent * tangent + 1)
  const sine = tangent * cosine
  const turn = (values: Float64Array, a: number, b: number): void => {
    const [x, y] = [values[a]!, values[b]!]
    values[a] = cosine * x - sine * y
    values[b] = sine * x + cosine * y
  }
  for (let i = 0; i < k; i++) turn(matrix, i * k + p, i * k + q)
  for (let i = 0; i < k; i++) turn(matrix, p * k + i, q * k + i)
  for (let i = 0; i < k; i++) turn(vectors, i * k + p, i * k + q)
}
