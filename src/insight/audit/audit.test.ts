import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { engine } from '../../../test/support/engines.ts'
import { RandomStream } from '../../base/random.ts'
import { createDataset, type Dataset } from '../../data/dataset.ts'
import type { LabelledImages } from '../../data/examples.ts'
import { relabelDataset } from '../../data/relabel.ts'
import { fashionMnist, fashionMnistMini, loadDataset } from '../../data/source.ts'
import { auditData, classMeans } from './audit-data.ts'
import { exactDuplicates } from './exact-duplicates.ts'
import { labelSuspects } from './label-suspects.ts'
import { nearDuplicates } from './near-duplicates.ts'
import { outliers } from './outliers.ts'

/** Every pair compared in full. */
function bruteForce(images: Uint8Array, imageSize: number, below: number) {
  const pairs = []
  for (let first = 0; first < images.length / imageSize; first++) {
    for (let second = first + 1; second < images.length / imageSize; second++) {
      let sum = 0
      for (let k = 0; k < imageSize; k++)
        sum += (images[first * imageSize + k]! - images[second * imageSize + k]!) ** 2
      if (sum < below * below * imageSize) pairs.push({ first, second, rms: Math.sqrt(sum / imageSize) })
    }
  }
  return pairs.sort((a, b) => a.rms - b.rms || a.first - b.first || a.second - b.second)
}

describe('near-duplicates', () => {
  test('are those that comparing every pair finds, for any images', () => {
    const sets = fc.record({
      imageSize: fc.integer({ min: 1, max: 30 }),
      // A few levels, so that images are often alike.
      levels: fc.integer({ min: 1, max: 255 }),
      numbers: fc.uint8Array({ maxLength: 400 }),
      below: fc.nat(2400).map(eighths => eighths / 8),
    })
    fc.assert(
      fc.property(sets, ({ imageSize, levels, numbers, below }) => {
        const images = numbers
          .map(n => n % levels)
          .slice(0, Math.floor(numbers.length / imageSize) * imageSize)
        expect(nearDuplicates(images, { imageSize, below })).toEqual(bruteForce(images, imageSize, below))
      }),
    )
  })

  test('are those that comparing every pair finds, in the built-in images', async () => {
    const { train } = await loadDataset(fashionMnistMini())
    const expected = bruteForce(train.images, 784, 25)
    expect(expected.length).toBeGreaterThan(40)
    for (const below of [20, 25])
      expect(nearDuplicates(train.images, { imageSize: 784, below })).toEqual(
        expected.filter(({ rms }) => rms < below),
      )
  })

  test('more than a million pairs are refused', () => {
    expect(() => nearDuplicates(new Uint8Array(1500), { imageSize: 1, below: 5 })).toThrow(
      'More than 1000000 pairs of images differ by less than 5: give a smaller threshold.',
    )
  })
})

test('Fashion-MNIST, all 70,000 images: what is known of its copies', async () => {
  const { train, test: held } = await loadDataset(fashionMnist())
  const images = new Uint8Array(70_000 * 784)
  images.set(train.images)
  images.set(held.images, 60_000 * 784)
  expect(exactDuplicates(images, [28, 28, 1])).toEqual({ groups: [], mirrored: [] })
  // A matrix multiplication in NumPy, which compares every pair, finds the same numbers.
  const pairs = nearDuplicates(images, { imageSize: 784, below: 15 })
  const nearest = new Map<number, (typeof pairs)[number]>()
  for (const pair of pairs) {
    const isAcross = pair.first < 60_000 && pair.second >= 60_000
    if (isAcross && !nearest.has(pair.second)) nearest.set(pair.second, pair)
  }
  const testImages = (below: number) => [...nearest.values()].filter(({ rms }) => rms < below)
  expect([4, 8, 10, 12, 15].map(below => testImages(below).length)).toEqual([5, 12, 18, 37, 158])
  expect(nearest.get(64_998)).toMatchObject({ first: 13_360, second: 64_998 })
  expect(nearest.get(64_998)!.rms).toBeCloseTo(0.7431661, 7)
  for (const { first, second } of nearest.values())
    expect(train.labels[first]).toBe(held.labels[second - 60_000])
  expect(pairs.filter(({ rms }) => rms < 10)).toHaveLength(93)
}, 240_000)

