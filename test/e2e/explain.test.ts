import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { explainImages } from '../../src/explain.ts'
import {
  adam,
  conv2d,
  dense,
  experiment,
  fashionMnistMini,
  flatten,
  loadDataset,
  loadModel,
  maxPooling2d,
  sequential,
} from '../../src/index.ts'
import type { ModelExplanation } from '../../src/protocol/explanations.ts'
import { relativeDifference } from '../../src/testing/compare.ts'
import { heddle } from './heddle.ts'

let folder: string
const run = (...args: readonly string[]) => heddle(args, { cwd: folder })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-explain-'))
  const layers = [
    conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }),
    maxPooling2d(),
    flatten(),
    dense({ units: 10, activation: 'softmax' }),
  ]
  const tiny = experiment({
    name: 'tiny',
    data: fashionMnistMini(),
    models: { small: sequential(layers) },
    train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 2 },
  })
  writeFileSync(join(folder, 'tiny.json'), JSON.stringify(tiny))
  const { code } = await run('run', 'tiny', '--seed', '3', '--save', 'models')
  expect(code).toBe(0)
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

const model = join('models', 'small-3.safetensors')
const json = async (...args: readonly string[]): Promise<ModelExplanation> =>
  JSON.parse((await run('explain', ...args, '--json')).stdout)

test('a run knows its data: sheets for its classes, filters, activation maps, an embedding', async () => {
  const { code, stdout, stderr } = await run(
    'explain',
    'last',
    '--per-class',
    '1',
    '--embed',
    'pca',
    '--out',
    'why',
  )
  expect(code).toBe(0)
  expect(stdout).toContain('conv2d          Conv2D         26 × 26 × 4       Grad-CAM looks here')
  expect(stdout.match(/^test \d+/gm)).toHaveLength(10)
  const files = readdirSync(join(folder, 'why')).sort()
  expect(files.filter(file => file.startsWith('class-'))).toHaveLength(10)
  expect(files).toEqual(
    expect.arrayContaining([
      'class-00-t-shirt-top.png',
      'embedding-pca.png',
      'explanations.json',
      'filters.png',
    ]),
  )
  expect(files.some(file => /^activations-test-\d+\.png$/.test(file))).toBe(true)
  for (const file of files.filter(name => name.endsWith('.png'))) {
    const { width } = await sharp(join(folder, 'why', file)).metadata()
    expect(width, file).toBeGreaterThan(200)
  }
  expect(stderr).toContain('to why.')
  expect(stdout).not.toContain('--out')
  const kept = JSON.parse(readFileSync(join(folder, 'why/explanations.json'), 'utf8')) as ModelExplanation
  expect(kept.embeddings[0]!.points).toHaveLength(500)
  const again = await run('explain', 'last', '--out', 'why')
  expect([again.code, again.stderr]).toEqual([
    2,
    'heddle: --out why is not empty, and nothing is overwritten: name a new folder.\n',
  ])
}, 60_000)

test('a picture of one’s own says what the library says', async () => {
  const data = await loadDataset(fashionMnistMini())
  const pixels = data.test.images.subarray(0, 784)
  await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } })
    .png()
    .toFile(join(folder, 'a.png'))
  const fromFile = await json(model, 'a.png', '--class', 'Bag')
  const network = await loadModel(join(folder, model))
  const [expected] = await explainImages(network, {
    images: pixels,
    classes: [network.classNames.indexOf('Bag')],
  })
  const { name, label, ...explanation } = fromFile.images[0]!
  expect([name, label, fromFile.embeddings]).toEqual(['a.png', null, []])
  // JSON has no −0.
  expect(explanation).toEqual(JSON.parse(JSON.stringify(expected)))
  expect(fromFile.activations.map(({ layer }) => layer)).toEqual(
    network.model.layers.map(layer => layer.name),
  )
})

test('on the reference backend the same, but for the last bits', async () => {
  const args = [model, '--data', 'fashion-mnist-mini', '--index', '7', '--layer', 'max_pooling2d'] as const
  const [fast, slow] = await Promise.all([json(...args), json(...args, '--backend', 'reference')])
  const [one, two] = [fast.images[0]!, slow.images[0]!]
  expect([one.name, one.gradCam!.layer]).toEqual(['test 7', 'max_pooling2d'])
  for (const kind of ['saliency', 'integratedGradients', 'occlusion'] as const)
    expect(relativeDifference(one[kind].values, two[kind].values)).toBeLessThan(1e-4)
})

test.each([
  [
    [model],
    `heddle: A model file does not record its data: name images, as in heddle explain ${model} shoe.png; or data: --data photos.\n`,
  ],
  [
    ['last', '--class', 'Bags'],
    'heddle: --class Bags: there is no such class. Did you mean "Bag"? Classes: T-shirt/top, Trouser, Pullover, Dress, Coat, Sandal, Shirt, Sneaker, Bag, Ankle boot.\n',
  ],
  [
    ['last', '--index', '0', '--per-class', '2'],
    'heddle: Give either --index (these images) or --per-class (the first ones of each class), not both.\n',
  ],
  [['last', '--index', '500'], 'heddle: fashion-mnist-mini, test: there is no image 500, only 0 to 499.\n'],
  [['last', '--embed', 'tsne'], "heddle: --embed must be one of 'pca', 'umap', not \"tsne\".\n"],
  [
    ['last', '--layer', 'dense', '--index', '0'],
    'heddle: The layer "dense" gives (None, 10), which has no positions. Grad-CAM needs a layer before flatten() or global pooling.\n',
  ],
  [
    [model, 'a.png', '--embed', 'pca'],
    'heddle: --embed draws many images: leave the files out, or name a dataset with --data.\n',
  ],
])('refused: %j', async (args, message) => {
  const { code, stderr } = await run('explain', ...args)
  expect([code, stderr]).toEqual([2, message])
})
