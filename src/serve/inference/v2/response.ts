import { HeddleError } from '../../../base/errors.ts'
import type { AskedOutput, InferRequest } from './request.ts'
import { OUTPUT } from './signature.ts'

export interface InferResponse {
  readonly model: string
  readonly version: string
  readonly request: Pick<InferRequest, 'id' | 'output'>
  readonly classNames: readonly string[]
  /** `[images, classes]` */
  readonly probabilities: Float32Array
}

export interface WrittenResponse {
  readonly body: Buffer
  /** The length of the JSON where bytes follow it: `Inference-Header-Content-Length`. `null`: JSON alone. */
  readonly headerLength: number | null
}

/**
 * Writes the answer to a request: JSON, or JSON with a binary tensor after it. Throws a `HeddleError` if the outputs are no
 * numbers.
 */
export function writeInferResponse(response: InferResponse): WrittenResponse {
  const { model, version, request, classNames, probabilities } = response
  const { id, output } = request
  if (!probabilities.every(Number.isFinite))
    throw new HeddleError(
      'The outputs of the network for these images are not finite: no class can be named.',
    )
  const { datatype, width, elements, bytes } = tensorOf(output, classNames, probabilities)
  const binary = output.isBinary ? bytes() : null
  const header = Buffer.from(
    JSON.stringify({
      ...(id !== null && { id }),
      model_name: model,
      model_version: version,
      outputs: [
        {
          name: OUTPUT,
          datatype,
          shape: [probabilities.length / classNames.length, width],
          ...(binary ? { parameters: { binary_data_size: binary.length } } : { data: elements() }),
        },
      ],
    }),
  )
  if (!binary) return { body: header, headerLength: null }
  return { body: Buffer.concat([header, binary]), headerLength: header.length }
}

interface Tensor {
  readonly datatype: 'FP32' | 'BYTES'
  readonly width: number
  readonly elements: () => readonly (number | string)[]
  readonly bytes: () => Buffer
}

function tensorOf(
  { topClasses }: AskedOutput,
  classNames: readonly string[],
  probabilities: Float32Array,
): Tensor {
  if (topClasses === null) {
    const { buffer, byteOffset, byteLength } = probabilities
    return {
      datatype: 'FP32',
      width: classNames.length,
      elements: () => [...probabilities],
      bytes: () => Buffer.from(buffer, byteOffset, byteLength),
    }
  }
  const texts = classesIn(probabilities, classNames, topClasses)
  return { datatype: 'BYTES', width: topClasses, elements: () => texts, bytes: () => withLengths(texts) }
}

/** The classes with the largest values of every image, as "value:index:name". Among equal values the first class comes first. */
function classesIn(probabilities: Float32Array, classNames: readonly string[], top: number): string[] {
  const texts: string[] = []
  for (let from = 0; from < probabilities.length; from += classNames.length) {
    const row = probabilities.subarray(from, from + classNames.length)
    const order = classNames.map((_, i) => i).sort((a, b) => row[b]! - row[a]! || a - b)
    texts.push(...order.slice(0, top).map(i => `${row[i]}:${i}:${classNames[i]}`))
  }
  return texts
}

function withLengths(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap(text => {
      const bytes = Buffer.from(text)
      const length = Buffer.alloc(4)
      length.writeUInt32LE(bytes.length)
      return [length, bytes]
    }),
  )
}
