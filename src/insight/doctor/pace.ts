import { learningRateAt, type ScheduleSpec } from '../../nn/schedules/schedule.ts'
import type { LintContext, Rule } from './rule.ts'

/** Steps of some epochs, as far as they can be known before a split. */
function stepsOf({ train, data }: LintContext, epochs = train.epochs): number {
  const { batchSize, validationSplit } = train
  const examples = data.train.count * (1 - validationSplit)
  return Math.ceil(examples / Math.min(batchSize, examples)) * epochs
}

/** At this share of its first rate, or below, a training learns next to nothing. */
const NOTHING = 1e-3
/** A rate that has fallen by less than this share is constant to all intents. */
const CONSTANT = 0.05

const schedulePace: Rule = {
  id: 'schedule-pace',
  why:
    'A schedule of an optimizer counts steps, and one of learningRateScheduler counts epochs, as in Keras. A number that was meant for the ' +
    'other ends the learning early or never changes the rate.',
  *check(context) {
    const { optimizer, callbacks, epochs, fineTuning } = context.train
    const found: (readonly [schedule: ScheduleSpec, length: number, unit: string])[] = []
    if (typeof optimizer.learningRate !== 'number')
      // A second phase has a rate of its own.
      found.push([optimizer.learningRate, stepsOf(context, fineTuning?.after), 'steps'])
    for (const callback of callbacks)
      if (callback.kind === 'learningRateScheduler') found.push([callback.schedule, epochs, 'epochs'])
    for (const [schedule, length, unit] of found) {
      if (length < 2) continue
      const rates = Array.from({ length: 101 }, (_, i) =>
        learningRateAt(schedule, Math.floor(((length - 1) * i) / 100)),
      )
      const highest = Math.max(...rates)
      const idle = rates.filter(rate => rate <= NOTHING * highest).length - 1
      const change = 1 - Math.min(...rates) / highest
      const end = `The training has ${length} ${unit}`
      if (idle > 25) {
        yield {
          severity: 'error',
          layer: null,
          message: `${schedule.kind}: for about ${idle} % of the training the learning rate is next to zero, and the network learns very little. ${end}.`,
          fix: `Let the schedule last as long as the training: its numbers are ${unit}.`,
        }
      } else if (change < CONSTANT) {
        yield {
          severity: 'warning',
          layer: null,
          message: `${schedule.kind}: the learning rate changes by ${(100 * change).toFixed(1)} % in the whole training. ${end}.`,
          fix: `Let the schedule end with the training: its numbers are ${unit}.`,
        }
      }
    }
  },
}

const impatientStopping: Rule = {
  id: 'impatient-stopping',
  why:
    "Keras' defaults stop at the first epoch that is no better, and leave the network with the weights of the last epoch. Validation numbers " +
    'go up and down by chance.',
  *check({ train: { callbacks, epochs } }) {
    for (const callback of callbacks) {
      if (callback.kind !== 'earlyStopping' || epochs < 3) continue
      if (callback.patience === 0) {
        yield {
          severity: 'warning',
          layer: null,
          message:
            'earlyStopping has the patience 0: it stops at the first epoch that is not better than the best one.',
          fix: 'Give patience: 3 or more, and restoreBestWeights: true.',
        }
      } else if (!callback.restoreBestWeights) {
        yield {
          severity: 'warning',
          layer: null,
          message: `earlyStopping ends ${callback.patience} epochs after the best one, and the network keeps the weights of the last.`,
          fix: 'Give restoreBestWeights: true.',
        }
      }
    }
  },
}

/** An average that still holds this share of its start does not describe the network. */
const STALE = 0.05

const slowAverages: Rule = {
  id: 'slow-averages',
  why:
    "A moving average with Keras' momentum of 0.99 needs hundreds of steps. Before that, validation and prediction use what it began with, and look " +
    'worse than training.',
  *check(context) {
    const steps = stepsOf(context)
    const { optimizer } = context.train
    const averages = context.model.layers.flatMap(({ name, layer }) =>
      layer.kind === 'batchNormalization' && layer.trainable ? [[name, layer.momentum] as const] : [],
    )
    const [name, momentum] = averages.toSorted(([, a], [, b]) => b - a)[0] ?? ['', 0]
    const left = momentum ** steps
    if (left > STALE) {
      yield {
        severity: 'warning',
        layer: name,
        message: `After all ${steps} steps, the moving mean and variance of "${name}" still hold ${percent(left)} of their start: its momentum is ${momentum}.`,
        fix: 'Train for more epochs, use smaller batches, or set momentum: 0.9.',
      }
    }
    const kept = optimizer.useEma ? optimizer.emaMomentum ** steps : 0
    if (kept > STALE) {
      yield {
        severity: 'warning',
        layer: null,
        message: `After all ${steps} steps, the averaged weights still hold ${percent(kept)} of the initial ones: emaMomentum is ${optimizer.emaMomentum}.`,
        fix: 'Train for more epochs, or set a smaller emaMomentum, such as 0.9.',
      }
    }
  },
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}

/** Whether options that count steps or epochs fit the length of the training. */
export const paceRules: readonly Rule[] = [schedulePace, impatientStopping, slowAverages]
