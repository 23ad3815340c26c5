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
})

test('each version of the data has tags of its own: those of the first are there again when it is', async () => {
  const tags = new KeptImageTags(folder)
  const later = { fingerprint: 'g' }
  const first = await tags.change('c', data, { split: 'test', tag: 'x', indices: [3], does: 'add' })
  // Numbers of other images mean nothing.
  expect(await tags.of('c', later)).toEqual({})
  const second = await tags.change('c', later, { split: 'train', tag: 'y', indices: [5], does: 'add' })
  expect(await tags.of('c', data)).toEqual(first)
  expect(await tags.of('c', later)).toEqual(second)
})

test('tags that could not be read again are refused, and those before them stay', async () => {
  const tags = new KeptImageTags(folder, 100)
  const few = await tags.change('d', data, { split: 'test', tag: 'x', indices: [1], does: 'add' })
  const many = Array.from({ length: 50 }, (_, i) => i)
  await expect(
    tags.change('d', data, { split: 'test', tag: 'x', indices: many, does: 'add' }),
  ).rejects.toThrow('a file of tags holds 100: take a tag away first')
  expect(await tags.of('d', data)).toEqual(few)
})

test.each(['', '7', '{"fingerprint":"f"}', '{"fingerprint":"f","tags":{"x":{"train":[0.5],"test":[]}}}'])(
  'a damaged file is refused and not written over: %j',
  async text => {
    const tags = new KeptImageTags(folder)
    await tags.change('b', data, { split: 'test', tag: 'x', indices: [0], does: 'add' })
    writeFileSync(join(folder, 'image-tags', 'b-f.json'), text)
    await expect(tags.of('b', data)).rejects.toThrow('is not a file of tags')
    await expect(
      tags.change('b', data, { split: 'test', tag: 'x', indices: [0], does: 'add' }),
    ).rejects.toThrow('is not a file of tags')
    rmSync(join(folder, 'image-tags', 'b-f.json'))
  },
)
