import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { HeddleError, UsageError } from '../base/errors.ts'
import {
  corrected,
  fashionMnist,
  fashionMnistMini,
  idx,
  imageFolder,
  loadDataset,
  parseDataSource,
  relabel,
  skippingUnreadable,
} from './source.ts'

const paths = { trainImages: 'a', trainLabels: 'b', testImages: 'c.gz', testLabels: 'd' }

test('a source is a frozen JSON value with every option in it', () => {
  expect(fashionMnist()).toEqual({ kind: 'fashionMnist' })
  expect(idx(paths)).toEqual({ kind: 'idx', ...paths, classNames: null })
  expect(imageFolder({ path: 'x', imageSize: 32 })).toEqual({
    kind: 'imageFolder',
    path: 'x',
    colorMode: 'rgb',
    imageSize: [32, 32],
    fit: 'stretch',
    interpolation: 'bilinear',
    background: [255, 255, 255],
    bits: null,
    crop: 'none',
    tolerance: 0.12,
    invert: 'no',
    skipUnreadable: false,
    testSplit: 0.2,
    seed: 0,
  })
  for (const spec of [fashionMnist(), fashionMnistMini(), idx(paths), imageFolder({ path: 'x' })]) {
    expect(Object.isFrozen(spec)).toBe(true)
    expect(parseDataSource(JSON.parse(JSON.stringify(spec)))).toEqual(spec)
  }
})

test.each([
  [
    { kind: 'fashionMinst' },
    'data: {"kind":"fashionMinst"} is not a data source. Did you mean "fashionMnist"?',
  ],
  [
    { kind: '__proto__' },
    'is not a data source. Data sources are fashionMnist, fashionMnistMini, idx, csv, imageFolder, relabel, corrected.',
  ],
  [null, 'data: null is not a data source.'],
  [{ kind: 'fashionMnist', limit: 3 }, 'fashionMnist: unknown option "limit". It takes no options.'],
  [{ kind: 'idx' }, 'idx: the option "trainImages" is required.'],
  [{ kind: 'idx', ...paths, classNames: ['a', 'a'] }, 'idx: classNames must be a list of different names'],
  [
    { kind: 'imageFolder', path: 'x', colorMode: 'grayscal' },
    'must be one of \'grayscale\', \'rgb\', not "grayscal". Did you mean "grayscale"?',
  ],
  [
    { kind: 'imageFolder', path: 'x', testSplit: 1 },
    'testSplit must be a number of at least 0 and below 1, not 1.',
  ],
])('refused: %j', (json, message) => {
  expect(() => parseDataSource(json)).toThrow(UsageError)
  expect(() => parseDataSource(json)).toThrow(message)
})

test('arbitrary JSON is a source or a UsageError', () => {
  const kind = fc.constantFrom('fashionMnist', 'fashionMnistMini', 'idx', 'imageFolder', 'toString')
  const key = fc.constantFrom('path', 'colorMode', 'imageSize', 'testSplit', 'seed', ...Object.keys(paths))
  const almost = fc
    .tuple(kind, fc.dictionary(key, fc.jsonValue()))
    .map(([kind, options]) => ({ ...options, kind }))
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), almost), json => {
      try {
        const spec = parseDataSource(json)
        expect(parseDataSource(JSON.parse(JSON.stringify(spec)))).toEqual(spec)
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError)
      }
    }),
    { numRuns: 2000 },
  )
})

test('the built-in subset loads without options', async () => {
  const { name, imageShape, train, test } = await loadDataset(fashionMnistMini())
  expect([name, ...imageShape, train.labels.length, test.labels.length]).toEqual([
    'fashion-mnist-mini',
    28,
    28,
    1,
    1500,
    500,
  ])
})

describe('four IDX files', () => {
  let folder: string
  const images = (count: number, width = 2) =>
    Uint8Array.of(0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 1, 0, 0, 0, width, ...Array(count * width).fill(5))
  const labels = (...values: number[]) => Uint8Array.of(0, 0, 8, 1, 0, 0, 0, values.length, ...values)

  const files = (changes: Record<string, Uint8Array> = {}) => {
    const sound = { a: images(3), b: labels(0, 1, 1), 'c.gz': gzipSync(images(1)), d: labels(2) }
    for (const [name, bytes] of Object.entries({ ...sound, ...changes }))
      writeFileSync(join(folder, name), bytes)
  }
  const load = (classNames?: string[]) => loadDataset(idx({ ...paths, classNames }), { baseDir: folder })

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heddle-idx-'))
    return () => rmSync(folder, { recursive: true })
  })

  test('are read relative to baseDir; classes are named after the labels unless names are given', async () => {
    files()
    const { imageShape, classNames, train, test } = await load()
    expect(imageShape).toEqual([1, 2, 1])
    expect(classNames).toEqual(['0', '1', '2'])
    expect([...train.images, ...train.labels, ...test.labels]).toEqual([5, 5, 5, 5, 5, 5, 0, 1, 1, 2])
    expect((await load(['x', 'y', 'z'])).classNames).toEqual(['x', 'y', 'z'])
  })

  test('in color have four dimensions', async () => {
    const color = Uint8Array.of(0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9)
    files({ a: color, b: labels(0), 'c.gz': color, d: labels(0) })
    expect((await load()).imageShape).toEqual([1, 1, 3])
  })

  test.each([
    ['a label without a name', {}, ['x', 'y'], /test: example 0 has the label 2, but there are 2 classes/],
    ['a label too many', { b: labels(0, 1, 1, 0) }, undefined, /a has 3 images, but .*b has 4 labels/],
    ['labels for images', { a: labels(0, 1) }, undefined, /a holds an array of \[2\], expected images of/],
    ['images for labels', { b: images(3) }, undefined, /b holds an array of \[3, 1, 2\], expected labels/],
    [
      'two shapes',
      { 'c.gz': images(1, 3) },
      undefined,
      /images of c\.gz are 1 × 3 × 1, those of a are 1 × 2 × 1/,
    ],
    ['a damaged file', { d: labels(1).subarray(0, 8) }, undefined, /d is cut off/],
  ])('are refused for %s', async (_name, changes, classNames, message) => {
    files(changes)
    await expect(load(classNames)).rejects.toThrow(HeddleError)
    await expect(load(classNames)).rejects.toThrow(message)
  })

  test('that are missing are named', async () => {
    await expect(load()).rejects.toThrow(/The IDX file .*a cannot be read: ENOENT/)
  })
})

test('skipUnreadable reaches the folder below relabel and corrected, and is for folders alone', () => {
  const folder = imageFolder({ path: 'photos' })
  expect(skippingUnreadable(folder)).toEqual({ ...folder, skipUnreadable: true })
  const under = corrected(relabel(folder, { a: [0], b: [1] }), { fingerprint: 'f' })
  expect(skippingUnreadable(under)).toMatchObject({
    kind: 'corrected',
    source: { kind: 'relabel', source: { kind: 'imageFolder', skipUnreadable: true } },
  })
  expect(skippingUnreadable(fashionMnistMini())).toBeNull()
})
