import { HeddleError } from '../base/errors.ts'
import { decodeSafetensors, type SafeTensors, type Tensor } from '../model/files/safetensors-format.ts'
import type { Weights } from '../model/weights.ts'
import type { EpochMetrics } from '../protocol/events.ts'
import { toJson } from '../protocol/json.ts'
import type { CallbackState } from './callbacks/callback.ts'
import { parseState } from './checkpoint-state.ts'
import type { TrainState } from './train-state.ts'

/** All that a training needs to go on as if it had never stopped, besides its model, data, options and seed. */
export interface Checkpoint {
  readonly train: TrainState
  /** What the epochs before measured. */
  readonly epochs: readonly EpochMetrics[]
  /** In the order of the options. */
  readonly callbacks: readonly CallbackState[]
  /** Training until here. */
  readonly elapsedMs: number
}

/** The version of the text in `__metadata__`. */
const VERSION = 1

/** `weights/…`, `optimizer/…` and `callbacks/0/…` as tensors, the rest as JSON in `__metadata__`. */
export function checkpointToSafetensors({ train, epochs, callbacks, elapsedMs }: Checkpoint): SafeTensors {
  const tensors = new Map<string, Tensor>()
  const put = (prefix: string, weights: Weights | null): void => {
    for (const [name, values] of weights ?? []) {
      tensors.set(`${prefix}/${name}`, { shape: [values.length], values })
    }
  }
  const { weights, optimizer, ...place } = train
  put('weights', weights)
  put('optimizer', optimizer)
  for (const [i, { weights }] of callbacks.entries()) put(`callbacks/${i}`, weights)
  const state = {
    train: place,
    epochs,
    callbacks: callbacks.map(({ values, weights }) => ({ values, hasWeights: weights !== null })),
    elapsedMs,
  }
  return {
    metadata: { format: 'heddle-checkpoint', heddle: String(VERSION), state: toJson(state) },
    tensors,
  }
}

/** The checkpoint in the bytes of a file; `where` is how errors name it. Throws as `checkpointFromSafetensors` does. */
export function decodeCheckpoint(file: { readonly bytes: Uint8Array; readonly where: string }): Checkpoint {
  const tensors = decodeSafetensors(file.bytes, file.where)
  return checkpointFromSafetensors(tensors, file.where)
}

/** Throws a `HeddleError` for a file that is no checkpoint, or a newer Heddle's. */
export function checkpointFromSafetensors({ metadata, tensors }: SafeTensors, path: string): Checkpoint {
  if (metadata.format !== 'heddle-checkpoint') throw new HeddleError(`${path} is not a checkpoint of Heddle.`)
  if (Number(metadata.heddle) > VERSION) {
    throw new HeddleError(
      `${path} was written by a newer Heddle (format ${metadata.heddle}, this one reads ${VERSION}).`,
    )
  }
  const below = (prefix: string): Weights =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(`${prefix}/`))
        .map(([name, { values }]) => [name.slice(prefix.length + 1), values]),
    )
  const { train, epochs, callbacks, elapsedMs } = parseState(metadata.state, path)
  return {
    train: { ...train, weights: below('weights'), optimizer: below('optimizer') },
    epochs,
    callbacks: callbacks.map(({ values, hasWeights }, i) => ({
      values,
      weights: hasWeights ? below(`callbacks/${i}`) : null,
    })),
    elapsedMs,
  }
}
