import { HeddleError, UsageError } from '../../base/errors.ts'
import {
  boolean,
  number,
  type Options,
  optional,
  parseSpec,
  required,
  type Spec,
  text,
} from '../../base/schema.ts'
import { systemFailure } from '../../base/system-errors.ts'
import type { Callback, CallbackContext, CallbackDefinition } from './callback.ts'
import { modeField, monitorField, watch } from './monitor.ts'

const fields = {
  /**
   * The model file to write, such as `best.safetensors`. `{epoch}` stands for the number of the epoch, from 1 on, which keeps a file
   * of each; `{model}` and `{seed}` stand for those of the run. Required.
   */
  path: required(text()),
  /** Which number of the history decides, with `saveBestOnly`. Default 'valLoss'. */
  monitor: monitorField,
  /** Whether less or more is better; `auto`: as the metric declares it, less for a loss. Default 'auto'. */
  mode: modeField,
  /** Write the file only after an epoch that is better than all before it. Default false. */
  saveBestOnly: boolean(false),
  /** With `saveBestOnly`, an epoch must also be better than this; `null`: any is, at first. Default null. */
  initialValueThreshold: optional(number()),
}

export interface ModelCheckpointOptions extends Options<typeof fields> {}
export type ModelCheckpointSpec = Spec<'modelCheckpoint', typeof fields>

/**
 * Writes the network to a file after each epoch, or after each that is the best so far: what `saveModel` writes and
 * `loadModel` reads. With averaged weights the file has the averages.
 *
 * A run that is recorded keeps its best and its last weights without it. Unlike Keras' it replaces only files of its own: one
 * that exists is refused before training starts. A file that cannot be written later is reported, and training goes on.
 * Throws a `UsageError` for a bad option. Source: https://keras.io/api/callbacks/model_checkpoint/.
 *
 * @example
 * modelCheckpoint({ path: 'best-{seed}.safetensors', monitor: 'valAccuracy', saveBestOnly: true }).mode // 'auto'
 */
export function modelCheckpoint(options: ModelCheckpointOptions): ModelCheckpointSpec {
  return parseSpec('modelCheckpoint', fields, options)
}

export const modelCheckpointCallback: CallbackDefinition<ModelCheckpointSpec> = {
  fields,
  affectsResult: false,
  chooses: ({ saveBestOnly }) => (saveBestOnly ? 'the weights to save' : null),
  writes: ['path'],
  filesAt,
  create: createModelCheckpoint,
}

function createModelCheckpoint(spec: ModelCheckpointSpec, { network, onNotice }: CallbackContext): Callback {
  const { worst, better, read } = watch({ ...spec, minDelta: 0 })
  const { saveBestOnly } = spec
  let best = spec.initialValueThreshold ?? worst
  let resumed = false
  return {
    async onEvent(event) {
      if (event.type === 'run-start' && !resumed) await checkAbsent(spec.path, event.epochs)
      const value = saveBestOnly ? read(event) : undefined
      if (event.type !== 'epoch') return undefined
      if (value !== undefined) {
        if (!better(value, best)) return undefined
        best = value
      }
      const path = pathAfter(spec.path, event.epoch)
      // Only where a file is written: browsers load this file too.
      const { saveModel } = await import('../../network/saved-model.ts')
      await saveModel(network, path).catch(error => {
        onNotice?.(systemFailure(`modelCheckpoint: ${path} was not written`, error).message)
      })
      return undefined
    },
    // JSON has no infinity: without an epoch that was saved there is no best value.
    state: () => ({ values: { best: Number.isFinite(best) ? best : null }, weights: null }),
    restore({ values }) {
      const before = (values as { best?: unknown } | null)?.best
      if (before !== null && typeof before !== 'number') {
        throw new HeddleError('The checkpoint is of another training: it has no state of modelCheckpoint.')
      }
      best = before ?? best
      resumed = true
    },
  }
}

function pathAfter(path: string, epoch: number): string {
  return path.replaceAll('{epoch}', String(epoch + 1))
}

/** The path of each epoch, made when it is asked for: a training may have any number of them. */
function* filesAt(path: string, epochs: number): Generator<string> {
  const files = path.includes('{epoch}') ? epochs : 1
  for (let epoch = 0; epoch < files; epoch++) yield pathAfter(path, epoch)
}

/** Makes the folder. Throws a `UsageError` if a file of the training exists and has something in it. */
async function checkAbsent(path: string, epochs: number): Promise<void> {
  const { stat } = await import('node:fs/promises')
  const { dirname } = await import('node:path')
  const { makeFolder } = await import('../../base/files.ts')
  try {
    makeFolder(dirname(path))
  } catch (error) {
    throw systemFailure(`modelCheckpoint: ${path} cannot be written`, error as Error)
  }
  for (const one of filesAt(path, epochs)) {
    if (!(await stat(one).catch(() => null))?.size) continue
    throw new UsageError(
      `modelCheckpoint: the file ${one} exists and is not overwritten. Choose another path (it may hold {epoch}, {model} and {seed}), ` +
        'or remove the file.',
    )
  }
}
