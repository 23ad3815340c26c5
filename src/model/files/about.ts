import { UsageError } from '../../base/errors.ts'
import { show } from '../../base/schema.ts'
import { type PixelRange, pixelRangeField } from '../../data/pixels.ts'
import { type Preparation, parsePreparation } from '../../data/preparation.ts'
import { type LossSpec, losses } from '../../nn/losses/loss.ts'
import type { ModelFile } from './model-file.ts'
import type { Golden } from './model-format.ts'

/**
 * What files of other programs do not have a word for. It travels as one JSON value, in the place that each kind of file leaves for
 * others, where its own program does not look.
 */
export interface About {
  readonly classNames: readonly string[]
  readonly pixelRange: PixelRange
  readonly preparation: Preparation | null
  readonly loss: LossSpec | null
  readonly golden: Golden | null
}

const VERSION = 1

export function writeAbout({ classNames, pixelRange, preparation, loss }: ModelFile, golden: Golden): object {
  return { version: VERSION, classNames, pixelRange, preparation, loss, golden: writeGolden(golden) }
}

/** Reads it from a file of any origin; `null`: there is none. */
export function readAbout(value: unknown): About | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'object') throw new UsageError(`its "heddle" must be an object, not ${show(value)}.`)
  const { version, classNames, pixelRange, preparation, loss, golden } = value as Record<string, unknown>
  if (version !== VERSION) {
    throw new UsageError(
      `what Heddle says in it has the version ${show(version)}, and this Heddle reads ${VERSION}.`,
    )
  }
  if (!Array.isArray(classNames) || !classNames.every(name => typeof name === 'string'))
    throw new UsageError(`its classNames must be a list of names, not ${show(classNames)}.`)
  return {
    classNames,
    pixelRange: pixelRangeField.parse(pixelRange, 'pixelRange'),
    preparation: preparation === null ? null : parsePreparation(preparation),
    loss: loss === null ? null : losses.field.parse(loss, 'loss'),
    golden: readGolden(golden),
  }
}

/** Bytes, and floats with their lowest byte first, in base64. */
export function writeGolden({ inputs, outputs }: Golden): object {
  const { buffer, byteOffset, byteLength } = outputs
  return { inputs: base64(inputs), outputs: base64(new Uint8Array(buffer, byteOffset, byteLength)) }
}

/** Reads them from a file of any origin; `null`: there are none. */
export function readGolden(value: unknown): Golden | null {
  const { inputs, outputs } = (value ?? {}) as Record<string, unknown>
  if (typeof inputs !== 'string' || typeof outputs !== 'string') return null
  // A copy: Buffers lie at any place in memory.
  const numbers = Uint8Array.from(Buffer.from(outputs, 'base64'))
  const whole = numbers.slice(0, numbers.length - (numbers.length % 4))
  return {
    inputs: Uint8Array.from(Buffer.from(inputs, 'base64')),
    outputs: new Float32Array(whole.buffer),
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
