import { dot, minimise, type Slope } from './minimise.ts'

/** A point as the regression sees it: one number for each coordinate. */
export type Row = Float64Array

/** What the regression predicts of a value without noise. */
export interface Prediction {
  readonly mean: number
  readonly deviation: number
}

export interface Regression {
  predict(row: Row): Prediction
  /** The regression with further points, whose values are what it predicts of them ("kriging believer", Ginsbourger et al., 2010). */
  believing(rows: readonly Row[]): Regression
}

/** How alike two values of a coordinate are: by their distance, or only whether they are the same. */
export type Coordinate = 'ordered' | 'category'

/**
 * A Gaussian process with a Matérn kernel of smoothness 5/2 and a length for each coordinate, fitted by its highest posterior density:
 *
 *     k(a, b) = s · (1 + √5 r + 5/3 r²) · exp(−√5 r),   r² = Σ θᵢ (aᵢ − bᵢ)²,   of a category (aᵢ ≠ bᵢ) instead of the square
 *
 * `values` have mean 0 and variance 1. The priors are those of Optuna 5: exp(−0.1 / θ − 0.1 θ) for each θ, gamma(2, 1) for the
 * scale s and gamma(1.1, 30) for the variance of the noise.
 */
export function gaussianRegression(
  coordinates: readonly Coordinate[],
  rows: readonly Row[],
  values: Float64Array,
): Regression {
  const squares = squaredDistances(coordinates, rows)
  // Logarithms of the inverse squared lengths, of the scale and of the noise.
  const start = Float64Array.from([...coordinates.map(() => 0), 0, Math.log(0.01)])
  const best = minimise(logs => negativeLogPosterior(squares, values, logs), start, {
    most: 60,
    tolerance: 0.01,
  })
  return conditioned(coordinates, kernelOf(best), rows, values)
}

interface Kernel {
  readonly inverseSquares: Float64Array
  readonly scale: number
  readonly noise: number
}

const LEAST_NOISE = 1e-6

function kernelOf(logs: Float64Array): Kernel {
  const n = logs.length - 2
  return {
    inverseSquares: logs.slice(0, n).map(Math.exp),
    scale: Math.exp(logs[n]!),
    noise: Math.exp(logs[n + 1]!) + LEAST_NOISE,
  }
}

const SQRT5 = Math.sqrt(5)

function matern(squaredDistance: number): number {
  const r = SQRT5 * Math.sqrt(squaredDistance)
  return (1 + r + (5 / 3) * squaredDistance) * Math.exp(-r)
}

/** By coordinate, the squared distance of each pair: row i, column j < i, one row after another. */
function squaredDistances(coordinates: readonly Coordinate[], rows: readonly Row[]): readonly Float64Array[] {
  return coordinates.map((coordinate, d) => {
    const distances = new Float64Array((rows.length * (rows.length - 1)) / 2)
    let pair = 0
    for (let i = 1; i < rows.length; i++) {
      for (let j = 0; j < i; j++) distances[pair++] = squaredDistance(coordinate, rows[i]![d]!, rows[j]![d]!)
    }
    return distances
  })
}

function squaredDistance(coordinate: Coordinate, a: number, b: number): number {
  return coordinate === 'category' ? Number(a !== b) : (a - b) ** 2
}

/** A lower triangle, row by row, in one array: entry (i, j) is at i · n + j. */
function cholesky(matrix: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let total = matrix[i * n + j]!
      for (let k = 0; k < j; k++) total -= matrix[i * n + k]! * matrix[j * n + k]!
      if (i !== j) matrix[i * n + j] = total / matrix[j * n + j]!
      else if (total > 0) matrix[i * n + i] = Math.sqrt(total)
      else return false
    }
  }
  return true
}

/** Solves L x = b in place. */
function solveLower(lower: Float64Array, n: number, b: Float64Array): Float64Array {
  for (let i = 0; i < n; i++) {
    let total = b[i]!
    for (let k = 0; k < i; k++) total -= lower[i * n + k]! * b[k]!
    b[i] = total / lower[i * n + i]!
  }
  return b
}

/** Solves Lᵀ x = b in place. */
function solveUpper(lower: Float64Array, n: number, b: Float64Array): Float64Array {
  for (let i = n - 1; i >= 0; i--) {
    b[i]! /= lower[i * n + i]!
    for (let k = 0; k < i; k++) b[k]! -= lower[i * n + k]! * b[i]!
  }
  return b
}

