import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chooseBackend } from '../engine/backends/choose.ts'
import { openStore } from '../store/open.ts'
import type { RunStore } from '../store/store.ts'
import { differences } from './diff.ts'
import { evaluateRun } from './evaluate.ts'
import { usualPolicy } from './record.ts'
import { resumeStored } from './resume.ts'
import { storedRun } from './stored.ts'

const backend = chooseBackend('auto')
const id = '76c71b01b0d4'
let folder: string
let store: RunStore

/** A store that an earlier Heddle wrote; its run was interrupted. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-old-runs-'))
  mkdirSync(join(folder, 'store'))
  const file = new DatabaseSync(join(folder, 'store/runs.db'))
  file.exec(readFileSync(new URL('../store/fixtures/version-3.sql', import.meta.url), 'utf8'))
  file.exec(
    "update run set status = 'interrupted', testLoss = null, testAccuracy = null; delete from checkpoint",
  )
  file.exec('delete from artefact')
  file.close()
  store = await openStore(join(folder, 'store'))
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a run of an earlier Heddle is read: its experiment, its options and the arithmetic of its engine', async () => {
  const { experiment, train, environment, options } = await storedRun(store, await store.run(id))
  expect([experiment.name, train.batchSize, options[0]!.value]).toEqual(['old', 500, 7])
  expect(environment.arithmetic).toBe(environment.backend.replace(/, \d+ threads?/, ''))
  expect(environment.arithmetic).not.toContain('thread')
  // Options that came later have their defaults, so that no difference is seen where there is none.
  expect(options.find(({ name }) => name === 'metrics')).toEqual({
    name: 'metrics',
    value: ['accuracy'],
    origin: 'default',
  })
  expect(await differences(store, id, id)).toEqual([])
})

test('it is resumed to the accuracy that it had, and evaluated', async () => {
  const before = (await store.epochs(id)).map(({ metrics }) => metrics.valAccuracy!)
  const problems: string[] = []
  const result = await resumeStored({
    store,
    run: await store.run(id),
    loading: {},
    backend,
    policy: usualPolicy,
    signal: new AbortController().signal,
    onNotice: () => {},
    onProblem: message => problems.push(message),
    onEvent: () => {},
  })
  expect(problems).toEqual([])
  expect(await store.run(id)).toMatchObject({ status: 'finished', reason: null, epochsDone: 2 })
  // Another instruction set may round a number in another way: an image or two of 300.
  for (const [epoch, { metrics }] of (await store.epochs(id)).entries())
    expect(Math.abs(metrics.valAccuracy! - before[epoch]!)).toBeLessThanOrEqual(2 / 300)
  const evaluation = await evaluateRun(store, id, { backend, robustness: false })
  expect(evaluation.accuracy).toBeCloseTo(result.test.accuracy!, 12)
})
