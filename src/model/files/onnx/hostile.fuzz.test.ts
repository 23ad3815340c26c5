import { readFileSync } from 'node:fs'
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { expect, test } from 'vitest'
import { fuzzInputs, refusals } from '../../../../test/support/fuzz.ts'
import { HeddleError } from '../../../base/errors.ts'
import { type Dice, damaged } from '../../../testing/dice.ts'
import { readModel } from '../model-formats.ts'
import { decodeOnnx } from './decode.ts'
import { encodeOnnx } from './encode.ts'
import {
  DATA_TYPES,
  float,
  floatTensor,
  int,
  int64Tensor,
  ints,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  text,
} from './messages.ts'
import { handledOperators } from './read-graph.ts'

const INPUTS = fuzzInputs(100)
const longest = 3000

const golden = (name: string): Buffer =>
  readFileSync(new URL(`../../../../test/parity/golden/onnx/${name}`, import.meta.url))
const beside = async (name: string) => {
  if (name === 'dynamo-plain.onnx.data') return golden(name)
  throw new HeddleError(`There is no file ${name.slice(0, 100)}.`)
}
const read = (bytes: Uint8Array) => readModel(bytes, { name: 'model', beside })

test.each(['torch-mobile.onnx', 'dynamo-plain.onnx', 'keras-sequential.onnx'])(
  `${INPUTS} damaged copies of %s: read, or refused in words`,
  async file => {
    const sound = golden(file)
    const refused = await refusals(dice => read(damaged(sound, dice)), { inputs: INPUTS, seed: 3, longest })
    expect(refused).toBeGreaterThan(0)
  },
)

/** A model in which one to three nodes or weights are others. */
function changed(model: OnnxModel, dice: Dice): OnnxModel {
  const nodes = [...model.graph.nodes]
  const initializers = [...model.graph.initializers]
  const names = [...initializers.map(({ name }) => name), ...nodes.flatMap(({ outputs }) => outputs), '']
  const numbers = [-1, 0, 1, 2, 3, 7, 2 ** 20, 2 ** 31, 2 ** 53, -(2 ** 63)]
  const attribute = (): OnnxAttribute =>
    dice.pick([
      int(dice.pick(numbers)),
      float(dice.pick([Number.NaN, Number.POSITIVE_INFINITY, 0, -1, 1e30])),
      ints(Array.from({ length: dice.roll(0, 6) }, () => dice.pick(numbers))),
      text(dice.pick(['SAME_UPPER', 'VALID', '', 'x'.repeat(1000), 'linear', 'reflect'])),
      { kind: 'tensor', value: int64Tensor('t', [dice.pick(numbers)]) },
    ])
  const changeNode = (node: OnnxNode): OnnxNode =>
    dice.pick<() => OnnxNode>([
      () => ({ ...node, opType: dice.pick(handledOperators) }),
      () => ({ ...node, inputs: node.inputs.map(input => (dice.roll(0, 1) ? dice.pick(names) : input)) }),
      () => ({ ...node, inputs: node.inputs.slice(1) }),
      () => ({ ...node, inputs: node.inputs.toReversed() }),
      () => ({ ...node, outputs: [] }),
      () => {
        const keys = [...node.attributes.keys(), 'axis', 'axes', 'pads', 'perm', 'group', 'to', 'auto_pad']
        return { ...node, attributes: new Map([...node.attributes, [dice.pick(keys), attribute()]]) }
      },
    ])()
  for (let i = dice.roll(1, 3); i > 0; i--) {
    if (dice.roll(0, 3) > 0) {
      const place = dice.roll(0, nodes.length - 1)
      nodes[place] = changeNode(nodes[place]!)
    } else {
      const place = dice.roll(0, initializers.length - 1)
      const dims = dice.pick([
        [],
        [0],
        [2 ** 40],
        [-1],
        initializers[place]!.dims.toReversed(),
        [1, 1, 1, 1, 1],
      ])
      initializers[place] = { ...initializers[place]!, dims }
    }
  }
  return { ...model, graph: { ...model.graph, nodes, initializers } }
}

test.each(['torch-mobile.onnx', 'torch-plain.onnx', 'keras-sequential.onnx'])(
  `${INPUTS} changed graphs of %s: read, or refused in words`,
  async file => {
    const model = decodeOnnx(golden(file))
    const work = (dice: Dice) => read(encodeOnnx(changed(model, dice)))
    expect(await refusals(work, { inputs: INPUTS, seed: 4, longest })).toBeGreaterThan(INPUTS / 4)
  },
)

const node = (opType: string, inputs: string[], outputs: string[], attributes = {}): OnnxNode => ({
  name: '',
  domain: '',
  opType,
  inputs,
  outputs,
  attributes: new Map(Object.entries(attributes)),
})

