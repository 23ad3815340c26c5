import { type Metric, meanOf } from './metric.ts'

/** The share of examples whose class is among the `topK` most probable ones. */
export const topKAccuracy = {
  name: 'topKAccuracy',
  label: 'top-k accuracy',
  better: 'more',
  unit: 'share',
  readsOutputs: false,
  ...meanOf(({ topCorrect, count }) => topCorrect / count),
} as const satisfies Metric
