import { UsageError } from '../base/errors.ts'
import {
  custom,
  type Field,
  integer,
  number,
  object,
  required,
  show,
  text,
  type Values,
} from '../base/schema.ts'

const fields = {
  /** The epochs before: frozen layers stay as they are in them. Required. */
  after: required(integer()),
  /** Which frozen layers learn then: the last ones, by their number, or all from the layer of a name on. Required. */
  unfreeze: required(unfreezeField()),
  /** The learning rate from there on. Required. */
  learningRate: required(number(undefined, { min: 0 })),
}

/**
 * A second phase of a training: after some epochs a part of the frozen layers learns too, at a rate of its own. Batch normalisations
 * stay frozen: their statistics are those of the data that the part was trained on. The optimizer begins anew.
 */
export const fineTuningField = object(fields)

export type FineTuning = Values<typeof fields>

function unfreezeField(): Field<string | number, string | number> {
  const name = text()
  return custom<string | number, string | number>(undefined, (value, path) => {
    if (typeof value === 'string') return name.parse(value, path)
    if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number
    throw new UsageError(
      `${path} must be a number of layers of at least 1, or the name of the first layer that learns, not ${show(value)}.`,
    )
  })
}
