import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { KeptImageTags } from './image-tags.ts'

const folder = mkdtempSync(join(tmpdir(), 'heddle-tags-'))
afterAll(() => rmSync(folder, { recursive: true }))
const data = { fingerprint: 'f' }

test('tags are given, taken away and kept; changes at once are not lost', async () => {
  const tags = new KeptImageTags(folder)
  expect(await tags.of('a/b', data)).toEqual({})
  await Promise.all([
    tags.change('a/b', data, { split: 'test', tag: 'très dur', indices: [7, 3], does: 'add' }),
    tags.change('a/b', data, { split: 'train', tag: 'très dur', indices: [1], does: 'add' }),
    tags.change('a/b', data, { split: 'test', tag: 'constructor', indices: [3], does: 'add' }),
  ])
  const all = { 'très dur': { train: [1], test: [3, 7] }, constructor: { train: [], test: [3] } }
  expect(await new KeptImageTags(folder).of('a/b', data)).toEqual(all)
  const left = await tags.change('a/b', data, {
    split: 'test',
    tag: 'constructor',
    indices: [3],
    does: 'remove',
  })
  expect(Object.keys(left)).toEqual(['très dur'])
  // Numbers of other images mean nothing.
  expect(await tags.of('a/b', { fingerprint: 'g' })).toEqual({})
})

test.each(['', '7', '{"fingerprint":"f"}', '{"fingerprint":"f","tags":{"x":{"train":[0.5],"test":[]}}}'])(
  'a damaged file is refused and not written over: %j',
  async text => {
    const tags = new KeptImageTags(folder)
    await tags.change('b', data, { split: 'test', tag: 'x', indices: [0], does: 'add' })
    writeFileSync(join(folder, 'image-tags', 'b.json'), text)
    await expect(tags.of('b', data)).rejects.toThrow('is not a file of tags')
    await expect(
      tags.change('b', data, { split: 'test', tag: 'x', indices: [0], does: 'add' }),
    ).rejects.toThrow('is not a file of tags')
    rmSync(join(folder, 'image-tags', 'b.json'))
  },
)
