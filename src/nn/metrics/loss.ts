import { type Metric, meanOf } from './metric.ts'

/** The mean loss, with what regularizers add: what training makes smaller. */
export const loss = {
  name: 'loss',
  label: 'loss',
  better: 'less',
  unit: 'number',
  always: true,
  readsOutputs: false,
  ...meanOf(batch => batch.loss),
} as const satisfies Metric
