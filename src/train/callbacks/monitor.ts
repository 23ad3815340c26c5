import { UsageError } from '../../base/errors.ts'
import { oneOf } from '../../base/schema.ts'
import { type MetricName, metrics, requestFor } from '../../nn/metrics/index.ts'
import type { TrainEvent } from '../../protocol/events.ts'
import { type Measure, measuresOf, type Side } from '../../protocol/metric.ts'

type Name = 'loss' | MetricName
/** A metric of the training, of the validation, or of the training examples measured again. */
type Monitor = Name | `val${Capitalize<Name>}` | `train${Capitalize<Name>}`

const measures = measuresOf(metrics, ['validation', 'training', 'remeasured'])

/** The option `monitor` of a callback: which number of the history it watches. */
export const monitorField = oneOf(
  measures.map(({ name }) => name as Monitor),
  'valLoss',
)

/** The option `mode`: whether less or more is better; `auto`: as the metric declares it. */
export const modeField = oneOf(['auto', 'min', 'max'], 'auto')

/** What a callback watches. */
interface Watched {
  /** Every number is better than this one. */
  readonly worst: number
  /** By more than `minDelta`. */
  better(value: number, than: number): boolean
  /** The number of an epoch; `undefined` for other events. Throws a `UsageError` if it is not measured. */
  read(event: TrainEvent): number | undefined
}

interface Watching {
  readonly kind: string
  readonly monitor: Monitor
  readonly mode: 'auto' | 'min' | 'max'
  readonly minDelta: number
}

export function watch({ kind, monitor, mode, minDelta }: Watching): Watched {
  const measure = measures.find(({ name }) => name === monitor)!
  const isMore = mode === 'auto' ? measure.better === 'more' : mode === 'max'
  return {
    worst: isMore ? -Infinity : Infinity,
    better: (value, than) => (isMore ? value > than + minDelta : value < than - minDelta),
    read(event) {
      if (event.type === 'run-start' && event.validationCount === 0 && measure.side === 'validation') {
        throw unmeasured(kind, measure)
      }
      if (event.type !== 'epoch') return undefined
      const value = event.metrics[monitor]
      if (value === undefined) throw unmeasured(kind, measure)
      return value
    },
  }
}

/** What each side needs. */
const sideNeeds: Readonly<Partial<Record<Side, string>>> = {
  validation: 'validationSplit: 0.2',
  remeasured: 'evaluateTraining: true',
}

/** What a training must be given to measure it; empty text: nothing. */
export function needsOf({ side, metric }: Measure): string {
  return [sideNeeds[side], requestFor(metric)].filter(need => need).join(' and ')
}

function unmeasured(kind: string, measure: Measure): UsageError {
  return new UsageError(
    `${kind} watches "${measure.name}", which is not measured: give the training ${needsOf(measure)}, or watch "loss".`,
  )
}