describe('exact duplicates', () => {
  test('groups of one image, and mirrored pairs, in color', () => {
    const a = [1, 2, 3, 4, 5, 6]
    const mirrored = [4, 5, 6, 1, 2, 3]
    const images = Uint8Array.from([...a, ...mirrored, ...a, ...a.map(n => n + 1)])
    expect(exactDuplicates(images, [1, 2, 3])).toEqual({
      groups: [[0, 2]],
      mirrored: [
        [0, 1],
        [1, 2],
      ],
    })
  })

  test('an image that is its own mirror image is no mirrored copy', () => {
    expect(exactDuplicates(Uint8Array.of(7, 7, 7, 7), [1, 2, 1])).toEqual({ groups: [[0, 1]], mirrored: [] })
  })
})

test('outliers: an image like no other comes first, with its distance', async () => {
  const { train } = await loadDataset(fashionMnistMini())
  const images = train.images.slice()
  // A chessboard.
  for (let p = 0; p < 784; p++) images[700 * 784 + p] = (p + Math.floor(p / 28)) % 2 === 0 ? 255 : 0
  const found = outliers(images, { imageSize: 784, count: 5, seed: 3 })
  expect(found.farthest[0]!.index).toBe(700)
  const sample = new RandomStream(3).split('outliers').permutation(1500).subarray(0, found.sampleSize)
  const distances = Array.from(
    sample.filter(i => i !== 700),
    other => {
      let sum = 0
      for (let p = 0; p < 784; p++) sum += (images[700 * 784 + p]! - images[other * 784 + p]!) ** 2
      return Math.sqrt(sum / 784)
    },
  )
  expect(found.farthest[0]!.rms).toBeCloseTo(Math.min(...distances), 10)
  expect(found.medianRms).toBeLessThan(found.farthest[4]!.rms)
})

describe('suspected labels', () => {
  test.each([
    [[0, 1], [0.5, 0.5, 0.5], '3 probabilities do not make one row for each of 2 labels.'],
    [[], [], '0 probabilities do not make one row for each of 0 labels.'],
    [
      [0, 1],
      [0.5, 0.5, Number.NaN, 1],
      'Example 1 has the probability NaN of class 0: expected numbers from 0 to 1.',
    ],
    [
      [0, 1],
      [0.5, 0.5, 0.5, 1.5],
      'Example 1 has the probability 1.5 of class 1: expected numbers from 0 to 1.',
    ],
    [[0, 2], [0.5, 0.5, 0.5, 0.5], 'Example 1 has the label 2, but there are 2 classes.'],
    [[0, 0], [0.5, 0.5, 0.5, 0.5], 'Class 1 has no example: nothing can be said about its labels.'],
  ])('refused: %j', (labels, probabilities, message) => {
    expect(() => labelSuspects(Int32Array.from(labels), probabilities)).toThrow(message)
  })

  test('any probabilities have suspects in order, or are refused', () => {
    const sets = fc
      .integer({ min: 2, max: 4 })
      .chain(classes =>
        fc.array(
          fc.tuple(
            fc.nat(classes - 1),
            fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: classes, maxLength: classes }),
          ),
          { minLength: 1, maxLength: 40 },
        ),
      )
    fc.assert(
      fc.property(sets, rows => {
        const labels = Int32Array.from(rows, ([label]) => label)
        fc.pre(new Set(labels).size === rows[0]![1].length)
        const { suspects, confidentJoint } = labelSuspects(
          labels,
          rows.flatMap(([, row]) => row),
        )
        expect(confidentJoint.flat().reduce((a, b) => a + b)).toBeLessThanOrEqual(rows.length)
        for (const { index, label, suggested, ofSuggested } of suspects) {
          expect([label, rows[index]![1][suggested]]).toEqual([labels[index], ofSuggested])
          expect(suggested).not.toBe(label)
        }
      }),
    )
  })
})

