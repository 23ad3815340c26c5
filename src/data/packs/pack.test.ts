import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeEach, expect, test } from 'vitest'
import type { Dataset } from '../dataset.ts'
import { imageFolder, loadDataset, relabel } from '../source.ts'
import type { LoadOptions } from '../sources/context.ts'
import { isGone, keptIn, removeKept } from './kept.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'heddle-pack-'))
  return () => rmSync(root, { recursive: true })
})

const picture = (name: string, seed: number, folder = 'photos'): Promise<unknown> => {
  mkdirSync(join(root, folder, name.split('/')[0]!), { recursive: true })
  const levels = Uint8Array.from({ length: 6 * 5 * 3 }, (_, i) => (seed * 31 + i * 7) % 256)
  return sharp(levels, { raw: { width: 6, height: 5, channels: 3 } }).toFile(join(root, folder, name))
}

const photos = (count: number): Promise<unknown> =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      picture(`${['cat', 'dog'][i % 2]}/${String(i).padStart(3, '0')}.png`, i),
    ),
  )

/** Loads with everything in the pack; `decoded` is how many files were decoded. */
async function packed(
  options: LoadOptions = {},
): Promise<{ data: Dataset; decoded: number; notices: string[] }> {
  let decoded = 0
  const notices: string[] = []
  const data = await loadDataset(imageFolder({ path: 'photos', imageSize: [4, 4] }), {
    baseDir: root,
    env: { HEDDLE_CACHE: join(root, 'cache') },
    memoryBytes: 0,
    onProgress: () => decoded++,
    onNotice: notice => notices.push(notice),
    ...options,
  })
  return { data, decoded, notices }
}

const plain = () => loadDataset(imageFolder({ path: 'photos', imageSize: [4, 4] }), { baseDir: root })

/** The segments of the only pack. */
function segments(): string[] {
  const folder = join(root, 'cache/pictures', readdirSync(join(root, 'cache/pictures'))[0]!)
  return readdirSync(folder)
    .filter(name => name.endsWith('.pack'))
    .map(name => join(folder, name))
}

const expectSame = (a: Dataset, b: Dataset): void => {
  expect(a.fingerprint).toBe(b.fingerprint)
  for (const part of ['train', 'test'] as const) {
    expect(a[part].images).toEqual(b[part].images)
    expect(a[part].labels).toEqual(b[part].labels)
    expect(a[part].files).toEqual(b[part].files)
  }
}

test('a set in a pack has the bytes, labels and fingerprint of one in memory; only new and changed files are decoded again', async () => {
  await photos(20)
  const first = await packed()
  expect(first.decoded).toBe(20)
  expect(first.data.train.source).not.toBeInstanceOf(Uint8Array)
  expectSame(first.data, await plain())
  expect((await packed()).decoded).toBe(0)
  await picture('cat/000.png', 77)
  await picture('dog/new.png', 78)
  rmSync(join(root, 'photos/cat/002.png'))
  const changed = await packed()
  expect(changed.decoded).toBe(2)
  expectSame(changed.data, await plain())
  // What was loaded before still shows what it was made of.
  expect(first.data.train.count).toBe(16)
  expect(first.data.train.at(0)).not.toEqual(changed.data.train.at(0))
})

test('a file of the same name, size and time of modification that was replaced is decoded again', async () => {
  await photos(4)
  await packed()
  const path = join(root, 'photos/cat/000.png')
  const bytes = readFileSync(path)
  writeFileSync(path, bytes)
  utimesSync(path, 1000, 1000)
  expect((await packed()).decoded).toBe(1)
})

test('views of stored images', async () => {
  await photos(12)
  const { data } = await packed()
  const { train, test } = await plain()
  const stored = data.train
  expect(stored.take([3, 0, 3]).images).toEqual(train.take([3, 0, 3]).images)
  expect(stored.slice(2, 5).images).toEqual(train.slice(2, 5).images)
  expect(stored.where(i => i % 3 === 0).at(1)).toEqual(train.at(3))
  expect(stored.followedBy(data.test).images).toEqual(train.followedBy(test).images)
  expect({ ...stored }.images).toEqual(train.images)
  expect(() => stored.take([12])).toThrow('there is no image 12')
})

