import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../base/errors.ts'
import {
  activation,
  add,
  averagePooling2d,
  concatenate,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPooling2d,
} from '../nn/layers/index.ts'
import { graph, type ModelSpec, parseModel, sequential } from './graph.ts'

const conv = conv2d({ filters: 8, kernelSize: 3, padding: 'same' })

const residual = graph({
  stem: [conv, 'input'],
  branch: [conv, 'stem'],
  sum: [add(), 'stem', 'branch'],
  row: [flatten(), 'sum'],
  head: [dense({ units: 10, activation: 'softmax' }), 'row'],
})

const everyLayer = graph(
  {
    conv: [
      conv2d({ filters: 4, kernelSize: [3, 1], groups: 2, activation: { kind: 'elu', alpha: 2 } }),
      'input',
    ],
    max: [maxPooling2d({ poolSize: 3, strides: 1, padding: 'same' }), 'conv'],
    mean: [averagePooling2d({ poolSize: 3, strides: 1, padding: 'same' }), 'conv'],
    sum: [add(), 'max', 'mean'],
    wide: [concatenate(), 'sum', 'conv'],
    soft: [activation({ activation: 'gelu' }), 'wide'],
    row: [flatten(), 'soft'],
    drop: [dropout({ rate: 0.5 }), 'row'],
    head: [dense({ units: 3, activation: 'softmax', kernelInitializer: 'heNormal' }), 'drop'],
  },
  { inputShape: [8, 8, 2] },
)

const isDeeplyFrozen = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen))

describe('sequential', () => {
  test('names layers as Keras does and connects each with the one before', () => {
    const model = sequential([
      conv,
      maxPooling2d(),
      conv,
      maxPooling2d(),
      averagePooling2d(),
      dropout({ rate: 0.1 }),
      flatten(),
      dense({ units: 3 }),
      activation({ activation: 'relu' }),
      dense({ units: 3 }),
      dense({ units: 3 }),
    ])
    expect(model.nodes.map(({ name, inputs }) => `${inputs.join()} > ${name}`)).toEqual([
      'input > conv2d',
      'conv2d > max_pooling2d',
      'max_pooling2d > conv2d_1',
      'conv2d_1 > max_pooling2d_1',
      'max_pooling2d_1 > average_pooling2d',
      'average_pooling2d > dropout',
      'dropout > flatten',
      'flatten > dense',
      'dense > activation',
      'activation > dense_1',
      'dense_1 > dense_2',
    ])
  })

  test('counts names within one model, not within the session', () => {
    expect(sequential([flatten()])).toEqual(sequential([flatten()]))
  })

  test('keeps the input shape when it is given one', () => {
    expect(sequential([flatten()]).inputShape).toBe(null)
    expect(sequential([flatten()], { inputShape: [28, 28, 1] }).inputShape).toEqual([28, 28, 1])
  })

  test.each<[string, () => unknown, string]>([
    ['no layers', () => sequential([]), 'A model needs at least one layer, such as dense({ units: 10 }).'],
    [
      'layers that are not in a list',
      () => sequential(flatten() as never, dense({ units: 10 }) as never),
      'sequential: expected a list, as in sequential([flatten(), dense({ units: 10 })]), received {"kind":"flatten"}.',
    ],
    [
      'a factory that was not called',
      () => sequential([flatten, dense({ units: 10 })] as never),
      'layer 1: ',
    ],
    ['something else', () => sequential([flatten(), 'dense'] as never), 'layer 2: "dense" is not a layer.'],
    [
      'an unknown option',
      () => sequential([flatten()], { inputShpae: [28, 28, 1] } as never),
      'The model: unknown key "inputShpae". Did you mean "inputShape"? Keys: inputShape, pretrained.',
    ],
    [
      'a shape with a batch axis',
      () => sequential([flatten()], { inputShape: [32, 28, 28, 1] }),
      'inputShape must be [height, width, channels], [steps, channels] or [features], not [32,28,28,1].',
    ],
    [
      'an empty axis',
      () => sequential([flatten()], { inputShape: [28, 0, 1] }),
      'inputShape must be [height, width, channels], [steps, channels] or [features], not [28,0,1].',
    ],
  ])('refuses %s', (_, build, message) => {
    expect(build).toThrow(UsageError)
    expect(build).toThrow(message)
  })
})

