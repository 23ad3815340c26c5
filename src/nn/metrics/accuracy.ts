import { type Metric, meanOf } from './metric.ts'

/** The share of examples whose most probable class is the labelled one. */
export const accuracy = {
  name: 'accuracy',
  label: 'accuracy',
  better: 'more',
  unit: 'share',
  always: true,
  readsOutputs: false,
  ...meanOf(({ correct, count }) => correct / count),
} as const satisfies Metric
