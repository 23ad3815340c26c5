import { UsageError } from '../../../base/errors.ts'
import { boundedJson } from '../../../base/json.ts'
import { show } from '../../../base/schema.ts'
import { sizeOf } from '../../../base/shape.ts'
import { countOf, imagesOfBytes, imagesOfJson } from './images.ts'
import {
  type Datatype,
  datatypes,
  type Images,
  INPUT,
  MAX_IMAGES,
  OUTPUT,
  type Signature,
} from './signature.ts'

/** How the client wants the output of the model. */
export interface AskedOutput {
  /** As bytes after the JSON, not as numbers in it. */
  readonly isBinary: boolean
  /** The most probable classes as texts "value:index:name", this many; `null`: the probabilities of all classes. */
  readonly topClasses: number | null
}

export interface InferRequest {
  /** Chosen by the client, who gets it back. */
  readonly id: string | null
  readonly images: Images
  readonly output: AskedOutput
}

const MAX_ID = 256

/**
 * Reads the body of a request for an inference: JSON, or JSON of `headerLength` bytes with binary tensors after it. With a length of zero
 * the body has pixels and no JSON. Sizes are checked before memory is allocated. Throws a `UsageError` if the body breaks the protocol or
 * does not fit the model.
 *
 * Source: Open Inference Protocol v2, with the extensions for binary tensors and classification.
 */
export function readInferRequest(
  body: Uint8Array,
  headerLength: number | null,
  signature: Signature,
): InferRequest {
  if (headerLength === 0) return pixelsAlone(body, signature)
  if (headerLength !== null && headerLength > body.length) {
    throw new UsageError(
      `Inference-Header-Content-Length says ${headerLength} bytes of JSON, and the body has ${body.length}.`,
    )
  }
  const end = headerLength ?? body.length
  const { id, inputs, outputs, parameters } = parsed(body.subarray(0, end), signature)
  checkParameters(parameters)
  return {
    id: idOf(id),
    images: imagesIn(inputs, body.subarray(end), signature),
    output: outputIn(outputs, parameters, signature),
  }
}

/** The number of the header `Inference-Header-Content-Length`; `null`: there is none. */
export function headerLengthOf(text: string | string[] | undefined): number | null {
  if (text === undefined) return null
  if (typeof text === 'string' && /^\d{1,10}$/.test(text)) return Number(text)
  throw new UsageError(`Inference-Header-Content-Length must be a number of bytes, not ${show(text)}.`)
}

type Parameters = Readonly<Record<string, unknown>>

function parsed(bytes: Uint8Array, { inputShape }: Signature): Parameters {
  const words = 'The body of a request for an inference'
  let json: unknown
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    json = boundedJson(text, bytes.length, MAX_IMAGES * sizeOf(inputShape) + 1000)
  } catch (error) {
    throw new UsageError(`${words} is not JSON: ${(error as Error).message}`)
  }
  return objectAt(json, words)
}

function objectAt(value: unknown, path: string): Parameters {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Parameters
  throw new UsageError(`${path} must be an object, not ${show(value)}.`)
}

function parametersOf(value: unknown, path: string): Parameters {
  return value === undefined || value === null ? {} : objectAt(value, `${path}parameters`)
}

function idOf(id: unknown): string | null {
  if (id === undefined || id === null || id === '') return null
  if (typeof id === 'string' && id.length <= MAX_ID) return id
  throw new UsageError(`id must be a text of at most ${MAX_ID} characters, not ${show(id)}.`)
}

/** Requests of a sequence depend on each other: an answer without it would be a wrong one. */
function checkParameters(given: unknown): void {
  const { sequence_id: sequence } = parametersOf(given, '')
  if (sequence !== undefined && sequence !== 0 && sequence !== '')
    throw new UsageError('Heddle serves no sequences of requests: leave out the parameter "sequence_id".')
}

