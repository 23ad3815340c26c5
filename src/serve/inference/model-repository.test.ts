import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { referenceBackend } from '../../engine/backends/reference.ts'
import { sequential } from '../../model/graph.ts'
import { createNetwork } from '../../network/network.ts'
import { saveModel } from '../../network/saved-model.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import { ModelRepository } from './model-repository.ts'
import { pathSource } from './model-source.ts'

const backend = referenceBackend()
const root = mkdtempSync(join(tmpdir(), 'heddle-models-'))
let folder: string
let count = 0
const lines: { readonly words: string; readonly facts: object }[] = []
const log = {
  info: (facts: object, words: string) => void lines.push({ words, facts }),
  error: (facts: object, words: string) => void lines.push({ words, facts }),
}

beforeEach(() => {
  folder = join(root, String(count++))
  mkdirSync(folder)
  lines.length = 0
})
afterAll(() => rmSync(root, { recursive: true }))

const open = (...places: readonly string[]) =>
  ModelRepository.open(places.map(pathSource), { backend, limits: { maxBatch: 4, maxQueue: 8 }, log })

/** A network for pictures of four pixels; the seed makes its weights. */
async function model(file: string, { seed = 1, classNames = ['cat', 'dog'] } = {}): Promise<string> {
  const layers = [flatten(), dense({ units: classNames.length, activation: 'softmax' })]
  const network = createNetwork(sequential(layers), { inputShape: [2, 2, 1], seed, backend })
  const path = join(folder, file)
  await saveModel(network, path, { classNames })
  return path
}

test('a file that is written again is served from then on; who has the old model is answered by it', async () => {
  const path = await model('pets.safetensors')
  const models = await open(path)
  const old = models.get('pets')
  const before = [...(await old.predict(Uint8Array.of(1, 2, 3, 4))).outputs]
  await model('pets.safetensors', { seed: 2 })
  await models.look()
  const now = models.get('pets')
  expect(now.digest).not.toBe(old.digest)
  const after = [...(await now.predict(Uint8Array.of(1, 2, 3, 4))).outputs]
  expect(after).not.toEqual(before)
  expect([...(await old.predict(Uint8Array.of(1, 2, 3, 4))).outputs]).toEqual(before)
  // It goes on counting.
  expect(now.statistics.examples).toBe(3)
  expect(lines.map(({ words }) => words)).toEqual(['model ready', 'model ready'])
})

test('a file that cannot be read leaves the model as it is, is logged once, and is tried again when it changes', async () => {
  const path = await model('pets.safetensors')
  const models = await open(path)
  const { digest } = models.get('pets')
  writeFileSync(path, 'half a file')
  await models.look()
  await models.look()
  expect(models.get('pets').digest).toBe(digest)
  expect(lines.slice(1).map(({ words }) => words)).toEqual([
    expect.stringContaining(`${path} is not a model of Heddle`),
  ])
  rmSync(path)
  await models.look()
  expect(models.get('pets').digest).toBe(digest)
  await model('pets.safetensors', { seed: 3 })
  await models.look()
  expect(models.get('pets').digest).not.toBe(digest)
})

test('a folder has models and versions; new ones appear, and those that are removed are gone', async () => {
  await model('pets.safetensors')
  mkdirSync(join(folder, 'birds'))
  await model('birds/2.safetensors')
  await model('birds/10.safetensors', { seed: 2 })
  mkdirSync(join(folder, '..data'))
  const models = await open(folder)
  const named = () => models.list().map(({ name, version }) => `${name}:${version}`)
  expect(named()).toEqual(['birds:2', 'birds:10', 'pets:1'])
  expect([models.get('birds').version, models.get('birds', '2').version]).toEqual(['10', '2'])
  rmSync(join(folder, 'birds/10.safetensors'))
  renameSync(join(folder, 'pets.safetensors'), join(folder, 'cats.safetensors'))
  await models.look()
  expect(named()).toEqual(['birds:2', 'cats:1'])
  expect(models.get('birds').version).toBe('2')
  expect(() => models.get('birds', '10')).toThrow('The model "birds" has no version "10", but 2.')
  expect(() => models.get('bird')).toThrow(
    'There is no model "bird". Did you mean "birds"? GET /models lists',
  )
})

test('a bad file of a folder is logged, and the others are served', async () => {
  await model('pets.safetensors')
  writeFileSync(join(folder, 'other.safetensors'), 'no model')
  await model('my pets.safetensors')
  const models = await open(folder)
  expect(models.list().map(({ name }) => name)).toEqual(['pets'])
  const words = lines.map(line => line.words).join('\n')
  expect(words).toContain('other.safetensors')
  expect(words).toContain('The model name "my pets" does not fit into an address')
})

test('files have names and versions of their own', async () => {
  const path = await model('pets.safetensors')
  const models = await open(`a=${path}`, `a:2=${path}`, `b:7=${path}`)
  expect(models.list().map(({ name, version }) => `${name}:${version}`)).toEqual(['a:1', 'a:2', 'b:7'])
})

test('a server does not start without its models', async () => {
  const path = await model('pets.safetensors')
  mkdirSync(join(folder, 'empty'))
  await expect(open(path, join(folder, 'empty'))).rejects.toThrow(
    `${join(folder, 'empty')} has no models: expected NAME.safetensors or NAME/VERSION.safetensors.`,
  )
  writeFileSync(path, 'no model')
  await expect(open(path)).rejects.toThrow(`${path} is not a model of Heddle`)
  expect(() => pathSource(join(folder, 'missing.safetensors'))).toThrow('There is no file or folder')
  expect(() => pathSource(`a=${folder}`)).toThrow('its files have their own names: leave "a=" out')
  expect(() => pathSource(`a b=${path}`)).toThrow('The model name "a b" does not fit into an address')
  expect(() => pathSource(`a:new=${path}`)).toThrow(
    'The version "new" of the model "a" must be a whole number',
  )
})

test('weights that make no numbers are refused', async () => {
  const layers = [flatten(), dense({ units: 2, activation: 'softmax' })]
  const network = createNetwork(sequential(layers), { inputShape: [2, 2, 1], backend })
  network.weights = new Map(
    [...network.weights].map(([name, values]) => [name, values.map(() => Number.NaN)]),
  )
  const path = join(folder, 'broken.safetensors')
  await saveModel(network, path)
  await expect(open(path)).rejects.toThrow('are not finite')
})
