import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  adam,
  batchNormalization,
  conv2d,
  csvLogger,
  dense,
  dropout,
  earlyStopping,
  experiment,
  fashionMnistMini,
  flatten,
  RandomStream,
  randomFlip,
  sequential,
} from '../../src/index.ts'
import { openStore } from '../../src/store/open.ts'
import type { RunStore } from '../../src/store/store.ts'
import { heddle } from './heddle.ts'

const KILLS = 50

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-kill-'))
  const tiny = experiment({
    name: 'tiny',
    data: fashionMnistMini(),
    models: {
      remembers: sequential([
        conv2d({ filters: 2, kernelSize: 5, strides: 5 }),
        batchNormalization(),
        flatten(),
        dropout({ rate: 0.2 }),
        dense({ units: 10, activation: 'softmax' }),
      ]),
    },
    train: {
      optimizer: adam(),
      loss: 'sparseCategoricalCrossentropy',
      epochs: 40,
      validationSplit: 0.2,
      augmentation: [randomFlip({ mode: 'horizontal' })],
      callbacks: [
        earlyStopping({ patience: 30, restoreBestWeights: true }),
        csvLogger({ path: 'logs-{seed}.csv' }),
      ],
    },
  })
  writeFileSync(join(folder, 'tiny.json'), JSON.stringify(tiny))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** All that must be the same to the bit. */
async function outcomeOf(store: RunStore, id: string) {
  const timeless = <T extends object>(rows: readonly T[]) =>
    rows.map(row => ({ ...row, run: '', trainMs: 0, durationMs: 0 }))
  const { status, metrics, epochsDone, seed } = await store.run(id)
  return {
    status,
    metrics,
    epochsDone,
    epochs: timeless(await store.epochs(id)),
    steps: timeless(await store.steps(id)),
    // Weights, best weights, predictions of every test image: by their checksums.
    artefacts: (await store.artefacts(id)).map(({ name, sha256 }) => ({ name, sha256 })),
    log: readFileSync(join(folder, `logs-${seed}.csv`), 'utf8'),
  }
}

test(`${KILLS} times SIGKILL at a random moment: resumed to the same weights, history and predictions`, async () => {
  const random = new RandomStream(7)
  const settings = ['--threads', '1', '--checkpoint-steps', '3']
  const start = ['run', 'tiny', ...settings]
  const inStore = (name: string) => ({ cwd: folder, env: { HEDDLE_STORE: join(folder, name) } })
  const whole = await heddle(start, inStore('whole'))
  expect(whole.code).toBe(0)
  const wholeStore = await openStore(join(folder, 'whole'))
  const expected = await outcomeOf(wholeStore, await wholeStore.find('last'))
  await wholeStore.close()
  rmSync(join(folder, 'logs-1.csv'))
  expect(expected.status).toBe('finished')

  let kills = 0
  let finished = 0
  for (let life = 0; kills < KILLS || finished < 2; life++) {
    const name = `killed-${finished}`
    const found = await stateOf(join(folder, name))
    if (found === 'finished') {
      const store = await openStore(join(folder, name))
      expect(await outcomeOf(store, await store.find('last'))).toEqual(expected)
      await store.close()
      rmSync(join(folder, 'logs-1.csv'))
      finished++
      continue
    }
    // Nothing: it was killed before there was a run.
    expect([null, 'interrupted']).toContain(found)
    const args = found === null ? start : ['resume', 'last', ...settings]
    let timer: NodeJS.Timeout | undefined
    const ended = await heddle(args, {
      ...inStore(name),
      onStderr(stderr, child) {
        // Some die before their first epoch, most of them anywhere behind it.
        if (timer || !(life % 4 === 0 || stderr.includes('epoch'))) return
        timer = setTimeout(() => child.kill('SIGKILL'), random.uniform(life) * 150)
      },
    })
    clearTimeout(timer)
    if (ended.code === null) kills++
    else expect(ended.code, ended.stderr).toBe(0)
  }
}, 180_000)

/** What a new process finds in a store. */
async function stateOf(path: string): Promise<string | null> {
  const store = await openStore(path)
  await store.markDead()
  const runs = await store.list()
  await store.close()
  expect(runs.length).toBeLessThan(2)
  return runs[0]?.status ?? null
}
