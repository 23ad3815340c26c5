import { type MetricFacts, measuredText } from '../../../src/protocol/metric.ts'
import { short } from '../parts/format.ts'

/** A metric of charts: what runs measure, or what follows from their training. */
export interface ChartMetric extends MetricFacts {
  /** Writes a value; left out: as the metric is written everywhere. */
  readonly text?: (value: number) => string
}

/** Shown where it is asked for. */
export const learningRate: ChartMetric = {
  name: 'learningRate',
  label: 'learning rate',
  better: 'less',
  unit: 'number',
  text: rate => String(+rate.toPrecision(4)),
}

/** What the process of a training used. Each is a field of `UsageRow`. */
export const systemMetrics: readonly ChartMetric[] = [
  {
    name: 'imagesPerSecond',
    label: 'images per second',
    better: 'more',
    unit: 'number',
    text: short,
  },
  {
    name: 'processors',
    label: 'processors in use',
    better: 'more',
    unit: 'number',
    text: value => value.toFixed(2),
  },
  {
    name: 'memoryBytes',
    label: 'memory, MB',
    better: 'less',
    unit: 'number',
    text: value => value.toFixed(0),
  },
]

/** What a row is multiplied by on its way into a chart. */
export const chartUnits: Readonly<Record<string, number>> = { memoryBytes: 1e-6 }

export function chartText(metric: ChartMetric, value: number | undefined): string {
  return value !== undefined && metric.text ? metric.text(value) : measuredText(metric, value)
}
