import { expect, test } from 'vitest'
import {
  conv2d,
  dense,
  dropout,
  flatten,
  globalAveragePooling2d,
  maxPooling2d,
  resizing,
} from '../../../nn/layers/index.ts'
import { type ModelSpec, sequential } from '../../graph.ts'
import { buildModel } from '../../model.ts'
import { numbersOf, parameterOf } from './graph-writer.ts'
import type { Layout } from './held.ts'
import { writeGraph } from './write-model.ts'

const written = (spec: ModelSpec, layout: Layout = 'last') => writeGraph(buildModel(spec, [9, 8, 3]), layout)
const operators = (spec: ModelSpec, layout?: Layout): string[] =>
  written(spec, layout).graph.nodes.map(({ opType }) => opType)

const classifier = sequential([
  conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
  maxPooling2d({ padding: 'same' }),
  flatten(),
  dropout({ rate: 0.5 }),
  dense({ units: 2, activation: 'softmax' }),
])

test('one transposition at the input, none where channels enter first', () => {
  const rest = ['Conv', 'Relu', 'MaxPool', 'Dropout', 'Flatten', 'Gemm', 'Softmax']
  expect(operators(classifier)).toEqual(['Transpose', ...rest])
  expect(operators(classifier, 'first')).toEqual(rest)
  const pooled = sequential([globalAveragePooling2d(), dense({ units: 2 })])
  expect(operators(pooled, 'first')).toEqual(['AveragePool', 'Flatten', 'Gemm'])
})

test('padding is written out, with the odd row below and the odd column on the right', () => {
  const { graph } = written(classifier)
  const pads = graph.nodes.map(({ attributes }) => attributes.get('pads')).filter(Boolean)
  expect(pads).toEqual([
    { kind: 'ints', value: [1, 0, 1, 1] },
    { kind: 'ints', value: [0, 0, 1, 0] },
  ])
  expect(graph.nodes.some(({ attributes }) => attributes.has('auto_pad'))).toBe(false)
})

test('the batch is open, and kernels of a flattened image have the order of the channels', () => {
  const { graph, weights } = written(classifier)
  expect(graph.inputs[0]!.shape).toEqual(['batch', 9, 8, 3])
  expect(graph.outputs[0]!.shape).toEqual(['batch', 2])
  const source = weights.get('dense/kernel')!
  expect(source).toMatchObject({ view: [2, 3, 2, 4], axes: [0, 3, 1, 2], dims: [2, 24] })
  const values = Float32Array.from({ length: 48 }, (_, i) => i)
  const numbers = numbersOf(source, values)
  // Row 0 begins with all places of channel 0, which are 4 apart here.
  expect([...numbers.slice(0, 7)]).toEqual([0, 4, 8, 12, 16, 20, 1])
  expect(parameterOf(source, numbers)).toEqual(values)
})

test('an image is made smaller by the pixels that Heddle reads', () => {
  const nearest = sequential([resizing({ height: 6, width: 5, interpolation: 'nearest' }), flatten()])
  expect(operators(nearest, 'first').slice(0, 2)).toEqual(['Gather', 'Gather'])
})
