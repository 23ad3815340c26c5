import type { Measurements } from './metric.ts'

/** Metrics over some examples, by name. The loss and the accuracy are always among them. */
export interface Measured extends Measurements {
  /** The mean over the examples, with what regularizers add. */
  readonly loss: number
  /** The share of examples whose most probable class is the labelled one. */
  readonly accuracy: number
}

/**
 * What one epoch measured: the training's own metrics as `loss`, the validation's as `valLoss`, those of the training
 * examples measured again as `trainLoss` (see `Side`). What was not measured is absent.
 */
export interface EpochMetrics extends Measured {
  /** The learning rate of the epoch's last step. */
  readonly learningRate: number
}

/** What happens while a network trains, in this order. */
export type TrainEvent =
  | {
      /** The outputs of frozen layers are computed once, before the first step that needs them. */
      readonly type: 'features'
      /** Images. */
      readonly done: number
      readonly total: number
    }
  | {
      readonly type: 'run-start'
      readonly seed: number
      readonly epochs: number
      readonly stepsPerEpoch: number
      readonly trainCount: number
      readonly validationCount: number
      /** 0, or where a resumed run goes on. */
      readonly firstStep: number
    }
  | {
      readonly type: 'step'
      /** Counts from 0 over the whole run. */
      readonly step: number
      readonly epoch: number
      /** The mean over the batch. */
      readonly loss: number
      readonly accuracy: number
      readonly batchSize: number
    }
  | {
      readonly type: 'epoch'
      /** Counts from 0. */
      readonly epoch: number
      readonly metrics: EpochMetrics
      /** The epoch's steps, without its measurements. */
      readonly trainMs: number
      readonly durationMs: number
    }
  | {
      readonly type: 'run-end'
      /** Epochs that were completed. */
      readonly epochs: number
      /** `stopped`: a callback ended the run before its last epoch. */
      readonly reason: 'finished' | 'stopped'
      readonly durationMs: number
    }

/** The numbers of every epoch, one list for each: `history.valAccuracy[0]`. Lists of what was not measured are absent. */
export type History = Readonly<Record<string, readonly number[]>>
