import { integer, jsonObject, list, oneOf, parseSpec, required, type Spec, text } from '../base/schema.ts'
import type { EpochMetrics } from './events.ts'
import { idField } from './tasks.ts'

/** The longest time of a slice: a worker that dies costs no more. */
const SLICE_SECONDS = 60

const fields = {
  /** With one model, which writes no files. */
  experiment: required(jsonObject()),
  seed: required(integer(undefined, { min: 0 })),
  /** The id of the run that is begun or continued. */
  run: required(idField),
  /** Trains until the run has this many epochs. */
  epochs: required(integer()),
  /** Ends after this time with a checkpoint. Default 60. */
  seconds: integer(SLICE_SECONDS, { max: SLICE_SECONDS }),
  /** What is measured of the network at the target, besides its epochs. Default []. */
  measure: list(oneOf(['latencyMs']), { fallback: [] }),
  /** Where the experiment's relative paths start. */
  baseDir: required(text()),
  /** The search's data: a worker with other data would have other results. */
  fingerprint: required(text()),
  /** The search's `Backend.arithmetic`: a worker with another one would give other bits. */
  arithmetic: required(text()),
} as const

/** A piece of a trial's training, as a plain value: see `runs/slice.ts`. */
export type SliceTask = Spec<'slice', typeof fields>

/** Checks the task of a slice, which may come from anywhere. Throws a `UsageError` that says what is wrong with it. */
export function parseSlice(value: unknown): SliceTask {
  return parseSpec('slice', fields, value)
}

/** How far a slice has come, or why its trial cannot be trained. */
export type SliceResult =
  | {
      readonly type: 'trained'
      /** How many epochs the run has, and what each of them measured. */
      readonly epochs: number
      readonly history: readonly EpochMetrics[]
      /** The target is reached, or the run has no further epochs. */
      readonly isAtTarget: boolean
      /** It has no further epochs: all are trained, or it stopped early. */
      readonly isDone: boolean
      /** Training time of the run, over all its slices. */
      readonly seconds: number
      readonly params: number
      readonly multiplyAdds: number
      /** Milliseconds for one image; `null`: not asked for. */
      readonly latencyMs: number | null
    }
  | { readonly type: 'failed'; readonly reason: string }
