import { describe, expect, test } from 'vitest'
import {
  batchNormalization,
  conv2d,
  dense,
  flatten,
  globalAveragePooling2d,
  type LayerSpec,
} from '../../../nn/layers/index.ts'
import { graph, sequential } from '../../graph.ts'
import { buildModel } from '../../model.ts'
import { encodeSafetensors } from '../safetensors.ts'
import type { Tensor } from '../safetensors-format.ts'
import { parseNames } from './names.ts'
import { readWeights } from './read-weights.ts'

const counted = (shape: readonly number[]): Tensor => ({
  shape,
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
})
const file = (shapes: Readonly<Record<string, readonly number[]>>, order?: readonly string[]): Uint8Array =>
  Buffer.concat(
    encodeSafetensors({
      metadata: order ? { order: JSON.stringify(order) } : {},
      tensors: new Map(Object.entries(shapes).map(([name, shape]) => [name, counted(shape)])),
    }),
  )
const taken = (bytes: Uint8Array, layers: readonly LayerSpec[], names?: unknown) =>
  readWeights(bytes, {
    name: 'w',
    model: buildModel(sequential(layers), [2, 3, 2]),
    names: names === undefined ? null : parseNames(names),
    pixelRange: 'unit',
  })

describe('a state dict of PyTorch', () => {
  const network = [
    conv2d({ filters: 2, kernelSize: [1, 2], useBias: false }),
    batchNormalization(),
    flatten(),
    dense({ units: 3 }),
  ]
  const shapes = {
    '0.weight': [2, 2, 1, 2],
    '1.weight': [2],
    '1.bias': [2],
    '1.running_mean': [2],
    '1.running_var': [2],
    '3.weight': [3, 8],
    '3.bias': [3],
  }

  test('kernels and rows of flattened images have channels last here', async () => {
    const { weights, layers, remarks } = await taken(file(shapes), network)
    expect([...weights.get('conv2d/kernel')!]).toEqual([0, 2, 1, 3, 4, 6, 5, 7])
    expect([...weights.get('dense/kernel')!.subarray(0, 8)]).toEqual([0, 4, 1, 5, 2, 6, 3, 7])
    expect([...weights.get('dense/bias')!]).toEqual([0, 1, 2])
    expect(layers[2]).toEqual({
      name: '3',
      className: 'weight [3, 8], bias [3]',
      became: 'dense (Dense)',
      remark: '',
    })
    expect(remarks.join()).toContain('This model has epsilon 0.001')
  })

  test('modules are paired by name, by number, by the order in the file, or by a map; else not at all', async () => {
    const pooled = [globalAveragePooling2d(), dense({ units: 2 }), dense({ units: 2 })]
    const first = async (bytes: Uint8Array, names?: unknown) =>
      (await taken(bytes, pooled, names)).layers.map(({ name, became }) => `${name} ${became}`)
    const two = (a: string, b: string) => ({
      [`${a}.weight`]: [2, 2],
      [`${a}.bias`]: [2],
      [`${b}.weight`]: [2, 2],
      [`${b}.bias`]: [2],
    })
    expect(await first(file(two('dense_1', 'dense')))).toEqual([
      'dense dense (Dense)',
      'dense_1 dense_1 (Dense)',
    ])
    expect(await first(file(two('f.10', 'f.9')))).toEqual(['f.9 dense (Dense)', 'f.10 dense_1 (Dense)'])
    const [last, start] = [two('fc', 'body'), two('body', 'fc')]
    expect(await first(file(last, Object.keys(start)))).toEqual(['body dense (Dense)', 'fc dense_1 (Dense)'])
    await expect(first(file(last))).rejects.toThrow(
      'w: their names differ, and the file does not say in which order the layers were made. Pair them in a file of names: --names map.json with {"dense":"fc"} and so on. Layers: dense, dense_1. Weights: fc, body.',
    )
    const map = { dense: 'body', 'dense_1/kernel': 'fc.weight', 'dense_1/bias': 'fc.bias' }
    expect(await first(file(last), map)).toEqual(['body dense (Dense)', 'dense_1 dense_1 (Dense)'])
    await expect(first(file(last), { dense: 'bodi' })).rejects.toThrow('Did you mean "body"?')
    await expect(first(file(last), { dens: 'body' })).rejects.toThrow('Did you mean "dense"?')
    await expect(first(file(last), { dense: 'body' })).rejects.toThrow('does not have the layer "dense_1"')
  })

  test('a name that Heddle does not allow is paired with the one that an import makes of it', async () => {
    const model = buildModel(
      graph({ mean: [globalAveragePooling2d(), 'input'], layer_1st: [dense({ units: 2 }), 'mean'] }),
      [2, 3, 2],
    )
    const bytes = file({ '1st.weight': [2, 2], '1st.bias': [2] })
    const { remarks } = await readWeights(bytes, { name: 'w', model, names: null, pixelRange: 'unit' })
    expect(remarks.join()).not.toContain('Names differ')
  })

  test('each array is used, or named as unused', async () => {
    const pooled = [globalAveragePooling2d(), dense({ units: 2 })]
    const more = file({ 'a.weight': [2, 2], 'a.bias': [2], 'aux.weight': [1] })
    await expect(taken(more, pooled, { dense: 'a' })).rejects.toThrow(
      'its array "aux.weight" [1] belongs to no layer',
    )
    const { layers } = await taken(more, pooled, { dense: 'a', unused: ['aux'] })
    expect(layers[1]).toMatchObject({ name: 'aux.weight', became: null })
  })

  test('a shape, a part or a type that does not fit is refused with both names', async () => {
    const pooled = [globalAveragePooling2d(), dense({ units: 2 })]
    await expect(taken(file({ 'a.weight': [2, 3], 'a.bias': [2] }), pooled)).rejects.toThrow(
      'w: layer "dense" (Dense): its kernel has the shape [2, 2] in PyTorch, but "a.weight" has [2, 3].',
    )
    await expect(taken(file({ 'a.weight': [2, 2], 'a.beta': [2] }), pooled)).rejects.toThrow(
      'the file has no bias for it: "a" has weight, beta.',
    )
    const signature = Buffer.from('\u0089HDF\r\n\u001a\n', 'latin1')
    await expect(taken(Buffer.concat([signature, Buffer.alloc(100)]), pooled)).rejects.toThrow(
      /^w: the HDF5 file is damaged/,
    )
    await expect(taken(Buffer.from('PK\u0003\u0004 data.pkl'), pooled)).rejects.toThrow(
      'pytorch-to-safetensors.py',
    )
  })
})
