import type { Machine } from '../base/machine.ts'
import type { Statistic } from '../base/maths.ts'
import type { History, Measured } from './events.ts'

/** One model trained once, before its test. */
export interface TrainedResult {
  readonly seed: number
  /** Training with the measurements after each epoch, without loading data. */
  readonly seconds: number
  /** Training images per second, measurements left out. */
  readonly imagesPerSecond: number
  readonly history: History
}

/** One model trained once and tested. */
export interface RunResult extends TrainedResult {
  readonly test: Measured
}

/** What `heddle run --json` prints. */
export interface ExperimentResult {
  readonly experiment: string
  /** What the models were trained with, defaults included. */
  readonly train: {
    readonly pixelRange: 'unit' | 'raw'
    readonly augmentation: readonly { readonly kind: string }[]
    readonly [option: string]: unknown
  }
  /** By model, where its training differs. */
  readonly overrides: Readonly<Record<string, object>>
  readonly dataset: {
    readonly name: string
    readonly fingerprint: string
    /** Numbers of examples. */
    readonly train: number
    readonly test: number
  }
  readonly backend: string
  readonly threads: number
  readonly machine: Machine
  readonly models: readonly {
    readonly name: string
    readonly params: number
    readonly runs: readonly RunResult[]
    /** One for each metric that all runs have. */
    readonly test: Readonly<Record<string, Statistic>> & {
      readonly loss: Statistic
      readonly accuracy: Statistic
    }
  }[]
}
