import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tinyData, tinyNetwork } from '../../../test/support/tiny-training.ts'
import { referenceBackend } from '../../engine/backends/reference.ts'
import type { Weights } from '../../model/weights.ts'
import { loadModel } from '../../network/saved-model.ts'
import { sgd } from '../../nn/optimizers/index.ts'
import type { Checkpoint } from '../checkpoint.ts'
import { type FitOptions, fit } from '../fit.ts'
import { modelCheckpoint } from './model-checkpoint.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-saves-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** What a training saves, and the weights that it had after each epoch. */
async function run(
  saves: Omit<Parameters<typeof modelCheckpoint>[0], 'path'> & { path?: string },
  extra: Partial<FitOptions> = {},
) {
  const network = tinyNetwork()
  const weights: Weights[] = []
  const history = await fit(network, tinyData, {
    // So fast that the loss goes up and down.
    optimizer: sgd({ learningRate: 20 }),
    loss: 'sparseCategoricalCrossentropy',
    epochs: 6,
    batchSize: 4,
    validationSplit: 0.2,
    callbacks: [modelCheckpoint({ ...saves, path: join(folder, saves.path ?? 'model.safetensors') })],
    onEvent: event => event.type === 'epoch' && weights.push(network.weights),
    ...extra,
  })
  return { history, weights }
}

const weightsIn = async (name: string): Promise<Weights> =>
  (await loadModel(join(folder, name), { backend: referenceBackend() })).weights

test('a file of each epoch, which has its weights and the names of the classes', async () => {
  const { weights } = await run({ path: 'sub/after-{epoch}.safetensors' })
  expect(await readdir(join(folder, 'sub'))).toHaveLength(6)
  expect(await weightsIn('sub/after-1.safetensors')).toEqual(weights[0])
  expect(await weightsIn('sub/after-6.safetensors')).toEqual(weights[5])
  const saved = await loadModel(join(folder, 'sub/after-6.safetensors'), { backend: referenceBackend() })
  expect(saved.classNames).toEqual(['a', 'b'])
})

test('one file is the last, or the best', async () => {
  const { weights, history } = await run({})
  expect(await weightsIn('model.safetensors')).toEqual(weights[5])
  for (const monitor of ['valLoss', 'loss'] as const) {
    await run({ path: `${monitor}.safetensors`, monitor, saveBestOnly: true })
    const best = history[monitor]!.indexOf(Math.min(...history[monitor]!))
    expect(best).toBeLessThan(5)
    expect(await weightsIn(`${monitor}.safetensors`)).toEqual(weights[best])
  }
})

test('no epoch is saved that is not better than the threshold', async () => {
  await run({ saveBestOnly: true, initialValueThreshold: 0 })
  expect(await readdir(folder)).toEqual([])
})

test('a file that exists is refused before anything is trained', async () => {
  await writeFile(join(folder, 'after-3'), 'mine')
  let steps = 0
  await expect(
    run({ path: 'after-{epoch}' }, { onEvent: event => void (event.type === 'step' && steps++) }),
  ).rejects.toThrow(/^modelCheckpoint: the file .*after-3 exists and is not overwritten\./)
  expect(steps).toBe(0)
})

test('what is watched must be measured', async () => {
  await expect(run({ saveBestOnly: true }, { validationSplit: 0 })).rejects.toThrow(
    'modelCheckpoint watches "valLoss", which is not measured',
  )
})

test('a training that goes on replaces its own files, and only with what is better', async () => {
  const saves = { monitor: 'loss', saveBestOnly: true } as const
  const { history, weights } = await run({ ...saves, path: 'whole' })
  const best = history.loss!.indexOf(Math.min(...history.loss!))
  let from: Checkpoint | undefined
  const controller = new AbortController()
  await run(saves, {
    signal: controller.signal,
    checkpoints: {
      due: () => false,
      save(checkpoint) {
        from = checkpoint
      },
    },
    onEvent: event => event.type === 'epoch' && event.epoch === best && controller.abort(),
  }).catch(() => {})
  await run(saves, { from })
  expect(await weightsIn('model.safetensors')).toEqual(weights[best])
})
