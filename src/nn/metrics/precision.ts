import { meanOverClasses } from './class-counts.ts'
import type { Metric } from './metric.ts'

/**
 * The mean over classes of the share of images taken for a class that are it; 0 for a class that was never predicted.
 * A class that no image has and that was never predicted is left out.
 * Source: https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_score.html with `average="macro"`.
 */
export const precision = {
  name: 'precision',
  label: 'precision',
  better: 'more',
  unit: 'share',
  readsOutputs: true,
  ...meanOverClasses(({ taken, both }) => (taken === 0 ? 0 : both / taken)),
} as const satisfies Metric
