import { expect, test } from 'vitest'
import { UsageError } from '../../../base/errors.ts'
import { RandomStream } from '../../../base/random.ts'
import { Dice } from '../../../testing/dice.ts'
import { headerLengthOf, readInferRequest } from './request.ts'
import type { Signature } from './signature.ts'

const signature: Signature = { inputShape: [2, 1, 1], classNames: ['cat', 'dog', 'hat'], preparation: {} }
const input = { name: 'images', shape: [1, 2, 1, 1], datatype: 'UINT8', data: [0, 255] }

function body(request: unknown, ...binary: readonly ArrayLike<number>[]): [Buffer, number | null] {
  const header = Buffer.from(JSON.stringify(request))
  const bytes = Buffer.concat([header, ...binary.map(part => Buffer.from(part))])
  return [bytes, binary.length > 0 ? header.length : null]
}

const read = (request: unknown, ...binary: readonly ArrayLike<number>[]) =>
  readInferRequest(...body(request, ...binary), signature)
const withInput = (change: object) => ({ inputs: [{ ...input, ...change }] })
const binary = (datatype: string, size: number, shape: readonly number[] = [1, 2, 1, 1]) => ({
  inputs: [{ name: 'images', shape, datatype, parameters: { binary_data_size: size } }],
})

test('JSON tensors are flat or nested', () => {
  const flat = read({ ...withInput({ shape: [2, 2, 1, 1], data: [1, 2, 3, 4] }), id: 'a' })
  expect(flat).toEqual({
    id: 'a',
    images: { datatype: 'UINT8', count: 2, values: Uint8Array.of(1, 2, 3, 4) },
    output: { isBinary: false, topClasses: null },
  })
  expect(
    read(
      withInput({
        shape: [2, 2, 1, 1],
        data: [
          [[[1]], [[2]]],
          [[[3]], [[4]]],
        ],
      }),
    ).images,
  ).toEqual(flat.images)
  expect(read(withInput({ datatype: 'FP32', data: [0.5, -1] })).images.values).toEqual(
    Float32Array.of(0.5, -1),
  )
  expect(read(withInput({ datatype: 'BYTES', shape: [1], data: ['AQI='] })).images.values).toEqual([
    Buffer.of(1, 2),
  ])
})

test('binary tensors follow the JSON', () => {
  expect(read(binary('UINT8', 2), [7, 8]).images.values).toEqual(Uint8Array.of(7, 8))
  const floats = new Uint8Array(Float32Array.of(0.25, 3).buffer)
  expect(read(binary('FP32', 8), floats).images.values).toEqual(Float32Array.of(0.25, 3))
  const elements = [2, 0, 0, 0, 9, 8, 0, 0, 0, 0]
  const { images } = read(binary('BYTES', 10, [2, 1]), elements)
  expect(images).toEqual({ datatype: 'BYTES', count: 2, values: [Buffer.of(9, 8), Buffer.of()] })
})

test('a body of pixels alone', () => {
  expect(readInferRequest(Uint8Array.of(1, 2, 3, 4), 0, signature).images).toEqual({
    datatype: 'UINT8',
    count: 2,
    values: Uint8Array.of(1, 2, 3, 4),
  })
  expect(() => readInferRequest(Uint8Array.of(1), 0, signature)).toThrow(
    'A body without JSON is pixels as UINT8, 2 bytes an image, and 1 bytes do not make whole images.',
  )
})

test('how the output is wanted', () => {
  const outputOf = (asked: object) => read({ ...withInput({}), ...asked }).output
  const top = { name: 'probabilities', parameters: { classification: 2 } }
  expect(outputOf({ parameters: { binary_data_output: true } })).toEqual({ isBinary: true, topClasses: null })
  expect(outputOf({ outputs: [top] })).toEqual({ isBinary: false, topClasses: 2 })
  expect(outputOf({ outputs: [{ ...top, parameters: { classification: 99, binary_data: true } }] })).toEqual({
    isBinary: true,
    topClasses: 3,
  })
  const own = [{ name: 'probabilities', parameters: { binary_data: false } }]
  expect(outputOf({ outputs: own, parameters: { binary_data_output: true } }).isBinary).toBe(false)
})