function imagesIn(inputs: unknown, binary: Uint8Array, signature: Signature): Images {
  if (!Array.isArray(inputs) || inputs.length !== 1) {
    const count = Array.isArray(inputs) ? `this request has ${inputs.length}` : `received ${show(inputs)}`
    throw new UsageError(`inputs must be a list with the one input of the model, "${INPUT}": ${count}.`)
  }
  const { name, shape, datatype, parameters, data } = objectAt(inputs[0], 'inputs[0]')
  if (name !== INPUT) throw new UsageError(`The input of the model is "${INPUT}", not ${show(name)}.`)
  const type = datatypeOf(datatype, signature)
  const count = countOf(shape, type, signature)
  const { binary_data_size: size, shared_memory_region: region } = parametersOf(parameters, 'inputs[0].')
  if (region !== undefined)
    throw new UsageError('Heddle reads no shared memory: send the tensor in the body of the request.')
  if (size === undefined || size === null) {
    if (binary.length > 0)
      throw new UsageError(
        `${binary.length} bytes follow the JSON, and no input has the parameter "binary_data_size".`,
      )
    return imagesOfJson(data, type, count, signature)
  }
  if (size !== binary.length)
    throw new UsageError(
      `binary_data_size of "${INPUT}" is ${show(size)}, and ${binary.length} bytes follow the JSON.`,
    )
  if (data !== undefined && data !== null)
    throw new UsageError(`"${INPUT}" has both "data" and "binary_data_size": send one of them.`)
  return imagesOfBytes(binary, type, count, signature)
}

function datatypeOf(datatype: unknown, { preparation }: Signature): Datatype {
  const known = datatypes.filter(one => one !== 'BYTES' || preparation !== null)
  const found = known.find(one => one === datatype)
  if (found) return found
  throw new UsageError(`The datatype of "${INPUT}" must be ${known.join(' or ')}, not ${show(datatype)}.`)
}

function outputIn(outputs: unknown, parameters: unknown, { classNames }: Signature): AskedOutput {
  const { binary_data_output: all = false } = parametersOf(parameters, '')
  const asked = outputs === undefined || outputs === null ? [] : outputs
  if (!Array.isArray(asked) || asked.length > 1)
    throw new UsageError(
      `outputs must be a list with the one output of the model, "${OUTPUT}", or be left out.`,
    )
  if (asked.length === 0) return { isBinary: flag(all, 'binary_data_output'), topClasses: null }
  const { name, parameters: own } = objectAt(asked[0], 'outputs[0]')
  if (name !== OUTPUT) throw new UsageError(`The output of the model is "${OUTPUT}", not ${show(name)}.`)
  const {
    binary_data: binary = all,
    classification: top,
    shared_memory_region: region,
  } = parametersOf(own, 'outputs[0].')
  if (region !== undefined)
    throw new UsageError('Heddle writes no shared memory: take the tensor from the body of the answer.')
  return { isBinary: flag(binary, 'binary_data'), topClasses: topOf(top, classNames.length) }
}

function flag(value: unknown, name: string): boolean {
  if (typeof value === 'boolean') return value
  throw new UsageError(`${name} must be true or false, not ${show(value)}.`)
}

/** Zero asks for no classification, as clients write it. */
function topOf(value: unknown, classes: number): number | null {
  if (value === undefined || value === null || value === 0) return null
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    throw new UsageError(`classification must be a whole number of classes, not ${show(value)}.`)
  return Math.min(value as number, classes)
}

function pixelsAlone(body: Uint8Array, signature: Signature): InferRequest {
  const size = sizeOf(signature.inputShape)
  const count = body.length / size
  if (!Number.isInteger(count) || count < 1) {
    throw new UsageError(
      `A body without JSON is pixels as UINT8, ${size} bytes an image, and ${body.length} bytes do not make whole images.`,
    )
  }
  const shape = [count, ...signature.inputShape]
  return {
    id: null,
    images: imagesOfBytes(body, 'UINT8', countOf(shape, 'UINT8', signature), signature),
    output: { isBinary: false, topClasses: null },
  }
}