function model(
  nodes: readonly OnnxNode[],
  initializers: readonly OnnxTensor[] = [],
  shape: (number | string)[] = ['n', 4],
  opset = 17,
): Uint8Array {
  const port = (name: string, sizes: (number | string)[]) => ({ name, type: DATA_TYPES.float, shape: sizes })
  return encodeOnnx({
    irVersion: 8,
    producer: 'test',
    opsets: new Map([['', opset]]),
    metadata: new Map(),
    functions: [],
    graph: { name: 'g', nodes, initializers, inputs: [port('x', shape)], outputs: [port('y', ['n', 4])] },
  })
}

const refused = (bytes: Uint8Array, words: string) => expect(read(bytes)).rejects.toThrow(words)

test('graphs that are cyclic, too long, or run programs are refused by the name of the node', async () => {
  await refused(
    model([node('Relu', ['b'], ['a']), node('Relu', ['a'], ['b']), node('Add', ['b', 'x'], ['y'])]),
    'node "a" (Relu): it reads "b", which no node before it makes. The graph is cyclic',
  )
  const chain = Array.from({ length: 100_000 }, (_, i) => node('Relu', [i ? `t${i}` : 'x'], [`t${i + 1}`]))
  await refused(model(chain), 'it has more than 20000 nodes')
  await refused(model([node('If', ['x'], ['y'], {})]), 'node "y" (If): it chooses between two graphs')
  await refused(model([node('SequenceEmpty', ['x'], ['y'])]), 'lists of tensors')
  await refused(model([{ ...node('Relu', ['x'], ['y']), domain: 'com.evil' }]), 'an operator of "com.evil"')
  await refused(model([node('constructor', ['x'], ['y'])]), 'Heddle has no layer for this operator')
  await refused(model([node('Relu', ['x'], ['y'])], [], ['n', 4], 99), 'opset 99')
  await refused(model([node('Relu', ['x'], ['y'])], [], ['n', 'm']), 'with only the batch open')
})

test('false sizes, and more numbers than fit into memory, are refused before memory is taken', async () => {
  const relu = [node('Add', ['x', 'w'], ['y'])]
  const values = new Float32Array(4)
  await refused(
    model(relu, [{ ...floatTensor('w', [4], values), dims: [2 ** 40] }]),
    'a tensor has the sizes',
  )
  await refused(
    model(relu, [{ ...floatTensor('w', [4], values), dims: [1000] }]),
    'has 16 bytes, but its sizes',
  )
  await refused(model(relu, [{ ...floatTensor('w', [4], values), dims: [-4] }]), 'a tensor has the sizes')
  const filled = [
    node('ConstantOfShape', ['size'], ['w']),
    node('MatMul', ['x', 'w'], ['h']),
    node('Bomb', ['h'], ['y']),
  ]
  await refused(model(filled, [int64Tensor('size', [4, 2 ** 26])]), '(Bomb): Heddle has no layer')
  await refused(model(filled, [int64Tensor('size', [4, 2 ** 27])]), 'a tensor has the sizes')
  const doubled = Array.from({ length: 40 }, (_, i) =>
    node('Concat', [`s${i}`, `s${i}`], [`s${i + 1}`], { axis: int(0) }),
  )
  await refused(model([...doubled, ...relu], [int64Tensor('s0', [1])]), 'Concat')
  const outer = [node('Add', ['row', 'column'], ['w']), node('MatMul', ['x', 'w'], ['y'])]
  const long = (dims: number[]) => floatTensor(dims[0] === 1 ? 'row' : 'column', dims, new Float32Array(4096))
  await refused(model(outer, [long([1, 4096]), long([4096, 1])]), 'it computes 16777216 fixed numbers')
  const shared = Array.from({ length: 300 }, (_, i) =>
    node('MatMul', [i ? `m${i}` : 'x', 'w'], [`m${i + 1}`]),
  )
  const matrix = floatTensor('w', [1000, 1000], new Float32Array(1e6))
  await refused(model(shared, [matrix], ['n', 1000]), 'more than 268435456 weights')
})

test('fields without an end, groups within groups and a million names are refused', async () => {
  const start = Uint8Array.of(0x08, 8, 0x3a)
  await refused(Uint8Array.of(...start, 0xff, 0xff, 0xff, 0xff, 0x07), 'damaged')
  await refused(Uint8Array.of(0x08, 8, 0x12), 'damaged')
  await refused(new Uint8Array([0x08, 8, 0x12, 0, ...Array<number>(10_000).fill(0x0b)]), 'damaged')
  const names = new BinaryWriter().tag(1, 0).int64(8).tag(2, 2).string('x').tag(7, 2).fork().tag(1, 2).fork()
  for (let i = 0; i < 1_100_000; i++) names.tag(1, 2).string('')
  await refused(names.join().join().finish(), 'more than 1000000 names')
})
