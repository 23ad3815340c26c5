import { HeddleError } from '../../base/errors.ts'
import type { Discordance } from '../../protocol/comparison.ts'

/**
 * Counts the examples that only one of two networks got right, from `correctness` of each.
 * Throws a `HeddleError` if the lists differ in length.
 *
 * @example
 * discordance(Uint8Array.of(1, 1, 0, 0), Uint8Array.of(1, 0, 1, 1)) // { onlyFirst: 1, onlySecond: 2 }
 */
export function discordance(first: Uint8Array, second: Uint8Array): Discordance {
  if (first.length !== second.length) {
    throw new HeddleError(
      `Predictions of ${first.length} and of ${second.length} examples cannot be paired: test both networks on the same data.`,
    )
  }
  let [onlyFirst, onlySecond] = [0, 0]
  for (let i = 0; i < first.length; i++) {
    if (first[i]! > second[i]!) onlyFirst++
    else if (first[i]! < second[i]!) onlySecond++
  }
  return { onlyFirst, onlySecond }
}

/**
 * McNemar's exact test: how probable a split as uneven as this one is, if each of the examples that only one network got
 * right had fallen to either with equal chance. min(1, 2 · P[X ≤ the smaller count]), X binomial with 1/2.
 * Source: Q. McNemar, Psychometrika 12 (1947), 153; https://www.statsmodels.org/stable/generated/statsmodels.stats.contingency_tables.mcnemar.html.
 *
 * @example
 * exactMcNemar({ onlyFirst: 1, onlySecond: 7 }) // 0.0703125
 */
export function exactMcNemar({ onlyFirst, onlySecond }: Discordance): number {
  const n = onlyFirst + onlySecond
  const smaller = Math.min(onlyFirst, onlySecond)
  // From the largest term down: C(n, k − 1) = C(n, k) · k / (n − k + 1).
  let log = -n * Math.LN2
  for (let i = 1; i <= smaller; i++) log += Math.log((n - smaller + i) / i)
  let term = Math.exp(log)
  let tail = 0
  for (let k = smaller; k >= 0; k--) {
    tail += term
    term *= k / (n - k + 1)
  }
  return Math.min(1, 2 * tail)
}

/**
 * Holm's correction: p-values of several questions to the same data, raised so that the chance of a single false alarm
 * among all of them keeps its level. The i-th smallest of m is multiplied by m − i + 1, and none is below a smaller one.
 * Source: S. Holm, Scandinavian Journal of Statistics 6 (1979), 65.
 *
 * @example
 * holm([0.01, 0.04, 0.03]) // [0.03, 0.06, 0.06]
 */
export function holm(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => pValues[a]! - pValues[b]!)
  const corrected = Array<number>(pValues.length)
  let largest = 0
  order.forEach((position, i) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - i) * pValues[position]!))
    corrected[position] = largest
  })
  return corrected
}
