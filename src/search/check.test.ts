import { beforeAll, describe, expect, test } from 'vitest'
import { otherEngine } from '../../test/support/engines.ts'
import type { Dataset } from '../data/dataset.ts'
import { fashionMnistMini, imageFolder, loadDataset } from '../data/source.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { sequential } from '../model/graph.ts'
import { conv2d, dense, flatten, maxPooling2d } from '../nn/layers/index.ts'
import { experiment } from '../train/experiment.ts'
import { checkSearch } from './check.ts'
import { cornersOf } from './corners.ts'
import { choice, intRange, logUniform, uniform, when } from './distributions/index.ts'
import { type SearchOptions, search } from './search.ts'
import { pointKey, problemOf, type Space } from './space.ts'

let data: Dataset
beforeAll(async () => {
  data = await loadDataset(fashionMnistMini())
})

const base = experiment({
  name: 'small',
  data: fashionMnistMini(),
  models: {
    small: sequential([
      conv2d({ filters: 2, kernelSize: 3 }),
      maxPooling2d(),
      conv2d({ filters: 2, kernelSize: 3 }),
      flatten(),
      dense({ units: 10, activation: 'softmax' }),
    ]),
  },
  train: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', validationSplit: 0.2 },
})
const check = (space: Space, options: Partial<SearchOptions> = {}) =>
  checkSearch(search({ experiment: base, space, ...options }), async () => data)