/** −log p(values | kernel) − log p(kernel), without constants, and its slope along the logarithms. */
export function negativeLogPosterior(
  squares: readonly Float64Array[],
  values: Float64Array,
  logs: Float64Array,
): Slope {
  const n = values.length
  const { inverseSquares, scale, noise } = kernelOf(logs)
  const dimensions = squares.length
  const pairs = (n * (n - 1)) / 2
  const lower = new Float64Array(n * n)
  const distances = new Float64Array(pairs)
  for (const [d, column] of squares.entries()) {
    for (let pair = 0; pair < pairs; pair++) distances[pair]! += inverseSquares[d]! * column[pair]!
  }
  for (let i = 0, pair = 0; i < n; i++) {
    for (let j = 0; j < i; j++) lower[i * n + j] = scale * matern(distances[pair++]!)
    lower[i * n + i] = scale + noise
  }
  if (!cholesky(lower, n)) return { value: Infinity, gradient: new Float64Array(logs.length) }
  const half = solveLower(lower, n, values.slice())
  let value = dot(half, half) / 2
  for (let i = 0; i < n; i++) value += Math.log(lower[i * n + i]!)

  const alpha = solveUpper(lower, n, half)
  const inverse = inverseOf(lower, n)
  // Slopes of the value are ½ tr((K⁻¹ − ααᵀ) ∂K); off the diagonal each pair counts twice.
  const gradient = new Float64Array(dimensions + 2)
  const alongDistance = new Float64Array(pairs)
  for (let i = 0, pair = 0; i < n; i++) {
    for (let j = 0; j < i; j++, pair++) {
      const weight = inverse[i * n + j]! - alpha[i]! * alpha[j]!
      const r = SQRT5 * Math.sqrt(distances[pair]!)
      const decay = scale * Math.exp(-r)
      alongDistance[pair] = weight * (-5 / 6) * (1 + r) * decay
      gradient[dimensions]! += weight * (1 + r + (r * r) / 3) * decay
    }
    const weight = (inverse[i * n + i]! - alpha[i]! ** 2) / 2
    gradient[dimensions]! += weight * scale
    gradient[dimensions + 1]! += weight * (noise - LEAST_NOISE)
  }
  for (const [d, column] of squares.entries()) {
    const theta = inverseSquares[d]!
    gradient[d] = theta * dot(alongDistance, column) - 0.1 / theta + 0.1 * theta
    value += 0.1 / theta + 0.1 * theta
  }
  gradient[dimensions]! += scale - 1
  gradient[dimensions + 1]! += (noise - LEAST_NOISE) * (30 - 0.1 / noise)
  value += scale - Math.log(scale) + 30 * noise - 0.1 * Math.log(noise)
  return { value, gradient }
}

/** The lower triangle of (L Lᵀ)⁻¹. */
function inverseOf(lower: Float64Array, n: number): Float64Array {
  // First L⁻¹, its rows being the columns of L⁻ᵀ.
  const low = new Float64Array(n * n)
  for (let j = 0; j < n; j++) {
    low[j * n + j] = 1 / lower[j * n + j]!
    for (let i = j + 1; i < n; i++) {
      let total = 0
      for (let k = j; k < i; k++) total -= lower[i * n + k]! * low[j * n + k]!
      low[j * n + i] = total / lower[i * n + i]!
    }
  }
  const inverse = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let total = 0
      for (let k = i; k < n; k++) total += low[i * n + k]! * low[j * n + k]!
      inverse[i * n + j] = total
    }
  }
  return inverse
}

function conditioned(
  coordinates: readonly Coordinate[],
  kernel: Kernel,
  rows: readonly Row[],
  values: Float64Array,
): Regression {
  const { inverseSquares, scale, noise } = kernel
  const n = rows.length
  const isCategory = coordinates.map(coordinate => coordinate === 'category')
  const covariance = (a: Row, b: Row): number => {
    let distance = 0
    for (let d = 0; d < a.length; d++) {
      const apart = a[d]! - b[d]!
      if (apart !== 0) distance += inverseSquares[d]! * (isCategory[d] ? 1 : apart * apart)
    }
    return scale * matern(distance)
  }
  const lower = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) lower[i * n + j] = covariance(rows[i]!, rows[j]!)
    lower[i * n + i] = scale + noise
  }
  cholesky(lower, n)
  const alpha = solveUpper(lower, n, solveLower(lower, n, values.slice()))
  const predict = (row: Row): Prediction => {
    const column = new Float64Array(n)
    for (let i = 0; i < n; i++) column[i] = covariance(row, rows[i]!)
    const mean = dot(column, alpha)
    const half = solveLower(lower, n, column)
    return { mean, deviation: Math.sqrt(Math.max(1e-12, scale - dot(half, half))) }
  }
  return {
    predict,
    believing: more =>
      conditioned(
        coordinates,
        kernel,
        [...rows, ...more],
        Float64Array.from([...values, ...more.map(row => predict(row).mean)]),
      ),
  }
}
