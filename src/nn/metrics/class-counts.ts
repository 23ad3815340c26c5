import { argMax } from '../../base/maths.ts'
import type { Metric } from './metric.ts'

/** What was counted of one class. */
export interface ClassCounts {
  /** Images that are it. */
  readonly is: number
  /** Images that were taken for it. */
  readonly taken: number
  /** Images that are both. */
  readonly both: number
}

const [IS, TAKEN, BOTH, PER_CLASS] = [0, 1, 2, 3]

/**
 * The mean over classes of a number that follows from their counts; a class that no image has and that was never predicted is
 * left out.
 */
export function meanOverClasses(
  ofClass: (counts: ClassCounts) => number,
): Pick<Metric, 'init' | 'add' | 'value'> {
  return {
    init: classes => Array.from({ length: classes * PER_CLASS }, () => 0),
    add(sums, { outputs, labels, count }) {
      const classes = sums.length / PER_CLASS
      for (let i = 0; i < count; i++) {
        const row = outputs.subarray(i * classes, (i + 1) * classes)
        const label = labels[i]!
        sums[label * PER_CLASS + IS]!++
        // Numbers without an order are no answer.
        if (!row.every(Number.isFinite)) continue
        const taken = argMax(row)
        sums[taken * PER_CLASS + TAKEN]!++
        if (taken === label) sums[label * PER_CLASS + BOTH]!++
      }
    },
    value(sums) {
      let total = 0
      let classes = 0
      for (let at = 0; at < sums.length; at += PER_CLASS) {
        const counts = { is: sums[at + IS]!, taken: sums[at + TAKEN]!, both: sums[at + BOTH]! }
        if (counts.is + counts.taken === 0) continue
        total += ofClass(counts)
        classes++
      }
      return total / classes
    },
  }
}
