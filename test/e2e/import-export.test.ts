import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
