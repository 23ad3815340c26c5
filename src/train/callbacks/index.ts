import { UsageError } from '../../base/errors.ts'
import { custom, type Field, kindsForm, oneOf, show } from '../../base/schema.ts'
import type { Callback, CallbackContext } from './callback.ts'
import { type CsvLoggerSpec, createCsvLogger, csvLogger, csvLoggerFields } from './csv-logger.ts'
import {
  createEarlyStopping,
  type EarlyStoppingSpec,
  earlyStopping,
  earlyStoppingFields,
} from './early-stopping.ts'

export type CallbackSpec = EarlyStoppingSpec | CsvLoggerSpec

const kinds = ['earlyStopping', 'csvLogger'] as const satisfies readonly CallbackSpec['kind'][]
const factories = { earlyStopping, csvLogger }

/** The option `callbacks`: a list of specs. */
export const callbacksField: Field<readonly CallbackSpec[], readonly CallbackSpec[]> = custom<
  readonly CallbackSpec[],
  readonly CallbackSpec[]
>(
  Object.freeze([]),
  (value, path) => {
    if (!Array.isArray(value)) throw new UsageError(`${path} must be a list, not ${show(value)}.`)
    return Object.freeze(
      value.map((item, i): CallbackSpec => {
        if (typeof item === 'function') {
          throw new UsageError(
            `${path}[${i}] must be a callback such as earlyStopping({ patience: 3 }), not a function. ` +
              'In a program, fit(…, { onEvent }) calls your function after every step and epoch.',
          )
        }
        const kind = oneOf(kinds).parse((item as { kind?: unknown } | null)?.kind, `${path}[${i}]: kind`)
        return factories[kind](item as never)
      }),
    )
  },
  { type: 'list', of: kindsForm({ earlyStopping: earlyStoppingFields, csvLogger: csvLoggerFields }) },
)

export function createCallback(spec: CallbackSpec, context: CallbackContext): Callback {
  return spec.kind === 'earlyStopping' ? createEarlyStopping(spec, context) : createCsvLogger(spec, context)
}
