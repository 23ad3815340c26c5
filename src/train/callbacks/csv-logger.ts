import { HeddleError, UsageError } from '../../base/errors.ts'
import { boolean, type Options, oneOf, parseSpec, required, type Spec, text } from '../../base/schema.ts'
import { systemFailure } from '../../base/system-errors.ts'
import { kerasName } from '../../protocol/metric.ts'
import type { Callback, CallbackContext, CallbackDefinition } from './callback.ts'

const fields = {
  /** The file to write. `{model}` and `{seed}` stand for those of the run. Required. */
  path: required(text()),
  /** Between the numbers of a line: a comma, a semicolon or a tab. Default ','. */
  separator: oneOf([',', ';', '\t'], ','),
  /** Add to a file that exists, instead of refusing it. Default false. */
  append: boolean(false),
}

export interface CsvLoggerOptions extends Options<typeof fields> {}
export type CsvLoggerSpec = Spec<'csvLogger', typeof fields>

/**
 * Writes one line for each epoch: `epoch`, then what was measured, named as in Keras (`val_accuracy`).
 *
 * Unlike Keras' it never replaces a file: one that exists is refused before training starts, unless `append` is
 * set. Throws a `UsageError` for a bad option. Source: https://keras.io/api/callbacks/csv_logger/.
 *
 * @example
 * csvLogger({ path: 'logs/{model}-{seed}.csv' }).append // false
 */
export function csvLogger(options: CsvLoggerOptions): CsvLoggerSpec {
  return parseSpec('csvLogger', fields, options)
}

export const csvLoggerCallback: CallbackDefinition<CsvLoggerSpec> = {
  fields,
  affectsResult: false,
  writes: ['path'],
  appends: ({ append }) => append,
  create: createCsvLogger,
}

/** A line that cannot be written, on a full disk say, is reported once: it ends the log, not the training. */
function createCsvLogger(spec: CsvLoggerSpec, { onNotice }: CallbackContext): Callback {
  let broken = false
  let columns: readonly string[] | null = null
  let resumed = false
  const write = async (line: readonly (string | number)[]): Promise<void> => {
    const { appendFile } = await import('node:fs/promises')
    if (broken) return
    await appendFile(spec.path, `${line.join(spec.separator)}\n`).catch(error => {
      broken = true
      onNotice?.(systemFailure(`The log ${spec.path} ends here, as it cannot be written`, error).message)
    })
  }
  return {
    async onEvent(event) {
      if (event.type === 'run-start' && !resumed) await claim(spec)
      if (event.type !== 'epoch') return undefined
      const { metrics } = event
      if (!columns) {
        columns = Object.keys(metrics).sort()
        const header = ['epoch', ...columns.map(kerasName)]
        if ((await sizeOf(spec.path)) === 0) await write(header)
        else await checkHeader(spec.path, header.join(spec.separator))
      }
      await write([event.epoch, ...columns.map(name => metrics[name]!)])
      return undefined
    },
    state: async () => ({ values: { size: await sizeOf(spec.path) }, weights: null }),
    /** Takes back the lines of epochs that will come again; in a file that others append to, they stay. */
    async restore({ values }) {
      const { truncate } = await import('node:fs/promises')
      const size = (values as { size?: unknown } | null)?.size
      if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
        throw new HeddleError('The checkpoint is of another training: it has no state of csvLogger.')
      }
      // A file that was moved away meanwhile is begun anew.
      if ((await sizeOf(spec.path)) < size) return
      if (!spec.append) await truncate(spec.path, size)
      resumed = true
    },
  }
}

/** Moving a log away must not end the training: the size of a file that is not there is 0. */
async function sizeOf(path: string): Promise<number> {
  const { stat } = await import('node:fs/promises')
  return (await stat(path).catch(() => null))?.size ?? 0
}

/** Creates the file, or fails where it exists and must not be touched. */
async function claim({ path, append }: CsvLoggerSpec): Promise<void> {
  // Only where a log is written: browsers load this file too.
  const { open, stat } = await import('node:fs/promises')
  const { dirname } = await import('node:path')
  const { makeFolder } = await import('../../base/files.ts')
  const failed = (error: Error): never => {
    throw systemFailure(`csvLogger: ${path} cannot be written`, error)
  }
  try {
    makeFolder(dirname(path))
  } catch (error) {
    failed(error as Error)
  }
  try {
    await (await open(path, append ? 'a' : 'wx')).close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') failed(error as Error)
    // A run that ended before its first epoch leaves an empty file, with nothing in it to lose.
    if ((await stat(path)).size === 0) return
    throw new UsageError(
      `csvLogger: the file ${path} exists and is not overwritten. Choose another path (it may hold {model} and ` +
        '{seed}), remove the file, or set append: true.',
    )
  }
}

/** Lines may only be added under the columns they belong to. */
async function checkHeader(path: string, header: string): Promise<void> {
  const { readFile } = await import('node:fs/promises')
  const [found] = (await readFile(path, 'utf8')).split('\n', 1)
  if (found === header) return
  throw new UsageError(
    `csvLogger: ${path} has the columns "${found}", but this run writes "${header}". Choose another path.`,
  )
}
