import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  categoricalCrossentropy,
  createNetwork,
  csv,
  csvLogger,
  dense,
  earlyStopping,
  experiment,
  fashionMnistMini,
  flatten,
  saveModel,
  sequential,
  sgd,
} from '../../src/index.ts'
import { heddle } from './heddle.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-not-finite-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...args: readonly string[]) => heddle(args, { cwd: folder })
const head = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])

test.each([Number.NaN, Infinity])(
  'predict says that outputs are not finite, and fails: a weight that is %d',
  async weight => {
    const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), {
      inputShape: [8, 8, 1],
    })
    const kernel = network.weights.get('dense/kernel')!.slice()
    kernel[0] = weight
    network.weights = new Map(network.weights).set('dense/kernel', kernel)
    await saveModel(network, join(folder, 'm.safetensors'), { classNames: ['a', 'b', 'c'] })
    const white = Buffer.alloc(64, 255)
    await sharp(white, { raw: { width: 8, height: 8, channels: 1 } })
      .png()
      .toFile(join(folder, 'white.png'))
    const { code, stdout, stderr } = await run('predict', 'm.safetensors', 'white.png')
    expect(code).toBe(1)
    expect(stdout).toMatch(/white\.png +not finite/)
    expect(stderr).toMatch(
      /^heddle: The network's outputs for 1 of 1 image are not finite: no class can be named\./,
    )
    const json = await run('predict', 'm.safetensors', 'white.png', '--json')
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout).answers).toEqual([
      { image: 'white.png', notFinite: true, probabilities: { a: 'NaN', b: 'NaN', c: 'NaN' } },
    ])
  },
)

test('a run whose last step diverges has failed', async () => {
  const inf = experiment({
    name: 'inf',
    data: fashionMnistMini(),
    models: { m: head },
    train: {
      optimizer: sgd({ learningRate: 1e38 }),
      loss: 'sparseCategoricalCrossentropy',
      batchSize: 1500,
      pixelRange: 'raw',
    },
  })
  writeFileSync(join(folder, 'inf.json'), JSON.stringify(inf))
  const { code, stderr } = await run('run', 'inf')
  expect(code).toBe(1)
  expect(stderr).toContain(
    'Training stopped at step 1 (epoch 1): the update made weights of "dense" that are not finite.',
  )
  const [row] = JSON.parse((await run('runs', 'ls', '--json')).stdout)
  expect(row.status).toBe('failed')
  // A metric that was not measured is absent (decision 28).
  expect(row).not.toHaveProperty('testAccuracy')
  for (const command of [
    ['predict', 'last', '--data', 'fashion-mnist-mini', '--index', '0'],
    ['explain', 'last', '--index', '0'],
  ]) {
    const asked = await run(...command)
    expect(asked.code, command[0]).toBeGreaterThan(0)
    expect(asked.stderr, command[0]).toContain('It failed: Training stopped at step 1')
    expect(asked.stderr, command[0]).toContain('Lower the learning rate')
    expect(asked.stderr, command[0]).not.toContain('resume')
  }
})

test('a validation loss that is NaN is told, shown and kept as NaN', async () => {
  const rows = [
    '1,9,9,9,9',
    '0,9,9,9,9',
    '1,8,8,8,8',
    '0,8,8,8,8',
    '1,7,7,7,7',
    '0,7,7,7,7',
    '1,6,6,6,6',
    '0,6,6,6,6',
    '1,0,0,0,0',
    '0,0,0,0,0',
  ]
  for (const name of ['train.csv', 'test.csv'])
    writeFileSync(
      join(folder, name),
      `label,a,b,c,d\n${rows.slice(0, name === 'test.csv' ? 4 : 10).join('\n')}\n`,
    )
  const nan = experiment({
    name: 'nanval',
    data: csv({ train: 'train.csv', test: 'test.csv', imageShape: [2, 2, 1] }),
    models: {
      m: sequential([
        flatten(),
        dense({ units: 2, activation: 'relu', useBias: false, kernelInitializer: 'ones' }),
      ]),
    },
    train: {
      optimizer: sgd({ learningRate: 0.01 }),
      loss: categoricalCrossentropy(),
      epochs: 3,
      batchSize: 4,
      validationSplit: 0.2,
      stratify: false,
      shuffle: false,
      callbacks: [csvLogger({ path: 'log.csv' }), earlyStopping({ patience: 5, restoreBestWeights: true })],
    },
  })
  writeFileSync(join(folder, 'nanval.json'), JSON.stringify(nan))
  const { code, stdout, stderr } = await run('run', 'nanval', '--json')
  expect(code).toBe(0)
  expect(stderr).toContain(
    'restoreBestWeights: valLoss was never a finite number, so no epoch was the best. The network has the weights of epoch 1',
  )
  expect(stderr).toContain('valLoss was not a finite number in any epoch')
  expect(JSON.parse(stdout).models[0].runs[0].history.valLoss).toEqual(['NaN', 'NaN', 'NaN'])
  expect((await run('runs', 'show', 'last')).stdout).toMatch(/1 +\d\.\d+ +\d\.\d+ +NaN/)
  const shown = JSON.parse((await run('runs', 'show', 'last', '--json')).stdout)
  expect(shown.epochs.map(({ valLoss }: { valLoss: unknown }) => valLoss)).toEqual(['NaN', 'NaN', 'NaN'])
  expect(shown.run.valLoss).toBe('NaN')
  expect(readFileSync(join(folder, 'log.csv'), 'utf8')).toContain('NaN')
})
