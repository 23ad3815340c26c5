import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDataset } from '../data/dataset.ts'
import { fashionMnistMini } from '../data/source.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { sequential } from '../model/graph.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { sgd } from '../nn/optimizers/index.ts'
import { openStore } from '../store/open.ts'
import { started } from '../store/store.contract.ts'
import type { RunStore } from '../store/store.ts'
import { csvLogger } from '../train/callbacks/csv-logger.ts'
import type { CallbackSpec } from '../train/callbacks/index.ts'
import { modelCheckpoint } from '../train/callbacks/model-checkpoint.ts'
import { type ExperimentSpec, experiment } from '../train/experiment.ts'
import { planExperiment } from '../train/run-experiment.ts'
import { describeRun } from './described.ts'
import type { Environment } from './environment.ts'
import { usualPolicy } from './record.ts'
import { resumeRun } from './resume.ts'

const pixels = { images: new Uint8Array([1, 2, 3, 4]), labels: new Int32Array([0, 1]) }
const data = createDataset({
  name: 'two',
  classNames: ['a', 'b'],
  imageShape: [1, 2, 1],
  train: pixels,
  test: pixels,
})
const backend = chooseBackend('auto')
let folder: string
let store: RunStore

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-resume-'))
  store = await openStore(join(folder, 'store'))
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

function tiny(callbacks: readonly CallbackSpec[], learningRate = 0.01): ExperimentSpec {
  return experiment({
    name: 'tiny',
    data: fashionMnistMini(),
    models: { linear: sequential([flatten(), dense({ units: 2, activation: 'softmax' })]) },
    train: {
      optimizer: sgd({ learningRate }),
      loss: 'sparseCategoricalCrossentropy',
      epochs: 2,
      callbacks,
    },
  })
}
const about = {
  source: { baseDir: '/x', dataDir: null },
  origins: {},
  environment: started().detail.environment as Environment,
}
const planOf = (of: ExperimentSpec) => planExperiment(of, data, { seeds: [1], resume: true }).models[0]!.plan
const described = (of: ExperimentSpec) =>
  describeRun({ experiment: of, model: 'linear', plan: planOf(of) }, about)

test('a log changes no configuration: runs with and without one are seeds of one model', () => {
  const plain = described(tiny([])).configuration
  expect(described(tiny([csvLogger({ path: 'a.csv' })])).configuration).toBe(plain)
  expect(described(tiny([csvLogger({ path: 'b.csv', append: true })])).configuration).toBe(plain)
  expect(described(tiny([], 0.02)).configuration).not.toBe(plain)
})

test('going on without a checkpoint begins the run’s own files anew, and leaves what others appended', async () => {
  const [own, shared] = [join(folder, 'own.csv'), join(folder, 'shared.csv')]
  const saves = modelCheckpoint({ path: join(folder, 'after-{epoch}.safetensors') })
  const spec = tiny([csvLogger({ path: own }), csvLogger({ path: shared, append: true }), saves])
  const lines = (path: string): string[] => readFileSync(path, 'utf8').trim().split('\n')
  const again = async (): Promise<void> => {
    const id = await store.start(described(spec))
    await store.end(id, { status: 'interrupted', text: '' })
    await resumeRun({
      store,
      run: await store.run(id),
      experiment: spec,
      plan: planOf(spec),
      backend,
      policy: usualPolicy,
      signal: new AbortController().signal,
      onNotice: () => {},
      onProblem: message => expect(message).toBe(''),
      onEvent: () => {},
    })
    expect((await store.run(id)).status).toBe('finished')
  }
  await again()
  expect([lines(own).length, lines(shared).length]).toEqual([3, 3])
  await again()
  expect([lines(own).length, lines(shared).length]).toEqual([3, 5])
})
