import { UsageError } from '../base/errors.ts'
import {
  custom,
  type Field,
  integer,
  list,
  type Options,
  object,
  oneOf,
  optional,
  parseSpec,
  required,
  type Spec,
  show,
  text,
  textLike,
} from '../base/schema.ts'
import { plural } from '../base/text.ts'

const own = {
  /** The model file: any kind that Heddle reads. Relative to the experiment. Required. */
  file: required(text()),
  /** The layer whose output the next layer reads. Default null: what the last layer with weights reads, dropout left out. */
  cutAt: optional(text()),
  /**
   * What training leaves as it is: `'all'`, `'none'`, the first layers by their number, or all up to the layer of a name.
   * Default 'all'.
   */
  freeze: freezeField(),
}

/** What was read of the file: found by `readPretrained`, and kept with the model. */
const readFields = {
  /** The SHA-256 of the file's bytes, in hexadecimal digits. */
  sha256: required(textLike(/^[0-9a-f]{64}$/, 'a SHA-256 of 64 hexadecimal digits')),
  /** The number of nodes that come from the file. They are the first ones. */
  layers: required(integer()),
  /** The input that the file's model was made for. */
  inputShape: required(list(integer(), { min: 1, max: 3 })),
  pixelRange: required(oneOf(['unit', 'raw'])),
}

/** Its options, and what was found in the file. */
export const pretrainedFields = {
  ...own,
  read: optional(object(readFields)),
}

export interface PretrainedOptions extends Options<typeof own> {}
export type PretrainedSpec = Spec<'pretrained', typeof pretrainedFields>

/**
 * The first part of a model: layers of a file with their weights, which a new head follows. Training leaves the layers of
 * `freeze` as they are: no gradient, no optimizer state, and batch normalisations use their moving statistics.
 *
 * Reading the file runs no code. Its content is part of what a run is: another file is another experiment. Throws a `UsageError`
 * for an unknown option or a bad value; a file, a layer or a number that does not exist is refused when the file is read.
 *
 * @example
 * const model = sequential([
 *   pretrained({ file: 'backbone.safetensors', cutAt: 'features' }),
 *   dense({ units: 5, activation: 'softmax' }),
 * ])
 * model.pretrained?.freeze // 'all'
 */
export function pretrained(options: PretrainedOptions): PretrainedSpec {
  return parseSpec('pretrained', pretrainedFields, options)
}

/** Reads the first part of a model from JSON that may come from anywhere. */
export function parsePretrained(value: unknown, path: string): PretrainedSpec {
  if ((value as { kind?: unknown } | null)?.kind !== 'pretrained')
    throw new UsageError(`${path}: pretrained must be made by pretrained({ file: '…' }), not ${show(value)}.`)
  return parseSpec('pretrained', pretrainedFields, value)
}

/** For people: `lite0.safetensors (1f3a5c7e9b2d), 150 layers up to "pool", all frozen`. */
export function pretrainedText({ file, cutAt, freeze, read }: PretrainedSpec): string {
  const hash = read ? ` (SHA-256 ${read.sha256.slice(0, 12)})` : ''
  const layers = read ? plural(read.layers, 'layer') : 'layers'
  const frozen =
    freeze === 'all'
      ? 'all of them frozen'
      : freeze === 'none'
        ? 'none of them frozen'
        : typeof freeze === 'number'
          ? `the first ${freeze} frozen`
          : `frozen up to "${freeze}"`
  return `${layers} of ${file}${hash}${cutAt === null ? '' : ` up to "${cutAt}"`}, ${frozen}`
}

function freezeField(): Field<string | number, string | number> {
  const name = text()
  return custom<string | number, string | number>('all', (value, path) => {
    if (typeof value === 'string') return name.parse(value, path)
    if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number
    throw new UsageError(
      `${path} must be 'all', 'none', a number of layers of at least 1, or the name of the last layer that stays, not ${show(value)}.`,
    )
  })
}
