import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { heddle } from '../../test/e2e/heddle.ts'
import {
  adam,
  dense,
  dropout,
  experiment,
  fashionMnistMini,
  flatten,
  randomFlip,
  sequential,
} from '../index.ts'
import { crc32c, recordOf } from './event-file.ts'

test('CRC-32C: the known answers of RFC 3720, B.4', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
})

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-tensorboard-'))
  const tiny = experiment({
    name: 'tiny',
    data: fashionMnistMini(),
    models: {
      hidden: sequential([
        flatten(),
        dense({ units: 8, activation: 'relu' }),
        dropout({ rate: 0.1 }),
        dense({ units: 10, activation: 'softmax' }),
      ]),
    },
    train: {
      optimizer: adam(),
      loss: 'sparseCategoricalCrossentropy',
      epochs: 3,
      validationSplit: 0.2,
      augmentation: [randomFlip({ mode: 'horizontal' })],
    },
  })
  writeFileSync(join(folder, 'tiny.json'), JSON.stringify(tiny))
})
afterAll(() => rmSync(folder, { recursive: true }))

const ok = async (...args: string[]): Promise<string> => {
  const ended = await heddle(args, { cwd: folder })
  expect(ended.code, ended.stderr).toBe(0)
  return ended.stdout
}

/** The records of a file, each with its checksums. */
function recordsOf(path: string): Buffer[] {
  const bytes = readFileSync(path)
  const records: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at))
    const data = bytes.subarray(at + 12, at + 12 + length)
    expect(recordOf(data).equals(bytes.subarray(at, at + 16 + length))).toBe(true)
    records.push(data)
    at += 16 + length
  }
  return records
}

/** HEDDLE_PYTHON, or python3: if it has TensorBoard. */
const python = [process.env.HEDDLE_PYTHON ?? 'python3'].find(
  command => spawnSync(command, ['-c', 'import tensorboard']).status === 0,
)

describe('a run for TensorBoard, live and from the store', () => {
  beforeAll(async () => {
    await ok('run', 'tiny', '--seeds', '2', '--threads', '1', '--tensorboard', 'live')
    await ok('runs', 'export', 'last', '--tensorboard', 'exported')
  }, 60_000)

  test('a folder for each run, with files whose records are whole', () => {
    const [first, second] = readdirSync(join(folder, 'live')).sort()
    expect(first).toMatch(/^tiny-hidden-s1-[0-9a-f]{8}$/)
    expect(readdirSync(join(folder, 'exported'))).toEqual([second])
    for (const run of [join(folder, 'live', first!), join(folder, 'exported', second!)]) {
      for (const [sub, least] of [
        ['.', 4],
        ['train', 100],
        ['validation', 4],
      ] as const) {
        const file = readdirSync(join(run, sub)).find(name => name.startsWith('events.out.tfevents.'))!
        const records = recordsOf(join(run, sub, file))
        expect(records[0]!.includes('brain.Event:2')).toBe(true)
        expect(records.length).toBeGreaterThanOrEqual(least)
      }
      for (const file of ['vectors.tsv', 'metadata.tsv']) {
        expect(readFileSync(join(run, file), 'utf8').trimEnd().split('\n')).toHaveLength(500)
      }
      expect(readFileSync(join(run, 'projector_config.pbtxt'), 'utf8')).toContain('sprite.png')
      expect(readFileSync(join(run, 'sprite.png')).subarray(1, 4).toString()).toBe('PNG')
    }
  })

  test.skipIf(!python)(
    "TensorBoard's own reader finds every tag, and the numbers of the store",
    async () => {
      const run = JSON.parse(await ok('runs', 'show', 'last', '--json'))
      const script = fileURLToPath(new URL('read.py', import.meta.url))
      for (const logs of ['live', 'exported']) {
        const { stdout, stderr, status } = spawnSync(python!, [script, join(folder, logs)], {
          encoding: 'utf8',
        })
        expect(status, stderr).toBe(0)
        const seen = JSON.parse(stdout)
        const name = Object.keys(seen.runs)
          .find(key => key.startsWith(`tiny-hidden-s2-${run.run.id.slice(0, 8)}`))!
          .split('/')[0]!
        const close = (values: number[]) => values.map((value, i) => [i, expect.closeTo(value, 6)])
        const column = (key: string): number[] =>
          run.epochs.map((epoch: Record<string, number>) => epoch[key])
        expect(seen.runs[`${name}/train`].scalars.epoch_loss).toEqual(close(column('loss')))
        expect(seen.runs[`${name}/train`].scalars.epoch_learning_rate).toEqual(close(column('learningRate')))
        expect(seen.runs[`${name}/validation`].scalars.epoch_accuracy).toEqual(close(column('valAccuracy')))
        expect(seen.runs[`${name}/train`].scalars.batch_loss).toHaveLength(run.steps.length)
        const about = seen.runs[name]
        expect(about.scalars.test_accuracy).toEqual([[2, expect.closeTo(run.run.testAccuracy, 6)]])
        expect(about.histograms.sort()).toEqual(
          ['gradients', 'weights'].flatMap(what =>
            ['dense/bias', 'dense/kernel', 'dense_1/bias', 'dense_1/kernel'].map(
              weight => `${what}/${weight}`,
            ),
          ),
        )
        expect(about.images).toContain('confusion matrix')
        expect(about.images.filter((tag: string) => tag.startsWith('samples/'))).toHaveLength(6)
        expect(about.images.filter((tag: string) => tag.startsWith('augmented/'))).toHaveLength(24)
        expect(about.pr_curves).toHaveLength(10)
        expect(seen.graphs[name]).toEqual([
          ['model/input', []],
          ['model/flatten', ['model/input']],
          ['model/dense', ['model/flatten']],
          ['model/dropout', ['model/dense']],
          ['model/dense_1', ['model/dropout']],
        ])
        // Seeds of one configuration are one group.
        expect(seen.groups).toHaveLength(1)
        expect(seen.groups[0].sessions).toHaveLength(logs === 'live' ? 2 : 1)
        expect(seen.groups[0].hparams).toMatchObject({ optimizer: 'adam', batchSize: 32, epochs: 3 })
      }
    },
    60_000,
  )
})
