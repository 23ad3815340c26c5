import { expect, test } from 'vitest'
import { writeInferResponse } from './response.ts'

const answer = {
  model: 'pets',
  version: '1',
  classNames: ['cat', 'dog', 'hat'],
  probabilities: Float32Array.of(0.25, 0.5, 0.25, 0, 0.125, 0.875),
}

test('numbers in the JSON', () => {
  const { body, headerLength } = writeInferResponse({
    ...answer,
    request: { id: 'a', output: { isBinary: false, topClasses: null } },
  })
  expect(headerLength).toBe(null)
  expect(JSON.parse(body.toString())).toEqual({
    id: 'a',
    model_name: 'pets',
    model_version: '1',
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [2, 3], data: [0.25, 0.5, 0.25, 0, 0.125, 0.875] },
    ],
  })
})

test('numbers as bytes after the JSON', () => {
  const { body, headerLength } = writeInferResponse({
    ...answer,
    request: { id: null, output: { isBinary: true, topClasses: null } },
  })
  const header = JSON.parse(body.toString('utf8', 0, headerLength!))
  expect(header.outputs).toEqual([
    { name: 'probabilities', datatype: 'FP32', shape: [2, 3], parameters: { binary_data_size: 24 } },
  ])
  const { buffer } = Uint8Array.from(body.subarray(headerLength!))
  expect(new Float32Array(buffer)).toEqual(answer.probabilities)
})

test('outputs that are no numbers are refused', () => {
  const write = () =>
    writeInferResponse({
      ...answer,
      probabilities: Float32Array.of(1, Number.NaN, 0),
      request: { id: null, output: { isBinary: true, topClasses: null } },
    })
  expect(write).toThrow('The outputs of the network for these images are not finite: no class can be named.')
})

test('the most probable classes as texts; of equal ones the first', () => {
  const texts = ['0.5:1:dog', '0.25:0:cat', '0.875:2:hat', '0.125:1:dog']
  const { body } = writeInferResponse({
    ...answer,
    request: { id: null, output: { isBinary: false, topClasses: 2 } },
  })
  expect(JSON.parse(body.toString()).outputs).toEqual([
    { name: 'probabilities', datatype: 'BYTES', shape: [2, 2], data: texts },
  ])
  const bytes = writeInferResponse({
    ...answer,
    request: { id: null, output: { isBinary: true, topClasses: 2 } },
  })
  expect(bytes.body.subarray(bytes.headerLength!).toString('latin1')).toBe(
    texts.map(text => `${String.fromCharCode(text.length)}\0\0\0${text}`).join(''),
  )
})
