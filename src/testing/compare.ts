import type { Floats } from '../ops/op.ts'

/** The largest difference between two arrays, relative to the largest magnitude in the expected one. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  let difference = 0
  let largest = 0
  for (let i = 0; i < expected.length; i++) {
    // Written so that NaN is a difference, unless both are.
    const one = Math.abs(actual[i]! - expected[i]!)
    if (!(one <= difference) && !Object.is(actual[i], expected[i])) difference = one
    largest = Math.max(largest, Math.abs(expected[i]!))
  }
  return difference === 0 ? 0 : difference / Math.max(largest, Number.MIN_VALUE)
}

/** Everything that a step of a network computes. */
export interface StepValues {
  readonly outputs: Floats
  readonly inputGradient: Floats
  /** By name: `conv2d/kernel`. */
  readonly gradients: ReadonlyMap<string, Floats>
}

/** The name and size of the worst difference between two steps. */
export function worstDifference(
  actual: StepValues,
  expected: StepValues,
): { name: string; difference: number } {
  const pairs: [string, ArrayLike<number>, ArrayLike<number>][] = [
    ['outputs', actual.outputs, expected.outputs],
    ['inputGradient', actual.inputGradient, expected.inputGradient],
    ...[...expected.gradients].map(
      ([name, values]) =>
        [name, actual.gradients.get(name) ?? [], values] as [string, ArrayLike<number>, Floats],
    ),
  ]
  return pairs
    .map(([name, a, b]) => ({ name, difference: relativeDifference(a, b) }))
    .reduce((worst, one) => (one.difference > worst.difference ? one : worst))
}
