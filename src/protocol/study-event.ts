import { UsageError } from '../base/errors.ts'
import {
  boolean,
  custom,
  type Fields,
  integer,
  list,
  number,
  object,
  oneOf,
  parseOptions,
  required,
  show,
  textUpTo,
} from '../base/schema.ts'
import type { ParameterValues, StudyEvent } from './study.ts'
import { idField } from './tasks.ts'

/** Upper limits of what is read, far above what a search has. */
const MOST_TRIALS = 1_000_000
const MOST_OBJECTIVES = 10
const MOST_PARAMETERS = 1000
const MOST_CHARACTERS = 10_000

const trial = required(integer(undefined, { min: 0, max: MOST_TRIALS }))
const epochs = required(integer(undefined, { min: 0 }))
const seed = required(integer(undefined, { min: 0 }))
const run = required(idField)
const text = required(textUpTo(MOST_CHARACTERS))

/** That they are points of the space is checked where they become a training. */
const parameters = required(
  custom<ParameterValues, ParameterValues>(undefined, (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new UsageError(`${path} must be an object with the values of parameters, not ${show(value)}.`)
    const count = Object.keys(value).length
    if (count > MOST_PARAMETERS)
      throw new UsageError(`${path} has ${count} parameters, at most ${MOST_PARAMETERS} are possible.`)
    return value as ParameterValues
  }),
)

const fields = {
  ask: {
    trial,
    parameters,
    origin: required(oneOf(['start', 'sampler', 'repeat'])),
    seed,
    run,
    epochs: required(integer()),
    of: integer(undefined, { min: 0, max: MOST_TRIALS }),
  },
  train: { trial, epochs: required(integer()) },
  report: {
    trial,
    epochs,
    values: required(list(number(), { min: 1, max: MOST_OBJECTIVES })),
    isDone: required(boolean(false)),
    seconds: required(number(undefined, { min: 0 })),
  },
  fail: { trial, reason: text, seconds: number(undefined, { min: 0 }) },
  end: { reason: required(oneOf(['budget', 'exhausted', 'failures', 'interrupted'])), text },
  resume: {},
  final: {
    results: required(
      list(
        object({
          trial,
          runs: required(
            list(object({ run, seed, testAccuracy: required(number(undefined, { min: 0, max: 1 })) }), {
              max: MOST_TRIALS,
            }),
          ),
        }),
        { max: MOST_TRIALS },
      ),
    ),
    sentence: text,
  },
} satisfies Record<StudyEvent['type'], Fields>

/**
 * Reads an event of a search that may come from anywhere. Whether it can follow the events before it is checked by `Study.apply`. Throws a
 * `UsageError` that says what is wrong with it.
 *
 * @example
 * parseStudyEvent({ type: 'train', trial: 3, epochs: 9 }).type // 'train'
 */
export function parseStudyEvent(value: unknown): StudyEvent {
  const { type, ...options } = (value ?? {}) as { readonly type?: unknown }
  if (typeof type !== 'string' || !Object.hasOwn(fields, type)) {
    throw new UsageError(
      `An event of a search must be an object whose type is one of ${Object.keys(fields).join(', ')}, not ${show(value)}.`,
    )
  }
  const parsed = parseOptions(`Event "${type}"`, fields[type as StudyEvent['type']], options)
  const given = Object.entries(parsed).filter(([, one]) => one !== undefined)
  return { type, ...Object.fromEntries(given) } as StudyEvent
}