const refused: readonly [string, unknown, readonly ArrayLike<number>[], string][] = [
  ['a list', [], [], 'The body of a request for an inference must be an object, not [].'],
  [
    'no input',
    {},
    [],
    'inputs must be a list with the one input of the model, "images": received undefined.',
  ],
  [
    'two inputs',
    { inputs: [input, input] },
    [],
    'inputs must be a list with the one input of the model, "images": this request has 2.',
  ],
  ['another name', withInput({ name: 'x' }), [], 'The input of the model is "images", not "x".'],
  [
    'another type',
    withInput({ datatype: 'INT64' }),
    [],
    'The datatype of "images" must be UINT8 or FP32 or BYTES, not "INT64".',
  ],
  [
    'another shape',
    withInput({ shape: [1, 2] }),
    [],
    'The shape of "images" must be [images, 2, 1, 1] for UINT8, not [1,2].',
  ],
  [
    'no images',
    withInput({ shape: [0, 2, 1, 1] }),
    [],
    'A request has 1 to 1024 images, and this one says 0. Send several requests.',
  ],
  [
    'many images',
    withInput({ shape: [1e9, 2, 1, 1] }),
    [],
    'A request has 1 to 1024 images, and this one says 1000000000. Send several requests.',
  ],
  ['few numbers', withInput({ data: [1] }), [], '"data" of "images" has 1 elements, and its shape says 2.'],
  [
    'many numbers',
    withInput({ data: [1, 2, 3] }),
    [],
    '"data" of "images" has more than the 2 elements of its shape.',
  ],
  [
    'deep numbers',
    withInput({ data: [[[[[1]]]], 2] }),
    [],
    'UINT8 is whole numbers from 0 to 255, and number 0 of "images" is [1].',
  ],
  [
    'a fraction',
    withInput({ data: [1, 0.5] }),
    [],
    'UINT8 is whole numbers from 0 to 255, and number 1 of "images" is 0.5.',
  ],
  [
    'a text',
    withInput({ datatype: 'FP32', data: [1, '2'] }),
    [],
    'FP32 is numbers, and number 1 of "images" is "2".',
  ],
  [
    'too large',
    withInput({ datatype: 'FP32', data: [1, 1e300] }),
    [],
    'Number 1 of "images" is Infinity: FP32 numbers must be finite.',
  ],
  [
    'no base64',
    withInput({ datatype: 'BYTES', shape: [1], data: ['é'] }),
    [],
    'Element 0 of "images" must be a picture file in base64, not "é".',
  ],
  ['no data', withInput({ data: null }), [], '"data" of "images" must be a list, not null.'],
  ['an id', { ...withInput({}), id: 5 }, [], 'id must be a text of at most 256 characters, not 5.'],
  [
    'a sequence',
    { ...withInput({}), parameters: { sequence_id: 3 } },
    [],
    'Heddle serves no sequences of requests: leave out the parameter "sequence_id".',
  ],
  [
    'another size',
    binary('UINT8', 3),
    [[1, 2]],
    'binary_data_size of "images" is 3, and 2 bytes follow the JSON.',
  ],
  ['few bytes', binary('FP32', 2), [[1, 2]], '1 images of FP32 take 8 bytes, and "images" has 2.'],
  [
    'bytes without size',
    withInput({}),
    [[1]],
    '1 bytes follow the JSON, and no input has the parameter "binary_data_size".',
  ],
  [
    'both',
    withInput({ parameters: { binary_data_size: 2 } }),
    [[1, 2]],
    '"images" has both "data" and "binary_data_size": send one of them.',
  ],
  [
    'long element',
    binary('BYTES', 5, [1]),
    [[2, 0, 0, 0, 1]],
    'Element 0 of "images" goes beyond its 5 bytes.',
  ],
  [
    'bytes left',
    binary('BYTES', 5, [1]),
    [[0, 0, 0, 0, 1]],
    '"images" has 1 bytes more than its 1 elements.',
  ],
  [
    'shared memory',
    withInput({ parameters: { shared_memory_region: 'r' } }),
    [],
    'Heddle reads no shared memory: send the tensor in the body of the request.',
  ],
  [
    'two outputs',
    { ...withInput({}), outputs: [1, 2] },
    [],
    'outputs must be a list with the one output of the model, "probabilities", or be left out.',
  ],
  [
    'another output',
    { ...withInput({}), outputs: [{ name: 'o' }] },
    [],
    'The output of the model is "probabilities", not "o".',
  ],
  [
    'a flag',
    { ...withInput({}), parameters: { binary_data_output: 1 } },
    [],
    'binary_data_output must be true or false, not 1.',
  ],
  [
    'a class',
    { ...withInput({}), outputs: [{ name: 'probabilities', parameters: { classification: 'x' } }] },
    [],
    'classification must be a whole number of classes, not "x".',
  ],
]

