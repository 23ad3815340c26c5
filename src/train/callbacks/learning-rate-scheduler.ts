import { HeddleError } from '../../base/errors.ts'
import { type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import { learningRateAt, schedules } from '../../nn/schedules/schedule.ts'
import type { Callback, CallbackContext, CallbackDefinition } from './callback.ts'

const fields = {
  /** The rate of each epoch: `piecewiseConstantDecay({ … })` or another schedule, whose steps are epochs, the first being 0. Required. */
  schedule: required(schedules.field),
}

export interface LearningRateSchedulerOptions extends Options<typeof fields> {}
export type LearningRateSchedulerSpec = Spec<'learningRateScheduler', typeof fields>

/**
 * Sets the learning rate once for each epoch, in place of the optimizer's: rate(epoch) as the schedule has it for steps.
 *
 * Keras takes a function; here it is a value, which is saved with the run. A schedule as `learningRate` of the optimizer
 * changes the rate with every step instead.
 * Throws a `UsageError` for a bad option. Source: https://keras.io/api/callbacks/learning_rate_scheduler/.
 *
 * @example
 * const schedule = piecewiseConstantDecay({ boundaries: [9], values: [0.01, 0.001] })
 * learningRateScheduler({ schedule }).schedule.kind // 'piecewiseConstantDecay'
 */
export function learningRateScheduler(options: LearningRateSchedulerOptions): LearningRateSchedulerSpec {
  return parseSpec('learningRateScheduler', fields, options)
}

export const learningRateSchedulerCallback: CallbackDefinition<LearningRateSchedulerSpec> = {
  fields,
  create: createLearningRateScheduler,
}

function createLearningRateScheduler(
  { schedule }: LearningRateSchedulerSpec,
  { rate }: CallbackContext,
): Callback {
  let epoch = 0
  return {
    onEvent(event) {
      if (event.type === 'epoch') epoch = event.epoch + 1
      if (event.type === 'epoch' || event.type === 'run-start') rate.base = learningRateAt(schedule, epoch)
      return undefined
    },
    state: () => ({ values: { epoch }, weights: null }),
    restore({ values }) {
      const before = (values ?? {}) as { epoch: number }
      if (!Number.isInteger(before.epoch)) {
        throw new HeddleError(
          'The checkpoint is of another training: it has no state of learningRateScheduler.',
        )
      }
      epoch = before.epoch
    },
  }
}