describe('graph', () => {
  test('keeps names, order and inputs as they are written', () => {
    expect(residual.nodes.map(({ name, inputs }) => [name, ...inputs])).toEqual([
      ['stem', 'input'],
      ['branch', 'stem'],
      ['sum', 'stem', 'branch'],
      ['row', 'sum'],
      ['head', 'row'],
    ])
  })

  test('a node may be read twice by one layer', () => {
    expect(graph({ double: [add(), 'input', 'input'] }).nodes[0]!.inputs).toEqual(['input', 'input'])
  })

  test.each<[string, () => unknown, string]>([
    [
      'an input that is misspelt',
      () => graph({ stem: [conv, 'input'], row: [flatten(), 'stme'] }),
      'Node "row" reads "stme", which no earlier node is called. Did you mean "stem"? Earlier nodes: input, stem.',
    ],
    [
      'an input that comes later',
      () => graph({ row: [flatten(), 'stem'], stem: [conv, 'input'] }),
      'Node "row" reads "stem", which no earlier node is called. Earlier nodes: input.',
    ],
    [
      'a node that reads itself',
      () => graph({ loop: [add(), 'input', 'loop'] }),
      'Node "loop" reads "loop", which no earlier node is called. Earlier nodes: input.',
    ],
    [
      'a node that nothing reads',
      () => graph({ stem: [conv, 'input'], lost: [conv, 'stem'], row: [flatten(), 'stem'] }),
      'The output of node "lost" is not used: only the last node may be the output. ' +
        'Name it as an input of a later node, or remove it.',
    ],
    [
      'two inputs of a layer that takes one',
      () => graph({ stem: [conv, 'input'], row: [flatten(), 'stem', 'input'] }),
      'Node "row" (Flatten) takes one input, received 2: stem, input. Join them with add() or concatenate() first.',
    ],
    [
      'one input of a layer that joins',
      () => graph({ sum: [add(), 'input'] }),
      'Node "sum" (Add) joins two or more inputs, received one: input.',
    ],
    [
      'a node without inputs',
      () => graph({ stem: [conv] }),
      `Node "stem" reads nothing: list its inputs, as in [layer, 'input'].`,
    ],
    [
      'a node that is a layer without a list',
      () => graph({ row: flatten() as never }),
      `Node "row" must be a list, as in [layer, 'input'], not {"kind":"flatten"}.`,
    ],
    [
      'a node called like the input',
      () => graph({ input: [flatten(), 'input'] }),
      'Two nodes are called "input"',
    ],
    // JavaScript moves such keys to the front: their order would not be the one that was written.
    [
      'a name that is a number',
      () => graph({ stem: [conv, 'input'], 1: [flatten(), 'stem'] }),
      `A node's name must start with a letter and hold letters, digits, "_", "." or "-", at most 100; not "1".`,
    ],
    ['a name with a slash', () => graph({ 'a/b': [flatten(), 'input'] }), 'not "a/b".'],
    ['no nodes', () => graph({}), 'A model needs at least one layer'],
  ])('refuses %s', (_, build, message) => {
    expect(build).toThrow(UsageError)
    expect(build).toThrow(message)
  })
})

