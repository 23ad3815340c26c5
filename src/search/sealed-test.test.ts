import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { sequential } from '../model/graph.ts'
import { evaluate } from '../network/evaluate.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { storedModel } from '../runs/stored.ts'
import { openStore } from '../store/open.ts'
import type { RunStore } from '../store/store.ts'
import { experiment } from '../train/experiment.ts'
import { logUniform } from './distributions/index.ts'
import { runSearch } from './run-search.ts'
import { openSealedTest } from './sealed-test.ts'
import { type SearchOptions, search } from './search.ts'
import { storedView } from './stored-search.ts'

const backend = chooseBackend('auto', { threads: 1 })
let folder: string
let store: RunStore
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-sealed-'))
  store = await openStore(folder)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const searchOf = (more: Partial<SearchOptions> = {}) =>
  search({
    experiment: experiment({
      name: 'sealed',
      data: fashionMnistMini(),
      models: { linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
      train: { optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', epochs: 1, validationSplit: 0.2 },
    }),
    space: { learningRate: logUniform(0.02, 0.5) },
    start: { learningRate: 0.02 },
    trials: 3,
    repeats: { top: 1, seeds: 2 },
    ...more,
  })

test('the repeats of the winner and of the starting point are tested once, and the store counts the look', async () => {
  const { id, verdict, final, finalSentence } = await runSearch(searchOf(), { store, backend })
  expect([final, finalSentence]).toEqual([null, null])
  const tested: [number, number][] = []
  await openSealedTest(store, id, { backend, onProgress: (done, of) => tested.push([done, of]) })
  const opened = await storedView(store, id)
  expect(tested).toEqual([0, 1, 2, 3].map(done => [done, 4]))
  expect(opened.final!.map(({ trial }) => trial)).toEqual([0, verdict!.winner])
  expect(opened.finalSentence).toMatch(
    /(better|worse|difference).*your starting point \(trial 0\).*\(500 images, 2 seeds each\)/,
  )
  expect(opened.looks).toBe(1)

  const { test } = await loadDataset(fashionMnistMini())
  for (const { runs } of opened.final!)
    for (const { run, testAccuracy } of runs) {
      const network = await storedModel(store, await store.run(run), backend)
      expect((await evaluate(network, test)).accuracy).toBe(testAccuracy)
      expect(await store.artefact(run, 'predictions.safetensors')).not.toBeNull()
    }

  await openSealedTest(store, id, { backend })
  expect(await storedView(store, id)).toEqual(opened)
})

test('where the starting point wins, its accuracy is what there is to say', async () => {
  const { id } = await runSearch(searchOf({ trials: 1 }), { store, backend })
  await openSealedTest(store, id, { backend })
  const { final, finalSentence } = await storedView(store, id)
  expect(final).toHaveLength(1)
  expect(finalSentence).toMatch(
    /^Your starting point \(trial 0\) is the winner: its test accuracy is \d+\.\d\d % ± \d\.\d\d %\.$/,
  )
})

test('without repeats it says what to do first', async () => {
  const none = await runSearch(searchOf(), { store, backend, repeats: false })
  await expect(openSealedTest(store, none.id, { backend })).rejects.toThrow(
    'have not been trained with further seeds. Do that first: heddle search --resume sealed.',
  )
  const never = await runSearch(searchOf({ repeats: { top: 0, seeds: 1 } }), { store, backend })
  await expect(openSealedTest(store, never.id, { backend })).rejects.toThrow('repeats no trial')
  expect((await storedView(store, never.id)).final).toBeNull()
})
