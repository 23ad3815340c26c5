import { argMax } from '../../base/maths.ts'
import type { Metric } from './metric.ts'

/** Numbers of one class: images that are it, images that were taken for it, and images that are both. */
const [IS, TAKEN, BOTH, PER_CLASS] = [0, 1, 2, 3]

/**
 * The mean over classes of F1 = 2 · precision · recall / (precision + recall). Each class counts the same: unlike
 * accuracy it shows that a rare class is never found. A class that no image has and that was never predicted is left out.
 * Source: https://scikit-learn.org/stable/modules/generated/sklearn.metrics.f1_score.html with `average="macro"`.
 */
export const f1Score = {
  name: 'f1Score',
  label: 'F1',
  better: 'more',
  unit: 'share',
  readsOutputs: true,
  init: (classes: number) => Array.from({ length: classes * PER_CLASS }, () => 0),
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
      const images = sums[at + IS]! + sums[at + TAKEN]!
      if (images === 0) continue
      total += (2 * sums[at + BOTH]!) / images
      classes++
    }
    return total / classes
  },
} as const satisfies Metric
