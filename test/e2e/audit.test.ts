import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fashionMnistMini, loadDataset } from '../../src/index.ts'
import type { DataAudit } from '../../src/protocol/audit.ts'
import { heddle } from './heddle.ts'

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-audit-'))
  const { train } = await loadDataset(fashionMnistMini())
  const next: Record<number, number> = {}
  for (let i = 0; i < 60; i++) {
    const label = train.labels[i]!
    if (label > 2) continue
    const number = (next[label] ?? 0) + 1
    next[label] = number
    const name = ['shirt', 'trouser', 'pullover'][label]!
    mkdirSync(join(folder, 'clothes', name), { recursive: true })
    const pixels = train.images.subarray(i * 784, (i + 1) * 784)
    await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toFile(join(folder, 'clothes', name, `${number}.png`))
  }
  writeFileSync(join(folder, 'clothes/trouser/2.png'), 'no picture')
  // The same picture in two classes.
  writeFileSync(join(folder, 'clothes/pullover/copy.png'), readFileSync(join(folder, 'clothes/shirt/1.png')))
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...args: readonly string[]) => heddle(['data', 'audit', ...args], { cwd: folder })

test('a folder of images: what cannot be read, copies by file name, pictures', async () => {
  const { code, stdout } = await run('clothes', '--no-labels', '--out', 'found')
  expect(code).toBe(0)
  expect(stdout).toContain('1 file cannot be read, such as')
  expect(stdout).toContain('1 image there under different labels.')
  expect(stdout).toContain('Labels were not judged: not asked for.')
  const audit = JSON.parse(readFileSync(join(folder, 'found/audit.json'), 'utf8')) as DataAudit
  expect(audit.unreadable.map(({ file }) => file.replaceAll('\\', '/'))).toEqual([
    expect.stringMatching(/clothes\/trouser\/2\.png$/),
  ])
  expect(
    audit.duplicates.exact[0]!.map(({ file }) => file!.slice(file!.lastIndexOf('clothes'))).toSorted(),
  ).toEqual([join('clothes', 'pullover', 'copy.png'), join('clothes', 'shirt', '1.png')])
  for (const name of ['class-means', 'copies', 'outliers']) {
    const { width } = await sharp(join(folder, 'found', `${name}.png`)).metadata()
    expect(width).toBeGreaterThan(300)
  }
  const again = await run('clothes', '--no-labels', '--out', 'found')
  expect([again.code, again.stderr]).toEqual([
    2,
    'heddle: --out found is not empty, and nothing is overwritten: name a new folder.\n',
  ])
}, 60_000)

test('a dataset by name, as JSON, the same for one seed at any number of threads', async () => {
  const audits = await Promise.all(
    ['1', '2'].map(threads => run('fashion-mnist-mini', '--json', '--threads', threads, '--seed', '5')),
  )
  const [one, two] = audits.map(({ stdout }) => JSON.parse(stdout) as DataAudit)
  expect(one).toEqual(two)
  if ('refused' in one!.labels) throw new Error(one!.labels.refused)
  expect(one!.labels.seed).toBe(5)
  expect(one!.labels.accuracy).toBeGreaterThan(0.6)
  expect(one!.labels.scores).toHaveLength(2)
  expect(audits[0]!.stderr).toContain('Auditing: labels: network 1 of 5, epoch 1 of 3 …')
}, 120_000)

test.each([
  [
    ['fashion-minst'],
    'heddle: There is no dataset, folder, experiment or run "fashion-minst". Did you mean "fashion-mnist"? Expected ' +
      'fashion-mnist, fashion-mnist-mini, a folder with a folder of images for each class, a folder of IDX files, a .csv file, an experiment, or a run.\n',
  ],
  [
    ['fashion-mnist-mini', '--image-size', '8'],
    'heddle: --image-size is for a folder of images, and fashion-mnist-mini is not one.\n',
  ],
  [
    ['fashion-mnist-mini', '--below', 'x'],
    'heddle: --below must be a number of at least 0 and at most 255, not "x".\n',
  ],
])('refused: %j', async (args, message) => {
  const { code, stderr } = await run(...args)
  expect([code, stderr.slice(-message.length)]).toEqual([2, message])
  expect(existsSync(join(folder, 'audit.json'))).toBe(false)
})
