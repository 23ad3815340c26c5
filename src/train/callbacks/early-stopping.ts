import { HeddleError } from '../../base/errors.ts'
import { boolean, integer, number, type Options, optional, parseSpec, type Spec } from '../../base/schema.ts'
import type { Weights } from '../../model/weights.ts'
import type { EpochMetrics } from '../../protocol/events.ts'
import type { Callback, CallbackContext, CallbackDefinition } from './callback.ts'
import { modeField, monitorField, watch } from './monitor.ts'

const fields = {
  /** Which number of the history to watch. Default 'valLoss'. */
  monitor: monitorField,
  /** A smaller change is no improvement. Default 0. */
  minDelta: number(0, { min: 0 }),
  /** Epochs without improvement after which training stops. Default 0. */
  patience: integer(0, { min: 0 }),
  /** Whether less or more is better; `auto`: as the metric declares it, less for a loss. Default 'auto'. */
  mode: modeField,
  /** Epochs that do not beat this value count as waiting; `null`: any improvement is enough. Default null. */
  baseline: optional(number()),
  /** Go back to the weights of the best epoch, however training ends. Default false. */
  restoreBestWeights: boolean(false),
  /** Epochs before this one (counted from 0) are not watched. Default 0. */
  startFromEpoch: integer(0, { min: 0 }),
}

export interface EarlyStoppingOptions extends Options<typeof fields> {}
export type EarlyStoppingSpec = Spec<'earlyStopping', typeof fields>

/**
 * Stops when a measured number has not improved for `patience` epochs.
 *
 * An epoch improves when its number is better than the best so far by more than `minDelta`.
 * Throws a `UsageError` for a bad option. Source: https://keras.io/api/callbacks/early_stopping/.
 *
 * @example
 * earlyStopping({ monitor: 'valLoss', patience: 3, restoreBestWeights: true }).patience // 3
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): EarlyStoppingSpec {
  return parseSpec('earlyStopping', fields, options)
}

export const earlyStoppingCallback: CallbackDefinition<EarlyStoppingSpec> = {
  fields,
  chooses: () => 'the epoch',
  create: createEarlyStopping,
  keptEpoch,
}

/** See `createEarlyStopping`: the best one that was watched; where none was finite, the first. */
function keptEpoch(spec: EarlyStoppingSpec, epochs: readonly EpochMetrics[]): number | null {
  if (!spec.restoreBestWeights || epochs.length <= spec.startFromEpoch) return null
  const { worst, better } = watch(spec)
  let [best, kept] = [worst, spec.startFromEpoch]
  for (let epoch = spec.startFromEpoch; epoch < epochs.length; epoch++) {
    const value = epochs[epoch]![spec.monitor]
    if (value !== undefined && better(value, best)) [best, kept] = [value, epoch]
  }
  return kept
}

function createEarlyStopping(spec: EarlyStoppingSpec, { network, onNotice }: CallbackContext): Callback {
  const { worst, better, read } = watch(spec)
  let best = worst
  let bestEpoch = 0
  let waited = 0
  let bestWeights: Weights | null = null

  return {
    onEvent(event) {
      const value = read(event)
      if (value === undefined || event.type !== 'epoch' || event.epoch < spec.startFromEpoch) return undefined
      bestWeights ??= network.weights
      waited++
      if (better(value, best)) {
        ;[best, bestEpoch, bestWeights] = [value, event.epoch, network.weights]
        if (spec.baseline === null || better(value, spec.baseline)) waited = 0
        return undefined
      }
      if (waited < spec.patience || event.epoch === 0) return undefined
      const reason = Number.isFinite(best)
        ? `${spec.monitor} was best at epoch ${bestEpoch + 1} (${best.toFixed(4)})`
        : `${spec.monitor} was never a finite number`
      onNotice?.(`Stopped after epoch ${event.epoch + 1}: ${reason}.`)
      return 'stop'
    },
    // JSON has no infinity: without an improvement there is no best value.
    state: () => ({
      values: { best: Number.isFinite(best) ? best : null, bestEpoch, waited },
      weights: spec.restoreBestWeights ? bestWeights : null,
    }),
    restore({ values, weights }) {
      const before = (values ?? {}) as { best: number | null; bestEpoch: number; waited: number }
      if (!Number.isInteger(before.bestEpoch) || !Number.isInteger(before.waited)) {
        throw new HeddleError('The checkpoint is of another training: it has no state of earlyStopping.')
      }
      ;[best, bestEpoch, waited] = [before.best ?? best, before.bestEpoch, before.waited]
      bestWeights = weights
    },
    onEnd() {
      if (!spec.restoreBestWeights || !bestWeights) return
      network.weights = bestWeights
      if (Number.isFinite(best)) return
      onNotice?.(
        `restoreBestWeights: ${spec.monitor} was never a finite number, so no epoch was the best. The network has the weights of ` +
          `epoch ${spec.startFromEpoch + 1}, the first that was watched.`,
      )
    },
  }
}
