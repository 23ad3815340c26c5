import { describe, expect, test } from 'vitest'
import {
  activation,
  add,
  batchNormalization,
  conv2d,
  dense,
  depthwiseConv2d,
  flatten,
  globalAveragePooling2d,
  groupNormalization,
  type LayerSpec,
  normalization,
  reLU,
  reshape,
} from '../../../nn/layers/index.ts'
import { graph, type ModelSpec, sequential } from '../../graph.ts'
import { buildModel } from '../../model.ts'
import { squeezeExcite } from '../../squeeze-excite.ts'
import type { ModelFile } from '../model-file.ts'
import { tfjsFormat } from './tfjs-format.ts'

const GOLDEN = { inputs: new Uint8Array(32), outputs: new Float32Array(2) }

function fileOf(spec: ModelSpec): ModelFile {
  const model = buildModel(spec, [4, 4, 2])
  const all = model.layers.flatMap(({ name, parameters }) =>
    parameters.map(({ name: own, shape }) => ({
      name: `${name}/${own}`,
      size: shape.reduce((a, b) => a * b, 1),
    })),
  )
  const weights = new Map(
    all.map(({ name, size }) => [name, Float32Array.from({ length: size }, (_, i) => i / 8)]),
  )
  return {
    model,
    weights,
    classNames: ['a', 'b'],
    pixelRange: 'raw',
    preparation: null,
    loss: null,
    temperature: 1.5,
  }
}

interface Written {
  json: {
    modelTopology: { model_config: { config: { layers: { class_name: string; config: object }[] } } }
    weightsManifest: { paths: string[]; weights: { name: string; dtype: string; shape: number[] }[] }[]
    userDefinedMetadata?: object
    format?: string
  }
  bytes: Uint8Array
  became: readonly (string | null)[]
}

async function written(spec: ModelSpec): Promise<Written> {
  const { pieces, beside, layers } = await tfjsFormat.write(fileOf(spec), GOLDEN)
  const bytes = Buffer.concat([...beside!.values()].flat())
  return {
    json: JSON.parse(Buffer.concat(pieces).toString()),
    bytes,
    became: layers.map(({ became }) => became),
  }
}

const read = ({ json, bytes }: Pick<Written, 'json' | 'bytes'>, onPath = (_: string) => {}) =>
  tfjsFormat.read(Buffer.from(JSON.stringify(json)), {
    name: 'model.json',
    beside: async path => {
      onPath(path)
      return bytes
    },
  })

const head = (...layers: readonly LayerSpec[]) => sequential([...layers, flatten(), dense({ units: 2 })])
const block = graph({
  conv: [depthwiseConv2d({ kernelSize: 3, padding: 'same', activation: 'leakyRelu' }), 'input'],
  norm: [batchNormalization(), 'conv'],
  ...squeezeExcite({ name: 'se', input: 'norm', channels: 2, squeezed: 1 }),
  sum: [add(), 'se', 'input'],
  row: [flatten(), 'sum'],
  out: [dense({ units: 2, activation: 'softmax' }), 'row'],
})

