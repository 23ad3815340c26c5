import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  adam,
  dense,
  experiment,
  fashionMnistMini,
  flatten,
  loadDataset,
  loadModel,
  predict,
  sequential,
} from '../../src/index.ts'
import { heddle } from './heddle.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-predict-'))
  const tiny = experiment({
    name: 'tiny',
    data: fashionMnistMini(),
    models: { linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
    train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 2 },
  })
  writeFileSync(join(folder, 'tiny.json'), JSON.stringify(tiny))
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...args: readonly string[]) => heddle(args, { cwd: folder })

test('a model is trained, kept, and asked about files and about images of a dataset', async () => {
  const trained = await run('run', 'tiny', '--seed', '3', '--save', 'models')
  expect(trained.stderr).not.toContain('heddle:')
  const model = join('models', 'linear-3.safetensors')
  const data = await loadDataset(fashionMnistMini())
  const network = await loadModel(join(folder, model))
  const predictions = await predict(network, data.test.images.subarray(0, 2 * 784))
  for (const [i, name] of ['a.png', 'b.png'].entries()) {
    const pixels = data.test.images.subarray(i * 784, (i + 1) * 784)
    await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toFile(join(folder, name))
  }
  const fromFiles = JSON.parse((await run('predict', model, 'a.png', 'b.png', '--json')).stdout)
  const fromData = JSON.parse(
    (await run('predict', model, '--data', 'fashion-mnist-mini', '--index', '0,1', '--json')).stdout,
  )
  for (const [i, answer] of fromFiles.answers.entries()) {
    const expected = [...predictions[i]!.probabilities]
    expect(Object.values(answer.probabilities)).toEqual(expected)
    expect(Object.keys(answer.probabilities)).toEqual(data.classNames)
    expect(answer.probability).toBe(Math.max(...expected))
    expect(answer.class).toBe(predictions[i]!.className)
    expect(fromData.answers[i]).toEqual({
      ...answer,
      image: `test ${i}`,
      label: data.classNames[data.test.labels[i]!],
    })
  }
  const { stdout } = await run('predict', model, 'a.png')
  expect(stdout).toMatch(/^Image +Class +Probability\n─+\na\.png +[\w/ -]+ +[01]\.\d{4}\n$/)

  // The run has kept the same model.
  const fromRun = JSON.parse((await run('predict', 'last', 'a.png', 'b.png', '--json')).stdout)
  expect(fromRun.answers).toEqual(fromFiles.answers)
  const unknown = await run('predict', 'abcd', 'a.png')
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toContain('There is no run "abcd"')

  const again = await run('run', 'tiny', '--seed', '3', '--save', 'models')
  expect(again.code).toBe(2)
  expect(again.stderr).toContain(`the file ${model} exists and is not replaced; nothing was trained.`)
})

test('what it is not given, or cannot read, it says', async () => {
  writeFileSync(join(folder, 'text.png'), 'no picture')
  const model = join('models', 'linear-3.safetensors')
  const cases = [
    [
      ['predict', 'absent.safetensors', 'a.png'],
      1,
      'absent.safetensors cannot be read: there is no such file or folder (ENOENT)',
    ],
    [['predict', 'text.png', 'a.png'], 1, 'text.png is not a model of Heddle: it looks like a text file'],
    [['predict', model, 'text.png'], 1, 'text.png cannot be read as an image: it is not a whole PNG, JPEG,'],
    [['predict', model, 'absent.png'], 1, 'absent.png cannot be read as an image: there is no such file'],
    [
      ['predict', model, 'https://example.org/a.png'],
      2,
      'https://example.org/a.png is an address, and images',
    ],
    [['predict', model, 'a.png', '--index', '0'], 2, '--index picks images of labelled data, which --data'],
    [['predict', model], 2, 'Name image files, as in heddle predict'],
    [
      ['predict', model, 'a.png', '--data', 'fashion-mnist-mini'],
      2,
      'either image files or --data, not both: a.png',
    ],
    [
      ['predict', model, '--data', 'fashion-mnist-mini', '--index', '500'],
      2,
      'fashion-mnist-mini, test: there is no image 500, only 0 to 499.',
    ],
  ] as const
  for (const [args, code, message] of cases) {
    const ended = await run(...args)
    expect(ended.stderr).toContain(message)
    expect(ended.code).toBe(code)
  }
})

test('one unreadable file of many does not take the answers of the others away; standard input is a file', async () => {
  const model = join('models', 'linear-3.safetensors')
  const mixed = ['predict', model, 'a.png', 'text.png', 'b.png']
  const ended = await run(...mixed)
  expect(ended.code).toBe(1)
  expect(ended.stdout).toMatch(/a\.png .*\nb\.png /)
  expect(ended.stderr).toMatch(/1 of 3 images cannot be read:\n +- text\.png: it is not a whole/)
  const skipped = await run(...mixed, '--skip-unreadable', '--json')
  expect(skipped.code).toBe(0)
  expect(skipped.stderr).toMatch(/1 of 3 images cannot be read:\n +- text\.png/)
  const { answers, unreadable } = JSON.parse(skipped.stdout)
  expect(answers.map(({ image }: { image: string }) => image)).toEqual(['a.png', 'b.png'])
  expect(unreadable).toEqual([{ file: 'text.png', reason: expect.stringContaining('it is not a whole') }])
  const piped = await heddle(['predict', model, '-', '--json'], {
    cwd: folder,
    input: readFileSync(join(folder, 'a.png')),
  })
  expect(JSON.parse(piped.stdout).answers).toEqual([{ ...answers[0], image: '-' }])
})
