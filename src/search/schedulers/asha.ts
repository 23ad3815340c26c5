import { integer, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { epochsAt, promotionOf } from './rungs.ts'
import type { SchedulerDefinition } from './scheduler.ts'

const fields = {
  /** One trial of this many goes on from a rung to the next, which has this many times the epochs. Default 3. */
  reductionFactor: integer(3, { min: 2 }),
  /** The epochs of the first rung. Default 1. */
  minEpochs: integer(1),
}

export interface AshaOptions extends Options<typeof fields> {}
export type AshaSpec = Spec<'asha', typeof fields>

/**
 * Asynchronous successive halving: every trial is trained for a few epochs, the best third goes on to three times as many, the
 * best third of those to nine times as many, and so on. A trial that does not go on is paused: it continues from its own checkpoint
 * if later trials show that it belongs to the best after all.
 *
 * Rungs are at `minEpochs` · `reductionFactor`^k epochs, and at a trial's last one. Throws a `UsageError` for a bad option.
 * Source: L. Li et al., A System for Massively Parallel Hyperparameter Tuning (2020), https://arxiv.org/abs/1810.05934.
 *
 * @example
 * asha({ reductionFactor: 4 }).minEpochs // 1
 */
export function asha(options: AshaOptions = {}): AshaSpec {
  return parseSpec('asha', fields, options)
}

export const ashaScheduler: SchedulerDefinition<AshaSpec> = {
  fields,
  scheduling: spec => ({
    first: maxEpochs => epochsAt(spec, 0, maxEpochs),
    next: trials => promotionOf(spec, trials),
  }),
}