describe('a search is checked at the corners of its space', () => {
  test('all of them, where there are few', async () => {
    const space = {
      learningRate: logUniform(1e-4, 1e-1),
      'conv2d.filters': intRange(1, 4),
      epochs: choice([1, 2, 3]),
    }
    expect(await check(space)).toEqual({ points: 12, isComplete: true, notices: [] })
  })

  test('and names the parameters that together make a layer impossible', async () => {
    const space = {
      learningRate: logUniform(1e-4, 1e-1),
      'nodes.conv2d.kernelSize': choice([3, 9]),
      'nodes.conv2d_1.kernelSize': choice([3, 11]),
    }
    await expect(check(space)).rejects.toThrow(
      'nodes.conv2d.kernelSize = 9 and nodes.conv2d_1.kernelSize = 11 cannot be trained. Model "small": Layer "conv2d_1"',
    )
  })

  test('of a model that a function makes', async () => {
    const made = search({
      experiment: base,
      space: { depth: choice([1, 2, 5]), learningRate: logUniform(1e-4, 1e-1) },
      model: ({ depth }) =>
        sequential([
          ...Array.from({ length: depth }, () => [
            conv2d({ filters: 2, kernelSize: 3 }),
            maxPooling2d(),
          ]).flat(),
          flatten(),
          dense({ units: 10, activation: 'softmax' }),
        ]),
    })
    await expect(checkSearch(made, async () => data)).rejects.toThrow(
      /^depth = 5 cannot be trained\. Model "small": Layer "conv2d_3" /,
    )
  })

  test('and says once what the experiment does not allow', async () => {
    await expect(check({ validationSplit: uniform(0.1, 1) })).rejects.toThrow(
      /^With validationSplit = 1 \(train\.validationSplit\): train: validationSplit must be/,
    )
  })

  test('and fails with the reason alone, where no point of it can be trained', async () => {
    const space = { 'nodes.dense.units': intRange(11, 20) }
    await expect(check(space)).rejects.toThrow(/^The network has 11 outputs, but .* has 10 classes/)
  })

  test('with the objectives that it chooses by', async () => {
    const space = { learningRate: logUniform(1e-4, 1e-1) }
    await expect(check(space, { objective: 'valF1Score' })).rejects.toThrow(
      `The search chooses by "valF1Score", which is not measured: give the training validationSplit: 0.2 and metrics: ['f1Score'], or choose by another objective.`,
    )
    const unvalidated = experiment({ ...base, train: { ...base.train, validationSplit: 0 } as never })
    await expect(check(space, { experiment: unvalidated })).rejects.toThrow(
      'which is not measured: give the training validationSplit',
    )
    await expect(
      check(space, { experiment: unvalidated, objective: ['accuracy', 'params', 'latencyMs'] }),
    ).resolves.toBeTruthy()
  })

  test('and all of them are measured with one yardstick', async () => {
    await expect(check({ validationSplit: uniform(0.1, 0.3), epochs: intRange(1, 3) })).rejects.toThrow(
      /^validationSplit cannot be a parameter of this search: it chooses by valAccuracy, and trials would measure that on different images\. .* Give it one value in the experiment\.$/,
    )
    await expect(check({ stratify: choice([true, false]) })).rejects.toThrow(
      'stratify cannot be a parameter of this search',
    )
    await expect(
      check(
        { loss: choice(['sparseCategoricalCrossentropy', 'meanSquaredError']) },
        { objective: 'valLoss' },
      ),
    ).rejects.toThrow(
      'loss cannot be a parameter of this search: it chooses by valLoss, and trials would compute',
    )
    const topK = experiment({ ...base, train: { ...base.train, topK: 2 } as never })
    await expect(
      check({ topK: choice([2, 3]) }, { experiment: topK, objective: ['valLoss', 'valTopKAccuracy'] }),
    ).rejects.toThrow('topK cannot be a parameter of this search: it chooses by valTopKAccuracy')
  })

  test('which parameters may change that are not measured', async () => {
    const losses = choice(['sparseCategoricalCrossentropy', 'meanSquaredError'])
    await expect(check({ loss: losses, batchSize: choice([8, 16]) })).resolves.toBeTruthy()
    await expect(check({ validationSplit: uniform(0.1, 0.3) }, { objective: 'params' })).resolves.toBeTruthy()
  })

  test('by the labels of their data', async () => {
    const photos = experiment({ ...base, data: imageFolder({ path: 'photos', imageSize: 32 }) })
    const space = { path: choice(['photos', 'others']), imageSize: choice([32, 64]) }
    const { labels, images } = data.train
    const others = { ...data, train: { images, labels: labels.toReversed() } }
    const load = async (source: object) => ((source as { path: string }).path === 'photos' ? data : others)
    await expect(checkSearch(search({ experiment: photos, space }), load)).rejects.toThrow(
      'path cannot be a parameter of this search: it chooses by valAccuracy',
    )
  })

  test('on the engine, which may have been built from other sources', async () => {
    const mine = search({ experiment: base, space: { learningRate: logUniform(1e-4, 1e-1) } })
    const backend = chooseBackend('auto', { threads: 1 })
    await expect(checkSearch(mine, async () => data, backend)).resolves.toMatchObject({ points: 2 })
    await expect(checkSearch(mine, async () => data, otherEngine(backend))).rejects.toThrow(
      'The engine was built from other sources than this Heddle has.',
    )
  })

  test('with the data of each point, one source after the other', async () => {
    const asked: unknown[] = []
    const photos = experiment({ ...base, data: imageFolder({ path: 'photos', imageSize: 32 }) })
    const space = { batchSize: choice([8, 16]), imageSize: choice([32, 64]), epochs: intRange(1, 9) }
    await checkSearch(search({ experiment: photos, space }), async source => {
      asked.push((source as { imageSize?: unknown }).imageSize)
      return data
    })
    expect(asked).toEqual([
      [32, 32],
      [64, 64],
    ])
  })
})

test('a large space is checked at some 256 points, among them every end of every parameter', () => {
  const space: Space = {
    ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`p${i}`, uniform(0, 1)])),
    kind: choice(['a', 'b', 'c']),
    size: when({ kind: ['b', 'c'] }, intRange(1, 5)),
    deep: when({ kind: 'c', size: [2, 3] }, choice([1, 2])),
  }
  const { points, isComplete } = cornersOf(space)
  expect(isComplete).toBe(false)
  expect(points.length).toBeGreaterThan(200)
  expect(points.length).toBeLessThanOrEqual(256)
  expect(new Set(points.map(pointKey)).size).toBe(points.length)
  for (const point of points) expect(problemOf(space, point)).toBeNull()
  for (const name of Object.keys(space)) {
    const values = new Set(points.map(point => point[name]))
    const ends = { kind: ['a', 'b', 'c'], size: [1, 5], deep: [1, 2] }[name] ?? [0, 1]
    for (const end of ends) expect(values).toContain(end)
  }
  expect(cornersOf(space)).toEqual({ points, isComplete })
})
