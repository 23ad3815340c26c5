import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Backend,
  chooseBackend,
  conv2d,
  createNetwork,
  createPredictor,
  decodePicture,
  dense,
  flatten,
  loadModel,
  preparation,
  saveModel,
  sequential,
} from '../../src/index.ts'
import { teachingDocuments } from '../support/documents.ts'
import { wasm, wasmMissing } from '../support/engines.ts'

// The functions of docs/guide/in-your-app.md answer with the numbers of the library. Each runs as it is written, in a folder
// with a model and the package.

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'heddle-functions-'))
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  cpSync(join(root, 'examples/functions'), folder, { recursive: true })
  symlinkSync(join(root, 'node_modules'), at('node_modules'))
  writeFileSync(at('package.json'), '{ "type": "module" }')
  const model = sequential([
    conv2d({ filters: 4, kernelSize: 3 }),
    flatten(),
    dense({ units: 3, activation: 'softmax' }),
  ])
  const network = createNetwork(model, { inputShape: [12, 10, 3], seed: 4 })
  await saveModel(network, at('model.safetensors'), {
    classNames: ['cat', 'dog', 'bird'],
    preparation: preparation({ imageSize: [12, 10], fit: 'pad' }),
  })
  const pixels = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * 2654435761) >>> 24)
  const picture = sharp(pixels, { raw: { width: 40, height: 30, channels: 3 } })
  await picture.png().toFile(at('picture.png'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a program that asks the functions prints. */
async function answersOf(program: string, ...flags: readonly string[]): Promise<unknown> {
  const args = [...flags, join(root, 'test/e2e', program), root]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder })
  return JSON.parse(stdout)
}

/** The answer to the picture: in the numbers of the library. */
async function expected(backend: Backend): Promise<unknown> {
  const predictor = createPredictor(await loadModel(at('model.safetensors'), { backend }))
  const picture = await decodePicture(readFileSync(at('picture.png')))
  const { className, probability } = await predictor.predictPicture(picture)
  return [200, { className, probability }]
}

test('the guide shows the functions as they are', () => {
  const { blocks } = teachingDocuments().find(({ path }) => path === 'docs/guide/in-your-app.md')!
  const shown = blocks.flatMap(({ file, code }) => (file ? [[file, code]] : []))
  const files = readdirSync(join(root, 'examples/functions'))
  expect(Object.fromEntries(shown)).toEqual(
    Object.fromEntries(files.map(file => [file, readFileSync(at(file), 'utf8')])),
  )
})

test('Express, a route of Next.js and a Lambda function answer a picture, and refuse what is not one', async () => {
  const refused = (why: string) => [400, { error: `The picture cannot be read: ${why}` }]
  const page = refused('it is a web page, which Heddle does not read. Convert it to PNG or JPEG.')
  const empty = refused('it is empty.')
  const answer = await expected(chooseBackend('auto'))
  expect(await answersOf('ask-functions.mjs')).toEqual({
    express: [answer, page, empty],
    next: [answer, page, empty],
    lambda: [answer, page, empty],
  })
}, 60_000)

if (wasmMissing) test.skip(`a worker answers a picture: ${wasmMissing}`)
else
  test("a worker without Node's modules answers a picture, and refuses what is not one", async () => {
    expect(await answersOf('ask-worker.mjs', '--experimental-vm-modules', '--no-warnings')).toEqual([
      await expected(wasm),
      [400, { error: 'it is a web page, which Heddle does not read. Convert it to PNG or JPEG.' }],
      [400, { error: 'it is empty.' }],
    ])
  }, 60_000)
