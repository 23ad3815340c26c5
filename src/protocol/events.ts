/** What one epoch measured. `null`: not measured. */
export interface EpochMetrics {
  /** Means over the epoch's steps, while weights were changing and dropout was on: what Keras prints. */
  readonly loss: number
  readonly accuracy: number
  /** The share of examples whose class is among the `topK` most probable ones. */
  readonly topKAccuracy: number | null
  /** After the epoch, dropout off, on the validation examples. */
  readonly valLoss: number | null
  readonly valAccuracy: number | null
  readonly valTopKAccuracy: number | null
  /** After the epoch, dropout off, on the training examples again. */
  readonly trainLoss: number | null
  readonly trainAccuracy: number | null
  readonly trainTopKAccuracy: number | null
  /** Of the epoch's last step. */
  readonly learningRate: number
}

/** What happens while a network trains, in this order. */
export type TrainEvent =
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

/** The numbers of every epoch, one list for each: `history.valAccuracy[0]`. Lists that were not measured are absent. */
export type History = { readonly [K in keyof EpochMetrics]?: readonly number[] }
