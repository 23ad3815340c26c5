import type { Floats } from './op.ts'

/** The quintic of Jordan et al. (2024): steepest at zero, so that few steps bring all singular values near 1. */
const [A, B, C] = [3.4445, -4.775, 2.0315]

/** Added to the norm that the matrix is divided by first. */
const NORM_EPSILON = 1e-7

/** A matrix, row by row. */
interface Matrix {
  readonly values: Floats
  readonly rows: number
  readonly columns: number
}

/**
 * Makes the singular values of a matrix nearly 1, in place, and keeps its singular vectors: `steps` of Newton-Schulz's iteration
 * X ← a·X + (b·A + c·A²)·X with A = X·Xᵀ, from X = G / (‖G‖ + 1e-7). It runs over the shorter side.
 *
 * Source: Jordan et al. (2024), https://kellerjordan.github.io/posts/muon/; Bernstein and Newhouse (2024).
 */
export function orthogonalize(matrix: Matrix, steps: number): void {
  const { values, rows, columns } = matrix
  let squares = 0
  for (const value of values) squares += value * value
  const norm = Math.sqrt(squares) + NORM_EPSILON
  const flat = rows <= columns
  let x: Matrix = flat ? { ...matrix, values: values.slice() } : transposed(matrix)
  for (let i = 0; i < x.values.length; i++) x.values[i]! /= norm
  for (let step = 0; step < steps; step++) {
    const a = product(x, transposed(x))
    const square = product(a, a)
    const b = { ...a, values: a.values.map((value, i) => B * value + C * square.values[i]!) }
    const moved = product(b, x)
    x = { ...x, values: moved.values.map((value, i) => A * x.values[i]! + value) }
  }
  values.set((flat ? x : transposed(x)).values)
}

function product(left: Matrix, right: Matrix): Matrix {
  const [rows, inner, columns] = [left.rows, left.columns, right.columns]
  const values = new (left.values.constructor as Float64ArrayConstructor)(rows * columns)
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++)
      for (let j = 0; j < columns; j++)
        values[i * columns + j]! += left.values[i * inner + k]! * right.values[k * columns + j]!
  return { values, rows, columns }
}

function transposed({ values, rows, columns }: Matrix): Matrix {
  return {
    values: values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!),
    rows: columns,
    columns: rows,
  }
}
