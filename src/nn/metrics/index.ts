import { UsageError } from '../../base/errors.ts'
import { custom, type Field, integer, oneOf, optional, show } from '../../base/schema.ts'
import type { Measured } from '../../protocol/events.ts'
import { type Measurements, type MetricFacts, measuredIn, measuresOf } from '../../protocol/metric.ts'
import { accuracy } from './accuracy.ts'
import { auc } from './auc.ts'
import { f1Score } from './f1-score.ts'
import { loss } from './loss.ts'
import type { Metric } from './metric.ts'
import { precision } from './precision.ts'
import { recall } from './recall.ts'
import { topKAccuracy } from './top-k-accuracy.ts'

/** Every metric that a training may ask for, in the order in which they are shown. A new one is a file and its name here. */
const choices = [accuracy, topKAccuracy, f1Score, precision, recall, auc] as const

export type MetricName = (typeof choices)[number]['name']

/** All metrics, the loss first: it is always measured, as is the accuracy, which the engine counts at no cost. */
export const metrics: readonly Metric[] = [loss, ...choices]

/** Every number that an epoch may measure. */
export const epochMeasures = measuresOf(metrics, ['training', 'validation', 'remeasured'])

/** Every number that a test may measure, the loss last. */
export const testMeasures = measuresOf([...choices, loss], ['test'])

/** What the test of a recorded run measured; `null`: it was not tested. */
export function ofTest(recorded: Measurements): Measured | null {
  const found = measuredIn(testMeasures, [recorded])
  if (found.length === 0) return null
  return Object.fromEntries(
    found.map(({ name, metric }) => [metric.name, recorded[name]]),
  ) as unknown as Measured
}

/** A metric that a program has defined for itself: see `defineMetric`. */
export interface OwnMetric extends Metric {
  readonly always?: undefined
}

/** Those that were made in this program; what looks like one in a file is none. */
export const own = new WeakSet<OwnMetric>()

/** Whether numbers of an epoch have this name already. */
export function isTaken(name: string): boolean {
  return name === 'learningRate' || epochMeasures.some(measure => measure.name === name)
}

const nameField = oneOf(choices.map(({ name }) => name))

/** The option `metrics`: a list of names, and of metrics of the program's own. */
export const metricsField: Field<readonly (MetricName | OwnMetric)[], readonly (MetricName | OwnMetric)[]> =
  custom<readonly (MetricName | OwnMetric)[], readonly (MetricName | OwnMetric)[]>(
    Object.freeze([accuracy.name]),
    (value, path) => {
      if (!Array.isArray(value)) throw new UsageError(`${path} must be a list, not ${show(value)}.`)
      return Object.freeze(value.map((item, i) => parseMetric(item, `${path}[${i}]`)))
    },
    { type: 'list', of: nameField.form },
  )

function parseMetric(value: unknown, path: string): MetricName | OwnMetric {
  if (typeof value !== 'object' || value === null) return nameField.parse(value, path)
  if (own.has(value as OwnMetric)) return value as OwnMetric
  throw new UsageError(
    `${path}: an object is a metric only where defineMetric made it in this program; files hold no code. Metrics with a name are ` +
      `${choices.map(({ name }) => name).join(', ')}.`,
  )
}

/** The option `topK`. */
export const topKField = optional(integer())

/** Options that say what is measured. */
export interface MetricOptions {
  readonly metrics: readonly (MetricName | OwnMetric)[]
  readonly topK: number | null
}

/** What such options ask for. Throws a `UsageError` for the top-k accuracy without its k. */
export function metricsOf({ metrics: asked, topK }: MetricOptions): readonly Metric[] {
  const [named, defined] = [
    asked.filter(one => typeof one === 'string'),
    asked.filter(one => typeof one !== 'string'),
  ]
  if (named.includes(topKAccuracy.name) && topK === null) {
    throw new UsageError(
      `metrics: "${topKAccuracy.name}" needs its k: give ${requestFor(topKAccuracy)} as well.`,
    )
  }
  const twice = defined.find(({ name }, i) => defined.findIndex(one => one.name === name) < i)
  if (twice) {
    throw new UsageError(
      `metrics: two metrics of your own have the name "${twice.name}". Leave one out, or define it with another name.`,
    )
  }
  const wanted: readonly string[] = topK === null ? named : [...named, topKAccuracy.name]
  return [...metrics.filter(({ name, always }) => always || wanted.includes(name)), ...defined]
}

/** What a training must be given to measure it; `null`: nothing. */
export function requestFor({ name, always }: MetricFacts): string | null {
  if (always) return null
  return name === topKAccuracy.name ? 'topK: 3' : `metrics: ['${name}']`
}
