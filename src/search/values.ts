import type { EpochMetrics } from '../protocol/events.ts'
import type { ObjectiveFacts } from '../protocol/study.ts'
import { keptEpoch } from '../train/callbacks/index.ts'
import { type ExperimentSpec, trainingOf } from '../train/experiment.ts'
import type { Trained } from './log.ts'

/**
 * What a slice has measured, by objective: of the network as it is now, which has the weights of its last epoch, or of an earlier one where a callback
 * goes back to it.
 */
export function valuesOf(
  objectives: readonly ObjectiveFacts[],
  experiment: ExperimentSpec,
  { history, params, latencyMs }: Trained,
): number[] {
  const { callbacks } = trainingOf(experiment, Object.keys(experiment.models)[0]!)
  const epoch: Partial<EpochMetrics> = history[keptEpoch(callbacks, history)] ?? {}
  const costs: Readonly<Record<string, number | null>> = { params, latencyMs }
  return objectives.map(({ name }) => epoch[name] ?? costs[name] ?? Number.NaN)
}
