import { UsageError } from '../../base/errors.ts'
import { show } from '../../base/schema.ts'
import { type PixelRange, pixelRangeField } from '../../data/pixels.ts'
import { type Preparation, parsePreparation } from '../../data/preparation.ts'
import { type LossSpec, losses } from '../../nn/losses/loss.ts'
import { type ModelFile, temperatureIn } from './model-file.ts'
import type { Golden } from './model-format.ts'

/**
 * What Heddle adds to the files of other programs, which have no words for it. It is one JSON value, in a place that the other
 * program does not read.
 */
export interface About {
  readonly classNames: readonly string[]
  readonly pixelRange: PixelRange
  readonly preparation: Preparation | null
  readonly loss: LossSpec | null
  readonly temperature: number | null
  readonly golden: Golden | null
}

const VERSION = 1

export function writeAbout(file: ModelFile, golden: Golden): object {
  const { classNames, pixelRange, preparation, loss, temperature } = file
  const about = { version: VERSION, classNames, pixelRange, preparation, loss, temperature }
  return { ...about, golden: writeGolden(golden) }
}

/** Reads it from a file of any origin; `null`: there is none. */
export function readAbout(value: unknown): About | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'object') throw new UsageError(`its "heddle" must be an object, not ${show(value)}.`)
  const { version, classNames, pixelRange, preparation, loss, temperature, golden } = value as Record<
    string,
    unknown
  >
  if (version !== VERSION) {
    throw new UsageError(
      `its "heddle" has the version ${show(version)}, and this Heddle reads version ${VERSION}.`,
    )
  }
  if (!Array.isArray(classNames) || !classNames.every(name => typeof name === 'string'))
    throw new UsageError(`its classNames must be a list of names, not ${show(classNames)}.`)
  return {
    classNames,
    pixelRange: pixelRangeField.parse(pixelRange, 'pixelRange'),
    preparation: preparation === null ? null : parsePreparation(preparation),
    loss: loss === null ? null : losses.field.parse(loss, 'loss'),
    temperature: temperatureIn(temperature),
    golden: readGolden(golden),
  }
}

/** Bytes, and floats with their lowest byte first, in base64. */
export function writeGolden({ inputs, outputs }: Golden): Readonly<Record<keyof Golden, string>> {
  return { inputs: base64(inputs), outputs: base64(outputs) }
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

/** The bytes of numbers. */
export function base64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64')
}
