import type { Metric } from './metric.ts'

/** Thresholds divide 0 to 1 into this many equal parts. */
const PARTS = 199
/** Sums of a class: how many probabilities lie in each part, for the images of the class, then for all others. */
const PER_CLASS = 2 * PARTS

/**
 * The mean over classes of the area under the curve of true against false positive rates, a class against all others: the
 * chance that an image of the class has a higher probability for it than another image.
 *
 * The curve has 200 points, so that its sums are few: it differs from the exact area in the third digit, as Keras' does.
 * A class that no image has, or that every image has, is left out.
 * Source: https://keras.io/api/metrics/classification_metrics/#auc-class with `multi_label=True`.
 */
export const auc = {
  name: 'auc',
  label: 'AUC',
  better: 'more',
  unit: 'share',
  readsOutputs: true,
  init: classes => Array.from({ length: classes * PER_CLASS }, () => 0),
  add(sums, { outputs, labels, count }) {
    const classes = sums.length / PER_CLASS
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < classes; k++) {
        const at = k * PER_CLASS + (labels[i] === k ? 0 : PARTS)
        sums[at + partOf(outputs[i * classes + k]!)]!++
      }
    }
  },
  value(sums) {
    let total = 0
    let classes = 0
    for (let at = 0; at < sums.length; at += PER_CLASS) {
      const area = areaOf(sums.slice(at, at + PARTS), sums.slice(at + PARTS, at + PER_CLASS))
      if (!Number.isFinite(area)) continue
      total += area
      classes++
    }
    return total / classes
  },
} as const satisfies Metric

/** A probability on a threshold lies below it. What is no number comes last. */
function partOf(probability: number): number {
  const part = Math.ceil(probability * PARTS) - 1
  return part > 0 ? Math.min(part, PARTS - 1) : 0
}

/** By trapezoids, from the highest threshold down; NaN where a side has no image. */
function areaOf(positives: readonly number[], negatives: readonly number[]): number {
  let [area, hits, misses] = [0, 0, 0]
  for (let part = PARTS - 1; part >= 0; part--) {
    area += negatives[part]! * (hits + positives[part]! / 2)
    hits += positives[part]!
    misses += negatives[part]!
  }
  return area / (hits * misses)
}
