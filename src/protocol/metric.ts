import { decimal, percent } from '../base/text.ts'

/** What a metric is to people. Everything that lists, plots, sorts or prints metrics reads this. */
export interface MetricFacts {
  /** In options, files and programs: `topKAccuracy`. */
  readonly name: string
  /** In tables and charts: `top-k accuracy`. */
  readonly label: string
  readonly better: 'more' | 'less'
  /** A `share` is a number from 0 to 1 and may be shown in percent. */
  readonly unit: 'share' | 'number'
  /** Every training measures it, also when it does not ask for it. */
  readonly always?: boolean | undefined
}

/** The word that the name and the label of a metric begin with on each side. */
const sides = { training: '', validation: 'val', remeasured: 'train', test: 'test' } as const

/**
 * Which examples a metric is measured on, and when:
 *
 * - `training`: over the epoch's steps, while weights change and dropout is on. This is what Keras prints.
 * - `validation`: after the epoch, dropout off, on the validation examples.
 * - `remeasured`: after the epoch, dropout off, on the training examples again.
 * - `test`: after the last epoch, dropout off, on the test examples.
 */
export type Side = keyof typeof sides

/** Numbers by name, such as `loss`, `valAccuracy` and `testLoss`. What was not measured is absent. */
export type Measurements = Readonly<Record<string, number>>

/** A metric on one side: one number of an epoch or a run. */
export interface Measure extends MetricFacts {
  readonly side: Side
  readonly metric: MetricFacts
}

/**
 * A metric on one side.
 *
 * @example
 * measureOf({ name: 'loss', label: 'loss', better: 'less', unit: 'number' }, 'validation').name // 'valLoss'
 */
export function measureOf(metric: MetricFacts, side: Side): Measure {
  const label = `${sides[side]} ${metric.label}`.trim()
  return { ...metric, name: nameOn(side, metric.name), label, side, metric }
}

/** Every metric on each of some sides, one side after the other. */
export function measuresOf(metrics: readonly MetricFacts[], on: readonly Side[]): readonly Measure[] {
  return on.flatMap(side => metrics.map(metric => measureOf(metric, side)))
}

/** Those that any of some epochs or runs has. */
export function measuredIn(
  measures: readonly Measure[],
  records: readonly Measurements[],
): readonly Measure[] {
  return measures.filter(({ name }) => records.some(record => record[name] !== undefined))
}

/**
 * The label at the beginning of a column or over a chart.
 *
 * @example
 * titleOf({ label: 'val accuracy' }) // 'Val accuracy'
 */
export function titleOf({ label }: Pick<MetricFacts, 'label'>): string {
  return label[0]!.toUpperCase() + label.slice(1)
}

/** `90.12 %` for a share, four digits after the point for another number, a dash for what was not measured. */
export function measuredText({ unit }: Pick<MetricFacts, 'unit'>, value: number | undefined): string {
  return unit === 'share' ? percent(value) : decimal(value)
}

/** What was measured on one side, under the names of that side. */
export function onSide(side: Side, measured: Measurements): Measurements {
  return Object.fromEntries(Object.entries(measured).map(([name, value]) => [nameOn(side, name), value]))
}

function nameOn(side: Side, name: string): string {
  const word = sides[side]
  return word === '' ? name : word + name[0]!.toUpperCase() + name.slice(1)
}

/** A name as Keras writes it: `val_top_k_accuracy`. */
export function kerasName(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