/** Clean clothes that nobody mistakes, with some labels turned. */
async function withWrongLabels(): Promise<{ data: Dataset; wrong: readonly number[] }> {
  const mini = await loadDataset(fashionMnistMini())
  const only = ({ images, labels }: LabelledImages): LabelledImages => {
    // Trousers, sneakers and bags.
    const kept = [...labels.keys()].filter(i => [1, 7, 8].includes(labels[i]!))
    return {
      images: Uint8Array.from(kept.flatMap(i => [...images.subarray(i * 784, (i + 1) * 784)])),
      labels: Int32Array.from(kept, i => [1, 7, 8].indexOf(labels[i]!)),
    }
  }
  const train = only(mini.train)
  const stream = new RandomStream(4)
  const wrong = [...train.labels.keys()].filter(i => stream.uniform(i) < 0.05)
  for (const i of wrong) train.labels[i] = (train.labels[i]! + 1) % 3
  const data = createDataset({
    name: 'three',
    classNames: ['Trouser', 'Sneaker', 'Bag'],
    imageShape: [28, 28, 1],
    train,
    test: only(mini.test),
  })
  return { data, wrong }
}

test('labels that were turned are suspected, and the score is better without them', async () => {
  const { data, wrong } = await withWrongLabels()
  const told: string[] = []
  const audit = await auditData(data, {
    folds: 3,
    epochs: 6,
    seed: 1,
    backend: engine,
    onProgress: message => told.push(message),
  })
  if ('refused' in audit.labels) throw new Error(audit.labels.refused)
  const { suspects, scores, pairs } = audit.labels
  const inTrain = suspects.filter(({ split }) => split === 'train').map(({ index }) => index)
  const found = wrong.filter(i => inTrain.includes(i))
  expect(wrong.length).toBeGreaterThan(15)
  expect(found.length / wrong.length).toBeGreaterThan(0.8)
  expect(found.length / inTrain.length).toBeGreaterThan(0.8)
  expect(pairs.reduce((sum, pair) => sum + pair.count, 0)).toBe(suspects.length)
  expect(scores.map(({ trainedOn }) => trainedOn)).toEqual(['all', 'without suspects'])
  expect(scores[1]!.images).toBe(data.train.labels.length - inTrain.length)
  expect(scores[1]!.onUnsuspected).toBeGreaterThan(0.95)
  expect(told).toContain('labels: network 3 of 3, epoch 6 of 6')
  expect(audit.findings.at(-1)).toMatch(/^\d+ labels suspected \(\d\.\d %\), most often /)
})

