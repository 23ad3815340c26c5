import { median as medianOf } from '../../base/maths.ts'
import { integer, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import type { SchedulerDefinition, Scheduling, TrialProgress } from './scheduler.ts'

const fields = {
  /** Trials that must have reached an epoch before any is held back there. Default 5. */
  startTrials: integer(5),
  /** Epochs that every trial is trained at first. Default 1. */
  warmupEpochs: integer(1),
}

export interface MedianOptions extends Options<typeof fields> {}
export type MedianSpec = Spec<'median', typeof fields>

/**
 * The median rule: after every epoch, a trial goes on if the best that it has measured is at least as good as the median of what trials measured
 * after this epoch. One that does not go on is paused: it continues if later trials are worse.
 *
 * Throws a `UsageError` for a bad option.
 * Source: D. Golovin et al., Google Vizier: A Service for Black-Box Optimization (2017), section 3.1.
 *
 * @example
 * median({ warmupEpochs: 2 }).startTrials // 5
 */
export function median(options: MedianOptions = {}): MedianSpec {
  return parseSpec('median', fields, options)
}

export const medianScheduler: SchedulerDefinition<MedianSpec> = {
  fields,
  scheduling: medianScheduling,
}

function medianScheduling({ startTrials, warmupEpochs }: MedianSpec): Scheduling {
  return {
    first: maxEpochs => Math.min(warmupEpochs, maxEpochs),
    next(trials) {
      const medians = new Map<number, number>()
      const medianAt = (epochs: number): number => {
        const known = medians.get(epochs)
        if (known !== undefined) return known
        const losses = trials.flatMap(
          ({ reports }) => reports.find(report => report.epochs === epochs)?.loss ?? [],
        )
        const found = losses.length < startTrials ? Number.POSITIVE_INFINITY : medianOf(losses)
        medians.set(epochs, found)
        return found
      }
      const next = trials.find(
        trial => isAtRest(trial) && bestOf(trial) <= medianAt(trial.reports.at(-1)!.epochs),
      )
      return next ? { trial: next.trial, epochs: next.reports.at(-1)!.epochs + 1 } : null
    },
  }
}

function isAtRest({ target, isDone, reports }: TrialProgress): boolean {
  return target === null && !isDone && reports.length > 0
}

function bestOf({ reports }: TrialProgress): number {
  return Math.min(...reports.map(({ loss }) => loss))
}
