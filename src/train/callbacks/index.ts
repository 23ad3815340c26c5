import { family, type SpecOf } from '../../base/family.ts'
import type { EpochMetrics } from '../../protocol/events.ts'
import type { Callback, CallbackContext, CallbackDefinition } from './callback.ts'
import { csvLoggerCallback } from './csv-logger.ts'
import { earlyStoppingCallback } from './early-stopping.ts'
import { learningRateSchedulerCallback } from './learning-rate-scheduler.ts'
import { modelCheckpointCallback } from './model-checkpoint.ts'
import { reduceLROnPlateauCallback } from './reduce-lr-on-plateau.ts'

/** Every callback, in the order in which the studio offers them. */
export const callbacks = family('callback', {
  earlyStopping: earlyStoppingCallback,
  reduceLROnPlateau: reduceLROnPlateauCallback,
  learningRateScheduler: learningRateSchedulerCallback,
  csvLogger: csvLoggerCallback,
  modelCheckpoint: modelCheckpointCallback,
})

export type CallbackSpec = SpecOf<typeof callbacks>

/** What a callback declares of itself. */
export function definitionOf(spec: CallbackSpec): CallbackDefinition<CallbackSpec> {
  return callbacks.of(spec)
}

export function createCallback(spec: CallbackSpec, context: CallbackContext): Callback {
  return definitionOf(spec).create(spec, context)
}

/** The epoch, counted from 0, whose weights a training with these callbacks has after some epochs: the last, unless one goes back to an earlier one. */
export function keptEpoch(specs: readonly CallbackSpec[], epochs: readonly EpochMetrics[]): number {
  const kept = specs.map(spec => definitionOf(spec).keptEpoch?.(spec, epochs) ?? null)
  return kept.findLast(epoch => epoch !== null) ?? epochs.length - 1
}

/** Whether it writes files of its own. */
export function writesFiles(spec: CallbackSpec): boolean {
  return pathsOf(spec).length > 0
}

/** The file of a path that a callback writes, or its files. */
export interface WrittenFile {
  /** Kind of the callback. */
  readonly kind: string
  readonly path: string
  /** `path`, or what it stands for: a file of each epoch. */
  readonly files: Iterable<string>
  /** They may exist, and several runs may add to them. */
  readonly append: boolean
  /** The callback has the option `append`. */
  readonly canAppend: boolean
}

/** The files of a training of some epochs. */
export function filesOf(spec: CallbackSpec, epochs: number): WrittenFile[] {
  const { appends, filesAt } = definitionOf(spec)
  const append = appends?.(spec) ?? false
  return pathsOf(spec).map(([, path]) => ({
    kind: spec.kind,
    path,
    files: filesAt?.(path, epochs) ?? [path],
    append,
    canAppend: appends !== undefined,
  }))
}

/** The callback of one run: a file of its own, where its path asks for it. */
export function forRun(spec: CallbackSpec, model: string, seed: number): CallbackSpec {
  const named = pathsOf(spec).map(([option, path]) => [
    option,
    path.replaceAll('{model}', model).replaceAll('{seed}', String(seed)),
  ])
  return { ...spec, ...Object.fromEntries(named) }
}

function pathsOf(spec: CallbackSpec): (readonly [option: string, path: string])[] {
  const options = spec as unknown as Readonly<Record<string, string>>
  return (definitionOf(spec).writes ?? []).map(option => [option, options[option]!])
}