describe('an audit', () => {
  test('is plain JSON, and names what is odd', async () => {
    const mini = await loadDataset(fashionMnistMini())
    const train = { images: mini.train.images.slice(), labels: mini.train.labels.slice() }
    const copyOf = (source: Uint8Array, from: number, to: number): void =>
      train.images.set(source.subarray(from * 784, (from + 1) * 784), to * 784)
    copyOf(train.images, 5, 6)
    copyOf(mini.test.images, 9, 7)
    train.images.fill(30, 8 * 784, 9 * 784)
    // Nearly the same, under another label.
    copyOf(train.images, 20, 21)
    train.images[21 * 784 + 300]! ^= 1
    train.labels[21] = (train.labels[20]! + 1) % 10
    const audit = await auditData(createDataset({ ...mini, train }), {
      labels: false,
      below: 3,
      unreadable: [{ file: 'a/broken.png', reason: 'bad' }],
    })
    expect(JSON.parse(JSON.stringify(audit))).toEqual(audit)
    const { duplicates, blank } = audit
    const places = duplicates.exact.map(group => group.map(({ split, index }) => `${split} ${index}`))
    expect(places).toEqual([
      ['train 5', 'train 6'],
      ['train 7', 'test 9'],
    ])
    expect(blank).toEqual([{ split: 'train', index: 8, label: mini.classNames[train.labels[8]!] }])
    expect(duplicates.near.pairs.map(({ first, second }) => [first.index, second.index])).toEqual([[20, 21]])
    expect(duplicates.near.differentLabels).toBe(1)
    expect(audit.labels).toEqual({ refused: 'not asked for' })
    expect(audit.findings).toEqual([
      '1 file cannot be read, such as a/broken.png: replace or remove.',
      '1 image of a single color, such as train 8.',
      '2 images that are there more than once, byte by byte.',
      '1 image both in train and in test: the test knows the answer. Remove the training image.',
      ...(train.labels[5] === train.labels[6] && train.labels[7] === mini.test.labels[9]
        ? []
        : [expect.stringMatching(/^\d images? there under different labels\.$/)]),
      '1 pair of near-duplicates with different labels: one of each is wrong.',
    ])
  })

  test('of Fashion-MNIST’s built-in part: balance, pixels and means', async () => {
    const mini = await loadDataset(fashionMnistMini())
    const { splits, findings } = await auditData(mini, { labels: false })
    expect(splits.train.classes.map(({ count }) => count)).toEqual(Array(10).fill(150))
    expect(splits.train.mean).toBeGreaterThan(0.2)
    expect(findings).toEqual([])
    const mean = classMeans(mini.train, 10)[1]!.reduce((sum, pixel) => sum + pixel, 0) / 784 / 255
    expect(mean).toBeCloseTo(splits.train.classes[1]!.mean, 2)
  })

  test('uneven and missing classes are findings; labels of rare classes are not judged', async () => {
    const images = Uint8Array.from({ length: 12 * 16 }, (_, i) =>
      Math.floor(256 * new RandomStream(8).uniform(i)),
    )
    const labels = Int32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1)
    const data = createDataset({
      name: 'uneven',
      classNames: ['cat', 'dog', 'owl'],
      imageShape: [4, 4, 1],
      train: { images, labels },
      test: { images: images.map(n => 255 - n), labels: labels.map(() => 2) },
    })
    const audit = await auditData(data, { folds: 5 })
    expect(audit.labels).toEqual({
      refused: 'the class dog has fewer than 5 images, one for each of the networks that judge labels',
    })
    expect(audit.findings).toEqual([
      'The train split has no image of owl: a network cannot learn it.',
      'The test split has no image of cat and dog: the test says nothing about them.',
    ])
  })

  test('a single class is a finding', async () => {
    const examples = { images: Uint8Array.from({ length: 64 }, (_, i) => i), labels: new Int32Array(4) }
    const data = createDataset({
      name: 'photos',
      classNames: ['only'],
      imageShape: [4, 4, 1],
      train: examples,
      test: { images: examples.images.map(n => 255 - n), labels: examples.labels },
    })
    const audit = await auditData(data)
    expect(audit.labels).toEqual({ refused: 'the training images are of one class' })
    expect(audit.findings[0]).toBe(
      'There is one class only, "only": every network is right about every image. If photos is a folder, the path may be one ' +
        'level too deep or too high.',
    )
  })

  test('labels that the networks cannot learn are not judged: their doubts would mean nothing', async () => {
    const stream = new RandomStream(5)
    const noise = (count: number, from: number) => ({
      images: Uint8Array.from({ length: count * 64 }, (_, i) => 256 * stream.uniform(from + i)),
      labels: Int32Array.from({ length: count }, (_, i) => i % 3),
    })
    const data = createDataset({
      name: 'noise',
      classNames: ['a', 'b', 'c'],
      imageShape: [8, 8, 1],
      train: noise(90, 0),
      test: noise(30, 1e6),
    })
    const { labels, findings } = await auditData(data)
    expect(labels).toEqual({
      refused: expect.stringMatching(
        /^the networks that judge labels are right for \d+\.\d % of the images, which is not better than always naming the largest class \(33\.3 %\)/,
      ),
    })
    expect(findings.join()).not.toContain('suspected')
  })

  test('report 003, whose classes are 5 : 4 : 1', async () => {
    const mini = await loadDataset(fashionMnistMini())
    const three = relabelDataset(mini, { Top: [0, 2, 3, 4, 6], Bottom: [1, 5, 7, 9], Accessories: [8] })
    const { findings } = await auditData(three, { labels: false })
    expect(findings).toEqual([
      'The train split has 5.0 times as many images of Top (750) as of Accessories (150): judge by recall for each class, and consider classWeight.',
      'The test split has 5.0 times as many images of Top (250) as of Accessories (50): judge by recall for each class, and consider classWeight.',
    ])
  })

  test.each([
    [{ below: -1 }, 'below must be a number of at least 0 and at most 255, not -1.'],
    [{ below: Number.NaN }, 'below must be a number of at least 0 and at most 255, not NaN.'],
    [{ folds: 1 }, 'folds must be a whole number of at least 2, not 1.'],
    [{ epochs: 0 }, 'epochs must be a whole number of at least 1, not 0.'],
  ])('refused: %j', async (options, message) => {
    await expect(auditData(await loadDataset(fashionMnistMini()), options)).rejects.toThrow(message)
  })
})