describe('a layers model of TensorFlow.js', () => {
  test('is in the words of Keras 2, and comes back with the same weights and what Heddle says in it', async () => {
    const { json, bytes, became } = await written(block)
    const text = JSON.stringify(json)
    expect(text).toContain('"batch_input_shape":[null,4,4,2]')
    expect(json.weightsManifest[0]!.weights[0]).toMatchObject({
      name: 'conv/depthwise_kernel',
      shape: [3, 3, 2, 1],
    })
    expect(became.slice(0, 3)).toEqual([
      'DepthwiseConv2D + LeakyReLU',
      'BatchNormalization',
      'GlobalAveragePooling2D + Reshape',
    ])
    const paths: string[] = []
    const back = await read({ json, bytes }, path => paths.push(path))
    expect(paths).toEqual(['group1-shard1of1.bin'])
    for (const [name, values] of fileOf(block).weights) expect(back.weights.get(name), name).toEqual(values)
    expect(back).toMatchObject({ classNames: ['a', 'b'], pixelRange: 'raw', temperature: 1.5 })
    expect(back.golden!.inputs).toHaveLength(32)
  })

  test('layers that it does not have are others that compute the same, or are refused', async () => {
    const { became, json } = await written(
      head(normalization({ mean: 2, variance: 4 }), reshape({ targetShape: [-1, 2] })),
    )
    expect(became.slice(0, 2)).toEqual(['BatchNormalization', 'Reshape'])
    expect(json.weightsManifest[0]!.weights.map(({ name }) => name).slice(0, 2)).toEqual([
      'normalization/moving_mean',
      'normalization/moving_variance',
    ])
    expect(JSON.stringify(json)).toContain('"target_shape":[16,2]')
    const refused = (layer: LayerSpec) => expect(written(head(layer))).rejects
    await refused(groupNormalization({ groups: 2 })).toThrow(
      'layer "group_normalization": TensorFlow.js has no layer like GroupNormalization.',
    )
    await refused(conv2d({ filters: 2, kernelSize: 1, groups: 2 })).toThrow('has no groups of channels')
    await refused(conv2d({ filters: 2, kernelSize: 1, activation: 'hardSilu' })).toThrow(
      'hard_silu of Keras 3',
    )
    await refused(activation({ activation: { kind: 'elu', alpha: 0.5 } })).toThrow(
      'has ELU only with alpha 1',
    )
    await refused(reLU({ threshold: 1 })).toThrow('no threshold in ReLU')
  })

  test.each([
    ['uint8', 1, (view: DataView, i: number, value: number) => view.setUint8(i, value * 8)],
    ['uint16', 2, (view: DataView, i: number, value: number) => view.setUint16(2 * i, value * 8, true)],
    ['float16', 2, (view: DataView, i: number, value: number) => view.setUint16(2 * i, half(value), true)],
  ])('weights quantized to %s are read', async (dtype, width, store) => {
    const { json, bytes } = await written(head(globalAveragePooling2d({ keepdims: true })))
    const numbers = new Float32Array(Uint8Array.from(bytes).buffer)
    const view = new DataView(new ArrayBuffer(width * numbers.length))
    numbers.forEach((value, i) => {
      store(view, i, value)
    })
    const quantization = { dtype, ...(dtype !== 'float16' && { scale: 1 / 8, min: 1 }) }
    const weights = json.weightsManifest[0]!.weights.map(entry => ({ ...entry, quantization }))
    const manifest = [{ ...json.weightsManifest[0]!, weights }]
    const back = await read({
      json: { ...json, weightsManifest: manifest },
      bytes: new Uint8Array(view.buffer),
    })
    const shift = dtype === 'float16' ? 0 : 1
    expect([...back.weights.get('dense/kernel')!]).toEqual([0, 1, 2, 3].map(i => i / 8 + shift))
  })

  test('names with the model in front are found, and each array belongs to a layer', async () => {
    const { json, bytes } = await written(block)
    const [group] = json.weightsManifest
    const renamed = (change: (name: string) => string) => ({
      bytes,
      json: {
        ...json,
        weightsManifest: [
          { ...group!, weights: group!.weights.map(entry => ({ ...entry, name: change(entry.name) })) },
        ],
      },
    })
    const back = await read(renamed(name => `functional/${name}:0`))
    expect(back.weights.get('out/kernel')).toEqual(fileOf(block).weights.get('out/kernel'))
    await expect(read(renamed(name => name.replace('out/', 'other/')))).rejects.toThrow(
      'model.json: layer "out" (Dense): the file has 0 arrays for it, but it needs 2',
    )
    await expect(read(renamed(name => name.replace('kernel', 'core')))).rejects.toThrow('it has weights')
    const more = Buffer.concat([bytes, Buffer.alloc(4)])
    await expect(read({ json, bytes: more })).rejects.toThrow('describes')
    const extra = [...group!.weights, { name: 'lost/kernel', shape: [1], dtype: 'float32' }]
    await expect(
      read({ bytes: more, json: { ...json, weightsManifest: [{ ...group!, weights: extra }] } }),
    ).rejects.toThrow('its weights "lost/kernel" belong to no layer')
  })

  test('a graph model, other JSON and files that are cut short are refused in words', async () => {
    const { json, bytes } = await written(block)
    await expect(read({ json: { ...json, format: 'graph-model' }, bytes })).rejects.toThrow(
      'operations in place of layers',
    )
    await expect(tfjsFormat.read(Buffer.from('{"a": 1}'), { name: 'a.json' })).rejects.toThrow(
      'a.json: it is a JSON file, but no model',
    )
    await expect(read({ json, bytes: bytes.subarray(4) })).rejects.toThrow('They are cut short')
    await expect(tfjsFormat.read(Buffer.from(JSON.stringify(json)), { name: 'm' })).rejects.toThrow(
      'a file beside it',
    )
  })
})

/** Of positive numbers with few digits. */
function half(value: number): number {
  if (value === 0) return 0
  const exponent = Math.floor(Math.log2(value))
  return ((exponent + 15) << 10) | ((value / 2 ** exponent - 1) * 1024)
}
