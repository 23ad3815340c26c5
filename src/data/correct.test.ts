import { describe, expect, test } from 'vitest'
import { correctDataset } from './correct.ts'
import { createDataset } from './dataset.ts'
import { corrected, fashionMnistMini, loadDataset, parseDataSource, relabel } from './source.ts'

const examples = (labels: number[]) => ({
  images: Uint8Array.from(labels.keys()),
  labels: Int32Array.from(labels),
})
const data = createDataset({
  name: 'pets',
  classNames: ['cat', 'dog'],
  imageShape: [1, 1, 1],
  train: examples([0, 1, 1]),
  test: examples([0, 1]),
})
const { fingerprint } = data

describe('labels are corrected', () => {
  test('where they are wrong, and nowhere else; the data itself stays as it is', () => {
    const right = correctDataset(data, { fingerprint, train: { 1: 'cat' }, test: { 0: 'dog' } })
    expect([...right.train.labels]).toEqual([0, 0, 1])
    expect([...right.test.labels]).toEqual([1, 1])
    expect(right.train.images).toBe(data.train.images)
    expect([...data.train.labels]).toEqual([0, 1, 1])
    expect(right.fingerprint).not.toBe(fingerprint)
    expect(right.name).toBe('pets, corrected')
  })

  test('none: the same data under another name', () => {
    expect(correctDataset(data, { fingerprint, train: {}, test: {} }).fingerprint).toBe(fingerprint)
  })

  test('not where the data has changed: an index would name another image', () => {
    expect(() =>
      correctDataset(data, { fingerprint: 'abcdef0123456789', train: { 1: 'cat' }, test: {} }),
    ).toThrow(
      `The corrections were made for other data than pets is now (fingerprint abcdef012345, not ${fingerprint.slice(0, 12)}): they cannot be applied. Make them again.`,
    )
  })

  test('not to a class or of an example that is not there', () => {
    expect(() => correctDataset(data, { fingerprint, train: { 1: 'cta' }, test: {} })).toThrow(
      'The correction of train 1 names the class "cta", which pets does not have. Did you mean "cat"?',
    )
    expect(() => correctDataset(data, { fingerprint, train: {}, test: { 2: 'cat' } })).toThrow(
      'There is a correction of test 2, but the test split of pets has the examples 0 to 1.',
    )
  })
})

describe('as a data source', () => {
  test('it comes back from JSON and loads; three classes of it may be made first', async () => {
    const source = relabel(fashionMnistMini(), { worn: [0, 1, 2, 3, 4, 6, 5, 7, 9], carried: [8] })
    const before = await loadDataset(source)
    const index = before.train.labels.indexOf(0)
    const right = corrected(source, { fingerprint: before.fingerprint, train: { [index]: 'carried' } })
    expect(parseDataSource(JSON.parse(JSON.stringify(right)))).toEqual(right)
    const after = await loadDataset(right)
    expect(after.train.labels[index]).toBe(1)
  })

  test.each([
    [{ train: { a: 'cat' } }, "corrected: train must name classes by index, such as { 12: 'Coat' }, not"],
    [{ train: ['cat'] }, "corrected: train must name classes by index, such as { 12: 'Coat' }, not"],
    [{ test: { 1: 2 } }, "corrected: test must name classes by index, such as { 12: 'Coat' }, not"],
    [
      { source: corrected(fashionMnistMini(), { fingerprint }) },
      'corrected: the source is corrected already.',
    ],
    [{ fingerprint: undefined }, 'corrected: the option "fingerprint" is required.'],
  ])('%j is refused', (options, message) => {
    expect(() =>
      parseDataSource({ kind: 'corrected', source: fashionMnistMini(), fingerprint, ...options }),
    ).toThrow(message)
  })

  test('correct what relabel() gives, not the other way round', () => {
    const source = corrected(fashionMnistMini(), { fingerprint })
    expect(() => relabel(source as never, { a: [0], b: [1] })).toThrow(
      'relabel: the source is corrected already. Correct what relabel() gives instead.',
    )
  })
})