describe('parseModel', () => {
  test.each([
    ['residual', residual],
    ['every layer', everyLayer],
  ])('JSON of a model (%s) makes the same model, deeply frozen', (_, model) => {
    const parsed = parseModel(JSON.parse(JSON.stringify(model)), 'model.json')
    expect(parsed).toEqual(model)
    expect(isDeeplyFrozen(parsed)).toBe(true)
    expect(isDeeplyFrozen(model)).toBe(true)
  })

  test('fills in the options that a hand-written file leaves out', () => {
    const nodes = [{ name: 'a', layer: { kind: 'maxPooling2d' }, inputs: ['input'] }]
    expect(parseModel({ kind: 'model', nodes }, 'model.json')).toEqual(
      graph({ a: [maxPooling2d(), 'input'] }),
    )
  })

  const node = { name: 'a', layer: { kind: 'flatten' }, inputs: ['input'] }
  test.each([
    [[1, 2], 'model.json: expected a model made by sequential([…]) or graph({…}), received [1,2].'],
    [null, 'received null.'],
    [{ kind: 'model' }, 'received {"kind":"model"}.'],
    [
      { kind: 'model', nodes: [node], inputShpae: [4] },
      'model.json: unknown key "inputShpae". Did you mean "inputShape"? Keys: inputShape, nodes, pretrained.',
    ],
    [
      { kind: 'model', nodes: [{ ...node, input: ['input'] }] },
      'node "a": unknown key "input". Did you mean "inputs"? Keys: name, layer, inputs.',
    ],
    [{ kind: 'model', nodes: [node, node] }, 'Two nodes are called "a"; names must differ.'],
    [{ kind: 'model', nodes: [null] }, "A node's name must start with a letter"],
    [{ kind: 'model', nodes: [{ name: 'a', inputs: ['input'] }] }, 'node "a": undefined is not a layer.'],
    [{ kind: 'model', nodes: [{ ...node, inputs: 'input' }] }, 'Node "a" reads nothing'],
    [
      { kind: 'model', nodes: [{ ...node, inputs: [{ toString: 0 }] }] },
      'Node "a" reads {"toString":0}, which no earlier node is called.',
    ],
    [
      { kind: 'model', nodes: [node], inputShape: 'input' },
      'inputShape must be [height, width, channels], [steps, channels] or [features], not "input".',
    ],
  ])('refuses %j', (value, message) => {
    expect(() => parseModel(value, 'model.json')).toThrow(UsageError)
    expect(() => parseModel(value, 'model.json')).toThrow(message)
  })

  const settles = (value: unknown): ModelSpec | null => {
    try {
      return parseModel(value, 'model.json')
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError)
      return null
    }
  }

  test('any JSON is a model or a UsageError', () => {
    const json = fc.jsonValue({ maxDepth: 3 })
    const sometimes = <T>(sound: fc.Arbitrary<T>) => fc.oneof({ weight: 8, arbitrary: sound }, json)
    const name = sometimes(fc.constantFrom('input', 'a', 'b', 'c'))
    const layer = fc.oneof(
      fc.constantFrom(...everyLayer.nodes.map(({ layer }) => layer)),
      fc.record({ kind: fc.constantFrom('dense', 'conv2d', 'activation'), units: json, activation: json }),
      json,
    )
    const nodes = fc.array(
      sometimes(fc.record({ name, layer, inputs: sometimes(fc.array(name, { maxLength: 2 })) })),
      { maxLength: 4 },
    )
    const model = fc.record(
      { kind: fc.constant('model'), nodes: sometimes(nodes), inputShape: sometimes(fc.array(fc.nat(3))) },
      { requiredKeys: ['kind', 'nodes'] },
    )
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: model }, json), value => {
        const parsed = settles(value)
        if (parsed) expect(parseModel(JSON.parse(JSON.stringify(parsed)), 'again')).toEqual(parsed)
      }),
      { numRuns: 1000 },
    )
  })

  test('a sound model with one part replaced is a model or a UsageError', () => {
    fc.assert(
      fc.property(fc.nat(), fc.jsonValue({ maxDepth: 1 }), (position, put) => {
        const value = JSON.parse(JSON.stringify(everyLayer)) as object
        const slots = slotsOf(value)
        const [owner, key] = slots[position % slots.length]!
        owner[key] = put
        settles(value)
      }),
      { numRuns: 1000 },
    )
  })
})

/** Every place of a JSON value that holds something. */
function slotsOf(value: object): [owner: Record<string, unknown>, key: string][] {
  return Object.entries(value).flatMap(([key, inner]) => [
    [value as Record<string, unknown>, key] as [Record<string, unknown>, string],
    ...(typeof inner === 'object' && inner !== null ? slotsOf(inner) : []),
  ])
}
