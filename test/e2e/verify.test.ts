import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { createNetwork, dense, flatten, referenceBackend, saveModel, sequential } from '../../src/index.ts'
import { temporaryFolder } from './browser-page.ts'
import { heddle } from './heddle.ts'

const folder = temporaryFolder()

beforeAll(async () => {
  const spec = sequential([flatten(), dense({ units: 3, activation: 'softmax' })])
  const network = createNetwork(spec, { inputShape: [4, 4, 1], backend: referenceBackend() })
  await saveModel(network, join(folder.path, 'small.safetensors'), { classNames: ['a', 'b', 'c'] })
  return () => folder.remove()
})

const verified = (to: string, python: string) =>
  heddle(['export', 'small.safetensors', '--to', to, '--verify'], {
    cwd: folder.path,
    env: { HEDDLE_PYTHON: python },
  })

/** A program in the place of Python: its body gets the paths of the model, the inputs and the outputs. */
function program(name: string, body: string): string {
  const path = join(folder.path, name)
  const code = `#!${process.execPath}\nconst [model, shape, inputs, outputs] = process.argv.slice(3)\nconst fs = require('node:fs')\n${body}\n`
  writeFileSync(path, code, { mode: 0o755 })
  onTestFinished(() => writeFileSync(path, ''))
  return path
}

const answering = (numbers: string): string =>
  `fs.writeFileSync(outputs, new Uint8Array(Float32Array.from({ length: 48 }, (_, i) => ${numbers}).buffer)); console.log('Another program 1.0')`

test('a file of Heddle is run by the plain loops', async () => {
  const { code, stdout } = await verified('safetensors', 'none')
  expect(stdout).toMatch(
    /Verified by Heddle's plain loops: 16 examples, largest difference (0|\d\.\de-\d+), no label changed/,
  )
  expect(code).toBe(0)
}, 30_000)

test('where no other program is installed, it says which were looked for, and how to install one', async () => {
  const { code, stderr } = await verified('onnx', 'no-python-here')
  expect(stderr).toContain('model.onnx is not verified, because no other program for it is installed.')
  expect(stderr).toContain(
    'Looked for onnxruntime-node and onnxruntime-web in node_modules of this folder and onnxruntime in no-python-here.',
  )
  expect(stderr).toContain('npm install onnxruntime-node, or pip install onnxruntime')
  expect(code).toBe(0)
}, 30_000)

test('outputs that differ are a failure, and so is a program that cannot run the file', async () => {
  const other = await verified('keras', program('other', answering('i % 3 === 0 ? 1 : 0')))
  expect(other.stderr).toContain(
    'model.keras gives other outputs in another program than in Heddle. Another program 1.0: 16 examples',
  )
  expect(other.code).toBe(1)
  const few = await verified(
    'keras',
    program('few', 'fs.writeFileSync(outputs, new Uint8Array(8)); console.log("Few")'),
  )
  expect(few.stderr).toContain('Few: 2 outputs in place of 48')
  expect(few.code).toBe(1)
  const broken = await verified(
    'keras',
    program('broken', 'console.error("ValueError: unknown layer"); process.exit(1)'),
  )
  expect(broken.stderr).toMatch(/The other program could not run model\.keras:\n +ValueError: unknown layer/)
  expect(broken.code).toBe(1)
}, 60_000)

test.each([
  ['an image', [2, 2, 3, 2], [2, 2, 2, 3], [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]],
  ['a sequence', [4, 3, 2], [4, 2, 3], [0, 2, 4, 1, 3, 5]],
])('ONNX Runtime gets %s with its channels first where the model has them so', (_, shape, dims, first) => {
  const cwd = join(folder.path, 'channels')
  const place = join(cwd, 'node_modules/onnxruntime-node')
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), '{"name":"onnxruntime-node","version":"0","main":"index.js"}')
  const session = `{ inputNames: ['x'], outputNames: ['y'], inputMetadata: [{ shape: ${JSON.stringify(['n', ...dims.slice(1)])} }],
    run: async ({ x }) => ({ y: { data: [...x.dims, ...x.data] } }) }`
  const code = `exports.Tensor = class { constructor(_, data, dims) { Object.assign(this, { data, dims }) } }
exports.InferenceSession = { create: async () => (${session}) }`
  writeFileSync(join(place, 'index.js'), code)
  const [inputs, outputs] = [join(folder.path, 'inputs'), join(folder.path, 'outputs')]
  const size = shape.reduce((a, b) => a * b, 1)
  writeFileSync(
    inputs,
    Float32Array.from({ length: size }, (_, i) => i),
  )
  const script = fileURLToPath(new URL('../../scripts/verify/with-onnxruntime.mjs', import.meta.url))
  const model = join(folder.path, 'small.safetensors')
  execFileSync(process.execPath, [script, model, shape.join(), inputs, outputs], { cwd })
  const given = [...new Float32Array(Uint8Array.from(readFileSync(outputs)).buffer)]
  expect(given.slice(0, dims.length)).toEqual(dims)
  expect(given.slice(dims.length, dims.length + first.length)).toEqual(first)
})
