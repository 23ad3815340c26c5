import { HeddleError } from '../../base/errors.ts'
import { integer, number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { plural } from '../../base/text.ts'
import type { Callback, CallbackContext, CallbackDefinition } from './callback.ts'
import { modeField, monitorField, watch } from './monitor.ts'

const fields = {
  /** Which number of the history to watch. Default 'valLoss'. */
  monitor: monitorField,
  /** What the learning rate is multiplied by, at least 0 and below 1. Default 0.1. */
  factor: number(0.1, { min: 0, below: 1 }),
  /** Epochs without improvement after which the rate is reduced. Default 10. */
  patience: integer(10, { min: 0 }),
  /** Whether less or more is better; `auto`: as the metric declares it, less for a loss. Default 'auto'. */
  mode: modeField,
  /** A smaller change is no improvement. Default 0.0001. */
  minDelta: number(1e-4, { min: 0 }),
  /** Epochs after a reduction in which no epoch counts as waiting. Default 0. */
  cooldown: integer(0, { min: 0 }),
  /** The rate is not reduced below this, at least 0. Default 0. */
  minLr: number(0, { min: 0 }),
}

export interface ReduceLROnPlateauOptions extends Options<typeof fields> {}
export type ReduceLROnPlateauSpec = Spec<'reduceLROnPlateau', typeof fields>

/**
 * Multiplies the learning rate by `factor` whenever a measured number has not improved for `patience` epochs.
 *
 * An epoch improves when its number is better than the best so far by more than `minDelta`. Unlike Keras' it also works with a
 * schedule, whose rates it multiplies.
 * Throws a `UsageError` for a bad option. Source: https://keras.io/api/callbacks/reduce_lr_on_plateau/.
 *
 * @example
 * reduceLROnPlateau({ factor: 0.5, patience: 2 }).monitor // 'valLoss'
 */
export function reduceLROnPlateau(options: ReduceLROnPlateauOptions = {}): ReduceLROnPlateauSpec {
  return parseSpec('reduceLROnPlateau', fields, options)
}

export const reduceLROnPlateauCallback: CallbackDefinition<ReduceLROnPlateauSpec> = {
  fields,
  chooses: () => 'the learning rate',
  create: createReduceLROnPlateau,
}

function createReduceLROnPlateau(spec: ReduceLROnPlateauSpec, { rate, onNotice }: CallbackContext): Callback {
  const { worst, better, read } = watch(spec)
  let best = worst
  let waited = 0
  let cooling = 0
  /** The product of all reductions so far. */
  let reduced = 1

  return {
    onEvent(event) {
      const value = read(event)
      if (value === undefined || event.type !== 'epoch') return undefined
      if (cooling > 0) {
        cooling--
        waited = 0
      }
      if (better(value, best)) {
        best = value
        waited = 0
        return undefined
      }
      if (cooling > 0 || ++waited < spec.patience) return undefined
      const before = event.metrics.learningRate!
      if (before <= spec.minLr) return undefined
      const after = Math.max(before * spec.factor, spec.minLr)
      rate.scale *= after / before
      reduced *= after / before
      cooling = spec.cooldown
      waited = 0
      onNotice?.(
        `The learning rate is ${+after.toPrecision(4)} from epoch ${event.epoch + 2} on: ${spec.monitor} had not improved for ` +
          `${plural(spec.patience, 'epoch')}.`,
      )
      return undefined
    },
    // JSON has no infinity: without an improvement there is no best value.
    state: () => ({
      values: { best: Number.isFinite(best) ? best : null, waited, cooling, reduced },
      weights: null,
    }),
    restore({ values }) {
      const before = (values ?? {}) as {
        best: number | null
        waited: number
        cooling: number
        reduced: number
      }
      if (![before.waited, before.cooling].every(Number.isInteger) || !Number.isFinite(before.reduced)) {
        throw new HeddleError('The checkpoint is of another training: it has no state of reduceLROnPlateau.')
      }
      ;({ waited, cooling, reduced } = before)
      best = before.best ?? worst
      rate.scale *= reduced
    },
  }
}
