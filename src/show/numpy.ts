import { HeddleError } from '../base/errors.ts'

/** NumPy's default `linewidth`. */
const LINE = 75
const PREFIX = 'array('

/**
 * A list or table of whole numbers as NumPy's `repr` prints it, broken at 75 columns.
 *
 * `values` is `[length]` or `[rows, columns]`, row by row, at most 1,000 numbers (NumPy would leave some out).
 * Throws a `HeddleError` for other shapes and numbers.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.array2string.html.
 *
 * @example
 * numpyArray(Uint8Array.of(7, 255), [2], 'uint8') // 'array([  7, 255], dtype=uint8)'
 */
export function numpyArray(
  values: ArrayLike<number>,
  shape: readonly number[],
  type: 'uint8' | 'float32',
): string {
  const [rows, columns] = shape.length === 1 ? [1, shape[0]!] : [shape[0]!, shape[1]!]
  const numbers = Array.from(values)
  const fits = shape.length >= 1 && shape.length <= 2 && numbers.length === rows * columns
  if (!fits || numbers.length > 1000 || !numbers.every(Number.isInteger)) {
    throw new HeddleError(
      `numpyArray prints lists and tables of at most 1,000 whole numbers, not ${numbers.length} of the shape ${shape.join(' × ')}.`,
    )
  }
  const words = numbers.map(value => `${value}${type === 'float32' ? '.' : ''}`)
  const width = Math.max(...words.map(word => word.length))
  const padded = words.map(word => word.padStart(width))
  const lines = Array.from({ length: rows }, (_, i) =>
    list(padded.slice(i * columns, (i + 1) * columns), shape.length),
  )
  const indent = ' '.repeat(PREFIX.length + 1)
  const text = shape.length === 1 ? lines[0]! : `[${lines.join(`,\n${indent}`)}]`
  const [whole, dtype] = [`${PREFIX}${text},`, `dtype=${type})`]
  const last = whole.length - (whole.lastIndexOf('\n') + 1)
  const breaks = last + dtype.length + 1 > LINE
  return `${whole}${breaks ? `\n${' '.repeat(PREFIX.length)}` : ' '}${dtype}`
}

/** One row in brackets; `depth` brackets are open, and as many close behind it. */
function list(words: readonly string[], depth: number): string {
  const indent = ' '.repeat(PREFIX.length + depth)
  const room = LINE - 1 - depth
  let [text, line] = ['', indent]
  words.forEach((word, i) => {
    if (line.length + word.length > room && line.length > indent.length) {
      text += `${line.trimEnd()}\n`
      line = indent
    }
    line += i < words.length - 1 ? `${word}, ` : word
  })
  return `[${(text + line).slice(indent.length)}]`
}
