import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fuzzInputs } from '../../test/support/fuzz.ts'
import { HeddleError } from '../base/errors.ts'
import { RandomStream } from '../base/random.ts'
import { Dice, damaged } from '../testing/dice.ts'
import { exportRuns, importRuns } from './archive.ts'
import { cells } from './cells.ts'
import { openStore } from './open.ts'
import { epochOf, started } from './store.contract.ts'
import type { RunStore } from './store.ts'
import { readTar, TarWriter } from './tar.ts'

const INPUTS = fuzzInputs(150)

let folder: string
/** As JSON: anything may be put into it. */
interface Contents {
  runs: { run: Record<string, unknown>; rows: Record<string, Record<string, unknown>[]> }[]
}
let archive: Contents
let files: { name: string; bytes: Buffer }[]
let sound: Buffer

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-fuzz-'))
  const store = await openStore(join(folder, 'from'))
  const ids: string[] = []
  for (let seed = 1; seed <= 12; seed++) {
    const id = await store.start(started({ seed }))
    ids.push(id)
    const epochs = [epochOf(0), epochOf(1)]
    const steps = [0, 1].map(step => ({ step, loss: 1, accuracy: 0 }))
    const usage = [{ step: 1, processors: 1, memoryBytes: 1, imagesPerSecond: 1 }]
    const weights = { kernel: { low: 0, high: 1, counts: Array(32).fill(1) } }
    const histograms = [{ epoch: 0, weights, gradients: seed % 2 ? weights : null }]
    const happenings = [{ kind: 'notice', text: 'hello' }]
    await store.record(id, { epochs, steps, usage, histograms, happenings })
    await store.putArtefact(id, 'model.safetensors', [Buffer.from(`weights ${seed}`)])
    await store.checkpoints.put(id, { step: 1, epoch: 1, score: 1 }, [Buffer.from('state')], { best: 1 })
    await store.tag(id, 'good')
    await store.note(id, 'a note')
    if (seed % 2 === 0) await store.end(id, { status: 'finished', text: '', seconds: 1 })
  }
  await exportRuns(join(folder, 'runs.tar'), ids.slice(0, 2), store)
  await store.close()
  sound = readFileSync(join(folder, 'from/runs.db'))
  files = []
  for await (const file of readTar(join(folder, 'runs.tar'))) files.push(file)
  archive = JSON.parse(files[0]!.bytes.toString()) as Contents
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function archiveOf(contents: string): Promise<string> {
  const path = join(folder, 'changed.tar')
  const { open } = await import('node:fs/promises')
  const file = await open(path, 'w')
  const tar = new TarWriter(file)
  await tar.add(files[0]!.name, Buffer.from(contents))
  for (const { name, bytes } of files.slice(1)) await tar.add(name, bytes)
  await tar.end()
  await file.close()
  return path
}

const strange: readonly unknown[] = [
  true,
  false,
  null,
  '',
  'x',
  {},
  [],
  -1,
  1.5,
  1e300,
  -1e300,
  2 ** 60,
  'Infinity',
  '\u001b[2J',
  '../../x',
  'x'.repeat(200_000),
  '{"a":',
  '[]',
  'null',
  '['.repeat(100_000),
  ['a', 1],
]

/** Everything that lists and pages ask for. */
async function readAll(store: RunStore): Promise<void> {
  const words = (error: unknown): void => {
    if (!(error instanceof HeddleError)) throw error
  }
  await store.markDead().catch(words)
  const runs = await store.list().catch(error => {
    words(error)
    return []
  })
  await store.allTags().catch(words)
  for (const { id } of runs) {
    for (const part of [
      'run',
      'detail',
      'epochs',
      'steps',
      'usage',
      'histograms',
      'happenings',
      'tags',
      'artefacts',
      'progress',
    ] as const) {
      await store[part](id).catch(words)
    }
    await store.checkpoints.of(id).catch(words)
  }
}

test(`${INPUTS} archives with a strange cell: refused in words, or every list and page still works`, async () => {
  const dice = new Dice(new RandomStream(1))
  const store = await openStore(join(folder, 'to'))
  const tables = ['run', ...Object.keys(archive.runs[0]!.rows)] as (keyof typeof cells)[]
  let refused = 0
  for (let i = 0; i < INPUTS; i++) {
    const changed = structuredClone(archive)
    const run = dice.pick(changed.runs)
    const table = dice.pick(tables)
    const rows = table === 'run' ? [run.run] : run.rows[table]!
    const columns = [...Object.keys(cells[table]), 'unknown']
    const what = dice.roll(0, 12)
    if (what === 0 && table !== 'run') rows.push(...structuredClone(rows), {})
    else if (what === 1 && table !== 'run') rows.length = 0
    else if (what === 2 && table !== 'run') run.rows[table] = dice.pick(strange) as never
    else if (what === 3 && table !== 'run') rows[0] = dice.pick(strange) as never
    else rows[0]![dice.pick(columns)] = dice.pick(strange)
    const before = readdirSync(join(folder, 'to'), { recursive: true }).filter(
      name => !String(name).startsWith('runs.db'),
    )
    try {
      await importRuns(await archiveOf(JSON.stringify(changed)), store)
    } catch (error) {
      expect(error).toBeInstanceOf(HeddleError)
      expect((error as Error).message.length).toBeLessThan(600)
      expect((error as Error).message).toMatch(/Nothing was imported/)
      const after = readdirSync(join(folder, 'to'), { recursive: true })
      expect(after.filter(name => !String(name).startsWith('runs.db'))).toEqual(before)
      refused++
    }
    for (const { id, note, status } of await store.list()) {
      expect([status, note]).not.toContain('unreadable')
      await store.move(id, 'bin')
    }
    await readAll(store)
    await store.gc(-1000)
  }
  await store.close()
  expect(refused).toBeGreaterThan(INPUTS / 2)
})

test(`${INPUTS} archives with flipped bytes`, async () => {
  const dice = new Dice(new RandomStream(2))
  const store = await openStore(join(folder, 'bytes'))
  const bytes = readFileSync(join(folder, 'runs.tar'))
  for (let i = 0; i < INPUTS; i++) {
    const path = join(folder, 'flipped.tar')
    writeFileSync(path, damaged(bytes, dice))
    await importRuns(path, store).catch(error => expect(error).toBeInstanceOf(HeddleError))
    await readAll(store)
    for (const { id } of await store.list()) await store.move(id, 'bin')
    await store.gc(-1000)
  }
  await store.close()
})

test(`${INPUTS} damaged databases: read, or refused in words`, async () => {
  const dice = new Dice(new RandomStream(3))
  for (let i = 0; i < INPUTS; i++) {
    const place = mkdtempSync(join(folder, 'damaged-'))
    writeFileSync(join(place, 'runs.db'), damaged(sound, dice))
    try {
      const store = await openStore(place)
      await readAll(store)
      await store.gc(-1000)
      await store.close()
    } catch (error) {
      expect(error).toBeInstanceOf(HeddleError)
    }
    rmSync(place, { recursive: true })
  }
})
