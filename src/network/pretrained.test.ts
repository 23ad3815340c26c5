import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Dataset } from '../data/dataset.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { graph, type ModelSpec, parseModel, sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { type PretrainedOptions, pretrained } from '../model/pretrained.ts'
import { summary } from '../model/summary.ts'
import {
  add,
  batchNormalization,
  conv2d,
  dense,
  dropout,
  flatten,
  globalAveragePooling2d,
} from '../nn/layers/index.ts'
import { adam } from '../nn/optimizers/index.ts'
import { fit } from '../train/fit.ts'
import { trainSpec } from '../train/options.ts'
import { planTraining } from '../train/plan.ts'
import { createNetwork, type Network } from './network.ts'
import { loadPretrained, pretrainedNetwork, readPretrained } from './pretrained.ts'
import { saveModel } from './saved-model.ts'

const backend = chooseBackend('auto')
let folder: string
let data: Dataset
let backbone: Network
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-pretrained-'))
  const mini = await loadDataset(fashionMnistMini())
  data = { ...mini, train: mini.train.first(60), test: mini.test.first(20) }
  const spec = graph({
    stem: [conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }), 'input'],
    norm: [batchNormalization(), 'stem'],
    branch: [conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }), 'norm'],
    sum: [add(), 'norm', 'branch'],
    pool: [globalAveragePooling2d(), 'sum'],
    drop: [dropout({ rate: 0.5 }), 'pool'],
    dense: [dense({ units: 10, activation: 'softmax' }), 'drop'],
  })
  backbone = createNetwork(spec, { inputShape: data.imageShape, seed: 7, backend })
  await saveModel(backbone, join(folder, 'small.safetensors'))
  const flat = sequential([flatten(), dense({ units: 6 }), dense({ units: 10, activation: 'softmax' })])
  await saveModel(
    createNetwork(flat, { inputShape: data.imageShape, backend }),
    join(folder, 'flat.safetensors'),
    { pixelRange: 'raw' },
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

const head = dense({ units: 10, activation: 'softmax' })
const withBackbone = (options: Partial<PretrainedOptions> = {}): ModelSpec =>
  sequential([pretrained({ file: 'small.safetensors', ...options }), head])
const read = (options?: Partial<PretrainedOptions>): Promise<ModelSpec> =>
  readPretrained(withBackbone(options), { baseDir: folder })
const frozenIn = ({ nodes }: ModelSpec): string[] =>
  nodes.filter(({ layer }) => 'trainable' in layer && !layer.trainable).map(({ name }) => name)
const train = { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 1 } as const

describe('reading', () => {
  test('the old head and the dropout before it are left out, and a new head of the same name gets another', async () => {
    const model = await read()
    expect(model.nodes.map(({ name, inputs }) => [name, ...inputs])).toEqual([
      ['stem', 'input'],
      ['norm', 'stem'],
      ['branch', 'norm'],
      ['sum', 'norm', 'branch'],
      ['pool', 'sum'],
      ['dense', 'pool'],
    ])
    expect(frozenIn(model)).toEqual(['stem', 'norm', 'branch'])
    const [again] = [
      await readPretrained(sequential([pretrained({ file: 'flat.safetensors' }), head]), { baseDir: folder }),
    ]
    expect(again!.nodes.map(({ name }) => name)).toEqual(['flatten', 'dense', 'head_dense'])
  })

  test('what lies behind the cut is left out, and what it does not need', async () => {
    expect((await read({ cutAt: 'norm' })).nodes.map(({ name }) => name)).toEqual(['stem', 'norm', 'dense'])
  })

  test.each([
    ['all', ['stem', 'norm', 'branch']],
    ['none', []],
    [1, ['stem']],
    [2, ['stem', 'norm']],
    ['norm', ['stem', 'norm']],
  ])('freeze: %s', async (freeze, frozen) => {
    expect(frozenIn(await read({ freeze }))).toEqual(frozen)
  })

  test('the model is JSON: read again, it is the same, and no file is read', async () => {
    const model = await read()
    const json = JSON.parse(JSON.stringify(model))
    expect(parseModel(json, 'model')).toEqual(model)
    expect(await readPretrained(parseModel(json, 'model'), { baseDir: '/nowhere' })).toEqual(model)
    expect(parseModel(JSON.parse(JSON.stringify(withBackbone())), 'model')).toEqual(withBackbone())
  })

  test('a model whose file was not read cannot be built or trained by chance', () => {
    expect(() => buildModel(withBackbone(), data.imageShape)).toThrow(
      'Call await readPretrained(model) first',
    )
    expect(() => createNetwork(withBackbone())).toThrow('use await pretrainedNetwork(model)')
  })

  test('the summary names the file', async () => {
    const text = summary(buildModel(await read({ cutAt: 'pool' }), data.imageShape))
    expect(text).toMatch(
      /Pretrained: 5 layers of small\.safetensors \(SHA-256 [0-9a-f]{12}\) up to "pool", all of them frozen/,
    )
    expect(text).toContain('Trainable params: 50 ')
  })
})

describe('what is refused', () => {
  test.each([
    [{ file: 'smal.safetensors' }, /There is no file .*smal\.safetensors, which the model begins with/],
    [
      { cutAt: 'stm' },
      'small.safetensors: cutAt: it has no layer "stm". Did you mean "stem"? Its layers: stem, norm, branch',
    ],
    [{ freeze: 'poo' }, 'small.safetensors: freeze: it has no layer "poo". Did you mean "pool"?'],
    [{ freeze: 9 }, 'freeze: 9 layers are to stay, but the part has only 5.'],
    [{ cutAt: 'norm', freeze: 'branch' }, 'freeze: it has no layer "branch".'],
  ])('%o', async (options, message) => {
    await expect(read(options)).rejects.toThrow(message)
  })

  test.each([
    [{ freeze: 0 }, "freeze must be 'all', 'none', a number of layers"],
    [{ cut: 'x' }, 'unknown option "cut". Did you mean "cutAt"?'],
  ])('%o', (options, message) => {
    expect(() => withBackbone(options as never)).toThrow(message)
  })

  test('a pretrained part that is not the first', () => {
    expect(() => sequential([flatten(), pretrained({ file: 'a' })])).toThrow(
      'layer 2: pretrained({ … }) can only be the first entry.',
    )
  })

  test('a file that is no model', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'no model')
    await expect(read({ file: 'notes.txt' })).rejects.toThrow(/notes\.txt is /)
  })

  test('a file that has changed since', async () => {
    const model = await readPretrained(sequential([pretrained({ file: 'changing.safetensors' }), head]), {
      baseDir: folder,
    }).catch(async () => {
      await saveModel(backbone, join(folder, 'changing.safetensors'))
      return readPretrained(sequential([pretrained({ file: 'changing.safetensors' }), head]), {
        baseDir: folder,
      })
    })
    await saveModel(backbone, join(folder, 'changing.safetensors'), { classNames: [...'abcdefghij'] })
    await expect(
      pretrainedNetwork(model, { inputShape: data.imageShape, backend, baseDir: folder }),
    ).rejects.toThrow(/changing\.safetensors has changed: the model was made with the SHA-256/)
  })

  const plan = async (spec: ModelSpec, shape = data.imageShape, more = {}) => {
    const model = buildModel(await readPretrained(spec, { baseDir: folder }), shape)
    return planTraining(model, { ...data, imageShape: shape } as Dataset, {
      spec: trainSpec({ ...train, ...more }),
      seed: 1,
    })
  }

  test('other numbers for pixels', async () => {
    const spec = sequential([pretrained({ file: 'flat.safetensors' }), head])
    await expect(plan(spec)).rejects.toThrow(
      "flat.safetensors was trained on pixels from 0 to 255, and this training gives pixels from 0 to 1. Set pixelRange: 'raw'.",
    )
  })

  test('a frozen model with nothing behind it that learns', async () => {
    const spec = sequential([
      pretrained({ file: 'small.safetensors', cutAt: 'dense' }),
      dropout({ rate: 0.1 }),
    ])
    await expect(plan(spec)).rejects.toThrow('The model has no layer that can learn')
  })

  test('classes that the head does not have', async () => {
    const spec = sequential([
      pretrained({ file: 'small.safetensors' }),
      dense({ units: 3, activation: 'softmax' }),
    ])
    await expect(plan(spec)).rejects.toThrow('The network has 3 outputs, but')
  })
})

