import { meanOverClasses } from './class-counts.ts'
import type { Metric } from './metric.ts'

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
  ...meanOverClasses(({ is, taken, both }) => (2 * both) / (is + taken)),
} as const satisfies Metric
