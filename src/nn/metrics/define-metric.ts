import { UsageError } from '../../base/errors.ts'
import { show } from '../../base/schema.ts'
import { isTaken, type OwnMetric, own } from './index.ts'
import type { Metric } from './metric.ts'

/**
 * A metric of your own, for `metrics` of `fit` and `evaluate`: `metrics: ['accuracy', mine]`. The history has it as `name`, `valName`
 * and `trainName`.
 *
 * `init` makes its sums, plain numbers; `add` adds a batch to them (`outputs` is `[count, classes]`, probabilities behind a
 * softmax or sigmoid); `value` is the number. `metricContract` of `heddle/testing` checks it. Files hold no code: experiments cannot
 * have it, and callbacks cannot watch it. Throws a `UsageError` for a bad name, or that of a metric that exists.
 *
 * @example
 * const confidence = defineMetric({
 *   name: 'confidence',
 *   label: 'confidence',
 *   better: 'more',
 *   unit: 'share',
 *   readsOutputs: true,
 *   init: () => [0, 0],
 *   add(sums, { outputs, count }) {
 *     const classes = outputs.length / count
 *     for (let i = 0; i < count; i++) sums[0]! += Math.max(...outputs.subarray(i * classes, (i + 1) * classes))
 *     sums[1]! += count
 *   },
 *   value: ([sum, count]) => sum! / count!,
 * })
 * trainSpec({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['accuracy', confidence] }).metrics.length // 2
 */
export function defineMetric(metric: Metric): OwnMetric {
  const { name } = metric
  if (typeof name !== 'string' || !/^[a-z]\w{0,49}$/.test(name)) {
    throw new UsageError(
      `The name of a metric must start with a small letter and hold letters, digits and "_", at most 50; not ${show(name)}.`,
    )
  }
  if (isTaken(name)) throw new UsageError(`There is a metric "${name}" already: choose another name.`)
  const made = Object.freeze({ ...metric }) as OwnMetric
  own.add(made)
  return made
}
