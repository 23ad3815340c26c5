/** Numbers as counts: bins of equal width from `low` to `high`. */
export interface Counts {
  readonly low: number
  readonly high: number
  readonly counts: readonly number[]
}

/** Arrays by their names (`conv2d/kernel`). */
export type ArrayCounts = Readonly<Record<string, Counts>>

/** The weights at the end of an epoch. */
export interface EpochCounts {
  readonly epoch: number
  readonly weights: ArrayCounts
  /** Those of the epoch's last step, as its update took them; `null`: they are not known, as with Muon or of an older Heddle. */
  readonly gradients: ArrayCounts | null
}

/** Bins of each array: as many rows as a small picture of them has. */
export const BINS = 32

/** Whether a value that may come from anywhere is the counts of arrays by name. */
export function isCounts(value: unknown): value is ArrayCounts {
  return isObject(value) && Object.values(value).every(isArrayCounts)
}

function isArrayCounts(value: unknown): value is Counts {
  if (!isObject(value)) return false
  const { low, high, counts } = value
  return (
    Number.isFinite(low) &&
    Number.isFinite(high) &&
    (low as number) <= (high as number) &&
    Array.isArray(counts) &&
    counts.length === BINS &&
    counts.every(count => Number.isSafeInteger(count) && count >= 0)
  )
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
