import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  activation,
  batchNormalization,
  conv2d,
  dense,
  depthwiseConv2d,
  flatten,
  sequential,
} from '../../src/index.ts'
import { heddle } from './heddle.ts'

const golden = fileURLToPath(new URL('../parity/golden/keras/keras3-sequential.keras', import.meta.url))
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-import-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...args: readonly string[]) => heddle(args, { cwd: folder })

test('a model of Keras comes in, goes out as Keras, ONNX and TensorFlow.js and comes in again, to the bit', async () => {
  const taken = await run('import', golden, '--classes', 'a,b,c', '--to', 'first.safetensors')
  expect(taken.stdout).toMatch(/random_flip +RandomFlip +– +left out/)
  expect(taken.stdout).toContain('stem / first')
  expect(taken.stderr).toContain('It scales pixels itself')
  for (const format of ['keras', 'h5', 'onnx', 'tfjs']) {
    const given = await run('export', 'first.safetensors', '--to', format)
    expect(given.stdout).toMatch(/leaky_re_lu +Activation +LeakyReLU/i)
    const again = await run(
      'import',
      format === 'tfjs' ? 'model-tfjs' : `model.${format}`,
      '--to',
      `${format}.safetensors`,
    )
    expect(again.stdout).toContain(
      'Checked with the examples in the file: 16 examples, largest difference 0, no label changed',
    )
    // There, a regularizer of one part has the class of all of them: the text of the model differs.
    if (format === 'tfjs') continue
    const bytes = ['first', format].map(name => readFileSync(join(folder, `${name}.safetensors`)))
    expect(bytes[0]!.equals(bytes[1]!)).toBe(true)
  }
}, 120_000)

test('what cannot be taken over is refused in words, and nothing is written', async () => {
  const wrong = await run('import', golden, '--classes', 'a,b', '--to', 'wrong.safetensors')
  expect(wrong.stderr).toContain('2 classes are named, but the model has 3')
  expect(wrong.code).toBe(2)
  const text = await run('import', fileURLToPath(import.meta.url), '--to', 'wrong.safetensors')
  expect(text.stderr).toContain('is a text file. Heddle reads models of Keras (.keras, .h5)')
  expect((await run('import', '.')).stderr).toContain('There is no file model.json.')
  expect((await run('predict', golden, 'a.png')).stderr).toContain('heddle import')
  expect((await run('predict', 'wrong.safetensors', 'a.png')).code).not.toBe(0)
}, 60_000)

test('weights without a model go onto one in JSON, and out to TensorFlow.js and back', async () => {
  const weights = fileURLToPath(new URL('../parity/golden/weights/keras2.h5', import.meta.url))
  const model = sequential(
    [
      conv2d({ filters: 4, kernelSize: 3, padding: 'same' }),
      batchNormalization(),
      activation({ activation: 'relu' }),
      depthwiseConv2d({ kernelSize: 3, useBias: false }),
      flatten(),
      dense({ units: 3, activation: 'softmax' }),
    ],
    { inputShape: [6, 5, 3] },
  )
  const names = { conv2d: 'block/stem', batch_normalization: 'norm', depthwise_conv2d: 'deep', dense: 'fc' }
  writeFileSync(join(folder, 'model.json'), JSON.stringify(model))
  writeFileSync(join(folder, 'names.json'), JSON.stringify(names))
  const into = ['--into', 'model.json', '--to', 'into.safetensors']
  const taken = await run('import', weights, ...into, '--names', 'names.json')
  expect(taken.stdout).toMatch(/block\/stem +kernel \[3, 3, 3, 4\], bias \[4\] +conv2d \(Conv2D\)/)
  expect(taken.stderr).toContain('The file does not name its classes')
  const wrong = await run('import', weights, '--names', 'names.json', '--to', 'wrong.safetensors')
  expect(wrong.stderr).toContain('--names and --pixel-range belong to --into model')
  const given = await run('export', 'into.safetensors', '--to', 'tfjs', '--out', 'page')
  expect(given.stdout).toContain(`in ${join('page', 'model.json')} and group1-shard1of1.bin`)
  const again = await run('import', join('page', 'model.json'), '--to', 'again.safetensors')
  expect(again.stdout).toContain('largest difference 0, no label changed')
}, 120_000)
