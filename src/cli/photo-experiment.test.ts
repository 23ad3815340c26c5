import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { beforeEach, expect, test } from 'vitest'
import { loadDataset } from '../data/source.ts'
import { referenceBackend } from '../engine/backends/reference.ts'
import { lintExperiment } from '../insight/doctor/index.ts'
import { runExperiment } from '../train/run-experiment.ts'
import { loadExperiment } from './load-experiment.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'heddle-photos-'))
  return () => rmSync(root, { recursive: true })
})

async function photo(path: string, size: readonly [number, number], isGrey = false): Promise<void> {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  const [height, width] = size
  const background = path.includes('cat') ? '#804020' : '#2040c0'
  const canvas = sharp({ create: { width, height, channels: 3, background } })
  if (isGrey) canvas.toColourspace('b-w')
  await canvas.toFile(join(root, path))
}

test('a folder of photos of several sizes becomes an experiment that trains, with fair splits', async () => {
  for (let i = 0; i < 10; i++) {
    await photo(`photos/cat/${i}.${['jpg', 'png', 'webp'][i % 3]}`, [20 + i, 40])
    await photo(`photos/dog/deep/${i}.png`, [60, 30 + i])
  }
  const { experiment, baseDir, chosen } = await loadExperiment('photos', root)
  expect(baseDir).toBe(root)
  expect(experiment.data).toMatchObject({ path: 'photos', imageSize: [24, 24], colorMode: 'rgb' })
  expect(experiment.train).toMatchObject({ validationSplit: 0.2, stratify: true, batchSize: 16, epochs: 60 })
  expect(experiment.train.callbacks).toMatchObject([{ kind: 'earlyStopping', restoreBestWeights: true }])
  expect(chosen!.map(([name]) => name)).toEqual(['Images', 'Held out', 'Network', 'Training'])
  expect(chosen![0]![1]).toBe('24 × 24 in color; the files are from 20 × 40 to 60 × 39 pixels')

  const data = await loadDataset(experiment.data, { baseDir: root })
  expect([...data.test.labels]).toEqual([0, 0, 1, 1])
  expect(lintExperiment(experiment, data).filter(({ severity }) => severity === 'error')).toEqual([])
  const short = { ...experiment, train: { ...experiment.train, epochs: 1 } }
  const notices: string[] = []
  const { models } = await runExperiment(short, data, {
    seeds: [1],
    backend: referenceBackend(),
    onNotice: notice => notices.push(notice),
  })
  expect(models[0]!.runs[0]!.history.valAccuracy).toHaveLength(1)
  expect(notices).toEqual([])
})

test('small grey images keep their size; parts that are there are used; --image-size is obeyed', async () => {
  for (const part of ['train', 'val', 'test'])
    for (const name of ['cat', 'dog']) await photo(`split/${part}/${name}/1.png`, [28, 28], true)
  const { experiment, chosen } = await loadExperiment(join(root, 'split'), '/')
  expect(experiment.data).toMatchObject({ imageSize: [28, 28], colorMode: 'grayscale' })
  expect(experiment.train).toMatchObject({ validationSplit: 0, stratify: null })
  expect(chosen![1]![1]).toBe('the folder of test images, the folder of validation images')
  const { experiment: larger } = await loadExperiment('split', root, { imageSize: 48 })
  expect(larger.data).toMatchObject({ imageSize: [48, 48] })
})

test('pictures of one pixel become large enough for a network; a name has no dashes at its ends', async () => {
  for (const name of ['cat', 'dog']) {
    for (let i = 0; i < 5; i++) {
      await photo(`dots/${name}/${i}.png`, [1, 1])
      await photo(`my photos ☕/${name}/${i}.png`, [1, 9])
    }
  }
  const { experiment } = await loadExperiment('dots', root)
  const data = await loadDataset(experiment.data, { baseDir: root })
  expect(data.imageShape).toEqual([4, 4, 3])
  const short = { ...experiment, train: { ...experiment.train, epochs: 1 } }
  const { models } = await runExperiment(short, data, { seeds: [1], backend: referenceBackend() })
  expect(models[0]!.runs[0]!.history.loss).toHaveLength(1)
  const { experiment: lines } = await loadExperiment('my photos ☕', root)
  expect(lines.name).toBe('my-photos')
  expect(lines.data).toMatchObject({ imageSize: [4, 9] })
})

test('an experiment of that name goes first, and has its own image size', async () => {
  mkdirSync(join(root, 'photos'))
  writeFileSync(join(root, 'photos.json'), '{}')
  await expect(loadExperiment('photos', root)).rejects.toThrow('photos.json: expected an experiment')
  await expect(loadExperiment('basic-vs-standard', root, { imageSize: 32 })).rejects.toThrow(
    '--image-size is for a folder of images; basic-vs-standard is an experiment: set imageSize in it.',
  )
})

test('a folder without class folders is refused in words', async () => {
  mkdirSync(join(root, 'empty'))
  await expect(loadExperiment('empty', root)).rejects.toThrow(
    'empty has no class folders: expected one folder per class',
  )
})

/** 24 bits a pixel, all of one colour. */
function bmp([red, green, blue]: readonly [number, number, number], width: number, height: number): Buffer {
  const row = Math.ceil((width * 3) / 4) * 4
  const bytes = Buffer.alloc(54 + row * height)
  bytes.write('BM')
  bytes.writeUInt32LE(54, 10)
  bytes.writeUInt32LE(40, 14)
  bytes.writeInt32LE(width, 18)
  bytes.writeInt32LE(height, 22)
  bytes.writeUInt16LE(1, 26)
  bytes.writeUInt16LE(24, 28)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) bytes.set([blue, green, red], 54 + y * row + 3 * x)
  return bytes
}

test('BMP files, which sharp does not read, keep their colours and their size', async () => {
  for (const [name, colour] of [
    ['red', [200, 10, 10]],
    ['blue', [10, 10, 200]],
  ] as const) {
    mkdirSync(join(root, 'bmps', name), { recursive: true })
    mkdirSync(join(root, 'greys', name), { recursive: true })
    for (let i = 0; i < 5; i++) {
      writeFileSync(join(root, 'bmps', name, `${i}.bmp`), bmp(colour, 40, 32))
      writeFileSync(join(root, 'greys', name, `${i}.bmp`), bmp([i, i, i], 40, 32))
    }
  }
  const colours = (await loadExperiment('bmps', root)).experiment.data
  expect(colours).toMatchObject({ colorMode: 'rgb', imageSize: [32, 40] })
  expect((await loadExperiment('greys', root)).experiment.data).toMatchObject({ colorMode: 'grayscale' })
})