test.each(refused)('refuses %s', (_, request, parts, message) => {
  const attempt = () => read(request, ...parts)
  expect(attempt).toThrow(UsageError)
  expect(attempt).toThrow(message)
})

test('a body that is not JSON, and a length beyond it', () => {
  const text = Buffer.from('{"inputs": [')
  expect(() => readInferRequest(text, null, signature)).toThrow(
    'The body of a request for an inference is not JSON: ',
  )
  expect(() => readInferRequest(text, 13, signature)).toThrow(
    'Inference-Header-Content-Length says 13 bytes of JSON, and the body has 12.',
  )
  const lists = Buffer.from('['.repeat(1e6))
  expect(() => readInferRequest(lists, null, signature)).toThrow('it is nested more than 64 levels deep')
  expect(() => readInferRequest(Buffer.of(0x22, 0xff, 0x22), null, signature)).toThrow('is not JSON')
  expect(headerLengthOf('12')).toBe(12)
  expect(headerLengthOf(undefined)).toBe(null)
  for (const bad of ['-1', '1e3', '0x1', ''])
    expect(() => headerLengthOf(bad)).toThrow(
      `Inference-Header-Content-Length must be a number of bytes, not "${bad}".`,
    )
})

test('a model without a preparation takes no picture files', () => {
  const attempt = () =>
    readInferRequest(...body(withInput({ datatype: 'BYTES' })), { ...signature, preparation: null })
  expect(attempt).toThrow('The datatype of "images" must be UINT8 or FP32, not "BYTES".')
})

/** The long form: `node scripts/fuzz.mjs`. */
const INPUTS = Number(process.env.FUZZ ?? 2000)

test('any change of a request is read, or refused in words', () => {
  const dice = new Dice(new RandomStream(1))
  const floats = new Uint8Array(Float32Array.of(1, 2).buffer)
  const whole = [
    body({
      ...withInput({}),
      id: 'a',
      outputs: [{ name: 'probabilities', parameters: { classification: 2 } }],
    }),
    body(binary('FP32', 8), floats),
    body(binary('BYTES', 6, [1]), [2, 0, 0, 0, 1, 2]),
  ] as const
  const ends = { read: 0, refused: 0 }
  for (let i = 0; i < INPUTS; i++) {
    const [bytes, length] = dice.pick(whole)
    try {
      readInferRequest(
        changed(bytes, dice),
        dice.pick([length, length, null, dice.roll(0, bytes.length)]),
        signature,
      )
      ends.read++
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      ends.refused++
    }
  }
  expect(ends.read).toBeGreaterThan(INPUTS / 100)
  expect(ends.refused).toBeGreaterThan(INPUTS / 4)
})

/** One byte is another one, a part is left out, or a part comes twice. */
function changed(bytes: Buffer, dice: Dice): Buffer {
  const at = dice.roll(0, bytes.length - 1)
  const end = dice.roll(at, Math.min(bytes.length, at + 8))
  const what = dice.roll(0, 3)
  if (what === 0) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
  if (what === 1) return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
  const copy = Buffer.from(bytes)
  copy[at] =
    what === 2 ? dice.roll(0, 255) : dice.pick([...'"{}[],:0123456789-e'].map(letter => letter.charCodeAt(0)))
  return copy
}
