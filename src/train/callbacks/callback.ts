import type { Definition } from '../../base/family.ts'
import type { Weights } from '../../model/weights.ts'
import type { Network } from '../../network/network.ts'
import type { EpochMetrics, TrainEvent } from '../../protocol/events.ts'

/** A consumer of training events. */
export interface Callback {
  /** Called with every event, in order; returning `'stop'` ends the training after it. */
  onEvent(event: TrainEvent): 'stop' | undefined | Promise<'stop' | undefined>
  /** What a checkpoint must hold of it; a callback that remembers nothing has neither this nor `restore`. */
  state?(): CallbackState | Promise<CallbackState>
  /** Called before the first event of a training that goes on from a checkpoint. */
  restore?(state: CallbackState): void | Promise<void>
  /** Called once at the end, also when training failed or was cancelled. */
  onEnd?(): void | Promise<void>
}

export interface CallbackState {
  /** JSON. */
  readonly values: unknown
  readonly weights: Weights | null
}

/** What callbacks do to the learning rate of every step. A callback may change it before the first step and after an epoch. */
export interface RateScale {
  /** What the rate is multiplied by. */
  scale: number
  /** The rate instead of the optimizer's; `null`: the optimizer's. */
  base: number | null
}

/** What a callback may see and change: `epoch` events come when the network has that epoch's weights. */
export interface CallbackContext {
  readonly network: Network
  readonly rate: RateScale
  /** Called with a sentence for the user, such as why training stopped. */
  readonly onNotice?: ((message: string) => void) | undefined
}

/** What a callback is, besides its options: nothing else asks which callback it has. */
export interface CallbackDefinition<S> extends Definition<S> {
  create(spec: S, context: CallbackContext): Callback
  /** `false`: a training has the same weights without it, so that runs with and without it are repetitions of each other. */
  readonly affectsResult?: false
  /** What it chooses by the numbers that it watches, such as `the epoch`; `null`: nothing. By test images, nothing may be chosen. */
  chooses?(spec: S): string | null
  /** The epoch, counted from 0, whose weights a training ends with after these epochs; `null`, or left out: the last. */
  keptEpoch?(spec: S, epochs: readonly EpochMetrics[]): number | null
  /** The options that are paths of files it writes; `{model}` and `{seed}` in them stand for those of the run. */
  readonly writes?: readonly string[]
  /** The files that a training of `epochs` epochs writes to such a path; left out: the path itself. */
  filesAt?(path: string, epochs: number): Iterable<string>
  /** It adds to files that exist, instead of refusing them. */
  appends?(spec: S): boolean
}
