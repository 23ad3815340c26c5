import { meanOverClasses } from './class-counts.ts'
import type { Metric } from './metric.ts'

/**
 * The mean over classes of the share of a class's images that were taken for it; 0 for a class that no image has and that was
 * predicted. A class that no image has and that was never predicted is left out.
 * Source: https://scikit-learn.org/stable/modules/generated/sklearn.metrics.recall_score.html with `average="macro"`.
 */
export const recall = {
  name: 'recall',
  label: 'recall',
  better: 'more',
  unit: 'share',
  readsOutputs: true,
  ...meanOverClasses(({ is, both }) => (is === 0 ? 0 : both / is)),
} as const satisfies Metric