describe('images of another size', () => {
  const sized = (size: number): Dataset => {
    const crop = (examples: Dataset['train']) => {
      const images = new Uint8Array(examples.count * size * size)
      for (let n = 0; n < examples.count; n++)
        for (let y = 0; y < size; y++)
          images.set(
            examples.images.subarray((n * 28 + y) * 28, (n * 28 + y) * 28 + size),
            (n * size + y) * size,
          )
      return Object.assign(Object.create(Object.getPrototypeOf(examples)), {
        ...examples,
        images,
        shape: [size, size, 1],
      })
    }
    return { ...data, imageShape: [size, size, 1], train: crop(data.train), test: crop(data.test) }
  }

  test('layers that take any size take it, and it is said', async () => {
    const model = buildModel(await read(), [20, 20, 1])
    const { notices } = planTraining(model, sized(20), { spec: trainSpec(train), seed: 1 })
    expect(notices.join()).toContain(
      'was trained on images of (None, 28, 28, 1) and gets (None, 20, 20, 1): its layers take any size',
    )
  })

  test('layers whose weights depend on it refuse it, with the cut that is possible', async () => {
    const spec = await readPretrained(sequential([pretrained({ file: 'flat.safetensors' }), head]), {
      baseDir: folder,
    })
    expect(() =>
      planTraining(buildModel(spec, [20, 20, 1]), sized(20), {
        spec: trainSpec({ ...train, pixelRange: 'raw' }),
        seed: 1,
      }),
    ).toThrow(
      `there "dense" (Dense) would have other weights. Give the data the size of the file (imageSize, colorMode), or cut before "dense": cutAt: 'flatten'.`,
    )
  })
})

test('a network begins with the weights of the file, and training leaves those that are frozen', async () => {
  const network = await pretrainedNetwork(withBackbone({ freeze: 'norm' }), {
    inputShape: data.imageShape,
    seed: 2,
    backend,
    baseDir: folder,
  })
  const start = network.weights
  for (const name of ['stem/kernel', 'norm/movingMean', 'branch/kernel'])
    expect(start.get(name)).toEqual(backbone.weights.get(name))
  expect(start.get('dense/kernel')).not.toEqual(backbone.weights.get('dense/kernel'))
  await fit(network, data, train)
  for (const name of ['stem/kernel', 'norm/movingMean'])
    expect(network.weights.get(name)).toEqual(backbone.weights.get(name))
  for (const name of ['branch/kernel', 'dense/kernel'])
    expect(network.weights.get(name)).not.toEqual(start.get(name))
  await loadPretrained(network, { baseDir: folder })
  expect(network.weights.get('branch/kernel')).toEqual(backbone.weights.get('branch/kernel'))
})