test('relabelled, a stored set has the fingerprint of the same set in memory', async () => {
  await photos(8)
  const other = relabel(imageFolder({ path: 'photos', imageSize: 4 }), { one: [1], two: [0] })
  const env = { HEDDLE_CACHE: join(root, 'cache') }
  const stored = await loadDataset(other, { baseDir: root, env, memoryBytes: 0 })
  expect(stored.train.source).not.toBeInstanceOf(Uint8Array)
  expectSame(stored, await loadDataset(other, { baseDir: root, env }))
})

test('many small segments become one, and those that no picture needs are removed', async () => {
  await photos(4)
  for (let i = 0; i < 12; i++) {
    await packed()
    await picture(`cat/${100 + i}.png`, i)
  }
  const { data } = await packed()
  expect(segments().length).toBeLessThan(10)
  expectSame(data, await plain())
  for (let i = 0; i < 12; i++) await picture(`cat/${100 + i}.png`, 50 + i)
  expectSame((await packed()).data, await plain())
})

test('a segment that is damaged is decoded again', async () => {
  await photos(6)
  await packed()
  for (const segment of segments()) truncateSync(segment, 50)
  const { data, decoded } = await packed()
  expect(decoded).toBe(6)
  expectSame(data, await plain())
})

test('a file that became shorter while it is used is an error in words', async () => {
  await photos(6)
  const { data } = await packed()
  for (const segment of segments()) truncateSync(segment, 0)
  expect(() => data.train.at(0)).toThrow(/The prepared pictures in .* cannot be read: .*Start again/)
})

test('pictures are kept when another one cannot be read', async () => {
  await photos(6)
  writeFileSync(join(root, 'photos/cat/broken.png'), 'no picture')
  await expect(packed()).rejects.toThrow('1 image cannot be read')
  const left: string[] = []
  const { data, decoded } = await packed({ onUnreadable: file => left.push(file) })
  // The broken one alone: the first attempt looked at all of them.
  expect([decoded, left]).toEqual([1, [join(root, 'photos/cat/broken.png')]])
  expect(data.train.count + data.test.count).toBe(6)
})

test('where nothing can be kept, a set that fits into memory is read and another is refused', async () => {
  await photos(6)
  writeFileSync(join(root, 'cache'), 'a file')
  await expect(packed()).rejects.toThrow(/too many for memory.*Set HEDDLE_CACHE/)
})

test('a process that is killed leaves nothing that is taken for a segment; one that ends keeps what it decoded', async () => {
  const project = process.cwd()
  await photos(300)
  const run = (end: string) =>
    spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { createJiti } from ${JSON.stringify(join(project, 'node_modules/jiti/lib/jiti.mjs'))}
         const jiti = createJiti(${JSON.stringify(join(project, 'x.js'))})
         const { imageFolder, loadDataset } = await jiti.import('./src/data/source.ts')
         let decoded = 0
         await loadDataset(imageFolder({ path: 'photos', imageSize: [4, 4] }), {
           baseDir: ${JSON.stringify(root)},
           env: { HEDDLE_CACHE: ${JSON.stringify(join(root, 'cache'))} },
           onProgress: () => { if (++decoded === 150) ${end} },
         })`,
      ],
      { cwd: project, encoding: 'utf8' },
    )
  expect(run(`process.kill(process.pid, 'SIGKILL')`).signal).toBe('SIGKILL')
  expect(segments()).toEqual([])
  expect(run('process.exit(130)').status).toBe(130)
  const { data, decoded } = await packed()
  // On threads: as many as there are cores.
  expect(decoded).toBeLessThanOrEqual(151)
  expectSame(data, await plain())
  expect(readdirSync(join(segments()[0]!, '..')).filter(name => name.includes('unfinished'))).toEqual([])
})

test('what is kept is listed with its size, and can be removed while it is used', async () => {
  await photos(6)
  const { data } = await packed()
  const env = { HEDDLE_CACHE: join(root, 'cache') }
  const [kept] = keptIn(env)
  expect(kept).toMatchObject({ what: 'pictures', root: join(root, 'photos'), count: 6 })
  expect(kept!.bytes).toBeGreaterThan(6 * 48)
  expect(isGone(kept!)).toBe(false)
  removeKept(kept!)
  expect(keptIn(env)).toEqual([])
  expect(data.train.at(0).length).toBe(48)
  const again = await packed()
  rmSync(join(root, 'photos'), { recursive: true })
  expect([again.decoded, keptIn(env).map(isGone)]).toEqual([6, [true]])
})
