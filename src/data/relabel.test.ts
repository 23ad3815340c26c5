import { describe, expect, test } from 'vitest'
import { UsageError } from '../base/errors.ts'
import type { Classes } from './relabel.ts'
import { fashionMnist, fashionMnistMini, loadDataset, parseDataSource, relabel } from './source.ts'

const three = { Top: [0, 2, 3, 4, 6], Bottom: [1, 5, 7, 9], Accessories: [8] }

test('the three classes of report 003: 30,000, 24,000 and 6,000 images to train on, in the order they are named', async () => {
  const data = await loadDataset(relabel(fashionMnist(), three))
  const counts = (labels: Int32Array) =>
    data.classNames.map((_, i) => labels.filter(label => label === i).length)
  expect(data.classNames).toEqual(['Top', 'Bottom', 'Accessories'])
  expect(counts(data.train.labels)).toEqual([30_000, 24_000, 6_000])
  expect(counts(data.test.labels)).toEqual([5_000, 4_000, 1_000])
  expect(data.name).toBe('fashion-mnist, 3 classes')
}, 30_000)

test('images stay, labels and fingerprint change', async () => {
  const [old, data] = [
    await loadDataset(fashionMnistMini()),
    await loadDataset(relabel(fashionMnistMini(), three)),
  ]
  expect(data.train.images).toEqual(old.train.images)
  expect([...old.train.labels].map(label => [1, 5, 7, 9].includes(label))).toEqual(
    [...data.train.labels].map(label => label === 1),
  )
  expect(data.fingerprint).not.toBe(old.fingerprint)
  const renamed = await loadDataset(
    relabel(fashionMnistMini(), { Upper: three.Top, Lower: three.Bottom, Bag: [8] }),
  )
  expect(renamed.fingerprint).not.toBe(data.fingerprint)
})

test('it is a frozen JSON value', () => {
  const spec = relabel(fashionMnist(), three)
  expect(parseDataSource(JSON.parse(JSON.stringify(spec)))).toEqual(spec)
  expect(Object.isFrozen(spec.classes.Top)).toBe(true)
})

describe('refused', () => {
  test.each([
    [{ Top: [0, 1], Bottom: [1] }, 'label 1 is in "Top" and in "Bottom": an image has one class.'],
    [{ All: [0, 1] }, 'must name at least two classes, not 1.'],
    [{ Top: [], Bottom: [1] }, '"Top" must be a list of labels, such as [0, 2], not [].'],
    [{ Top: ['shirt'], Bottom: [1] }, '"Top" must be a list of labels, such as [0, 2], not ["shirt"].'],
    [{ Top: [0], 7: [1] }, 'a class cannot be called "7", give it a name with a letter.'],
    [[[0], [1]], 'must name new classes, such as { Top: [0, 2], Bottom: [1] }'],
  ])('%j', (classes, message) => {
    expect(() => relabel(fashionMnist(), classes as unknown as Classes)).toThrow(UsageError)
    expect(() => relabel(fashionMnist(), classes as unknown as Classes)).toThrow(message)
  })

  test.each([
    [
      { Top: [0, 2, 3, 4, 6], Bottom: [1, 5, 7, 9] },
      'label 8 (Bag) of fashion-mnist-mini is in no class. Add it to one of Top, Bottom.',
    ],
    [{ ...three, More: [10] }, 'fashion-mnist-mini has no label 10, only 0 to 9 (T-shirt/top, '],
  ])('by the data: %j', async (classes, message) => {
    await expect(loadDataset(relabel(fashionMnistMini(), classes))).rejects.toThrow(message)
  })

  test('relabelling twice', () => {
    const twice = { kind: 'relabel', source: relabel(fashionMnist(), three), classes: { A: [0], B: [1, 2] } }
    expect(() => parseDataSource(twice)).toThrow('relabel: the source is relabelled already.')
  })
})
