import { describe, expect, test } from 'vitest'
import { RandomStream } from '../../base/random.ts'
import type { Predictions } from '../../network/predictions.ts'
import { discordance } from '../statistics/significance.ts'
import { classEffects, compareModels, type TestedModel } from './compare-models.ts'
import { paretoFront } from './pareto.ts'

const classNames = ['a', 'b']

/** A run that gets each image right with the chance of its difficulty: runs share their hard images. */
function someRun(count: number, accuracy: number, seed: number): Predictions {
  const images = new RandomStream(1).split('images')
  const own = new RandomStream(seed).split('run')
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2)
  const probabilities = new Float32Array(2 * count)
  labels.forEach((label, i) => {
    const right = 0.9 * images.uniform(i) + 0.1 * own.uniform(i) < accuracy
    probabilities[2 * i + (right ? label : 1 - label)] = 1
  })
  return { probabilities, labels, classNames }
}

const model = (name: string, accuracy: number, seeds: readonly number[], count = 4000): TestedModel => ({
  name,
  runs: seeds.map(seed => someRun(count, accuracy, seed)),
})

describe('a verdict', () => {
  test('a gap of chance is no evidence, and the sentence says what would be needed', () => {
    const [pair] = compareModels([model('basic', 0.9, [1], 1000), model('standard', 0.9, [2], 1000)])
    expect(pair).toMatchObject({ verdict: 'no evidence', seeds: [1, 1], images: 1000, seedVariance: null })
    expect(pair!.interval[0]).toBeLessThan(0)
    expect(pair!.interval[1]).toBeGreaterThan(0)
    expect(pair!.sentence).toMatch(
      /^No evidence of a difference between basic and standard: [+-]\d\.\d\d points, 95 % interval -\d\.\d\d to \+\d\.\d\d, p = 0\.\d{3} \(1000 images, one seed each\); for two such networks 1000 images show \d\.\d\d points or more, and several seeds are needed to speak of the models\.$/,
    )
  })

  test('a real gap over several seeds is one', () => {
    const [pair] = compareModels([model('small', 0.8, [1, 2, 3]), model('large', 0.9, [4, 5, 6])])
    expect(pair).toMatchObject({ verdict: 'better', first: 'small', second: 'large' })
    expect(pair!.interval[0]).toBeGreaterThan(0)
    expect(pair!.sentence).toMatch(
      /^large is better than small: \+\d+\.\d\d points, 95 % interval .* \(4000 images, 3 seeds each\)\.$/,
    )
  })

  test('one seed each is about these networks, and says so', () => {
    const [pair] = compareModels([model('large', 0.9, [1]), model('small', 0.8, [2])])
    expect(pair!.verdict).toBe('worse')
    expect(pair!.sentence).toMatch(
      /as these were trained: several seeds are needed to speak of the models\.$/,
    )
  })

  test('of two runs both alone are counted, of three models p-values are corrected', () => {
    const models = [model('a', 0.9, [1], 1000), model('b', 0.9, [2], 1000), model('c', 0.93, [3], 1000)]
    const [alone] = compareModels(models.slice(0, 2))
    const among = compareModels(models)
    const counts = discordance(
      ...(models.slice(0, 2).map(({ runs: [run] }) => hits(run!)) as [Uint8Array, Uint8Array]),
    )
    expect(alone!.discordance).toEqual(counts)
    expect(alone!.correctedP).toBe(alone!.pValue)
    expect(among.map(({ first, second }) => first + second)).toEqual(['ab', 'ac', 'bc'])
    for (const pair of among) expect(pair.correctedP).toBeGreaterThanOrEqual(pair.pValue)
    expect(among[0]!.sentence).toContain('corrected for 3 pairs')
    expect(among[0]!.detectable).toBeGreaterThan(alone!.detectable)
  })

  test('a model against itself: no difference, and as much room as one more image would make', () => {
    const [pair] = compareModels([model('a', 0.9, [1], 500), model('again', 0.9, [1], 500)])
    expect(pair).toMatchObject({ difference: 0, pValue: 1, verdict: 'no evidence' })
    expect(pair!.interval[1]).toBeCloseTo(1.96 / 500, 3)
    expect(pair!.interval[0]).toBe(-pair!.interval[1])
  })
})

describe('any number of pairs and classes leaves a large difference findable', () => {
  test.each([11, 46])('%i models of three seeds, one of them far better', count => {
    const models = Array.from({ length: count }, (_, m) =>
      model(`m${m}`, m === 0 ? 0.95 : 0.6, [3 * m + 1, 3 * m + 2, 3 * m + 3], 1000),
    )
    const pairs = compareModels(models)
    expect(pairs).toHaveLength((count * (count - 1)) / 2)
    const found = pairs.filter(({ first, verdict }) => first === 'm0' && verdict === 'worse')
    expect(found).toHaveLength(count - 1)
  })

  test.each([
    [26, 40, 1],
    [26, 20, 3],
    [200, 20, 3],
    [1000, 20, 1],
  ])('%i classes of %i images, %i seeds: 85 points in each', (classes, each, seeds) => {
    const names = Array.from({ length: classes }, (_, i) => `class ${i}`)
    const labels = Int32Array.from({ length: classes * each }, (_, i) => i % classes)
    const tested = (share: number, m: number): TestedModel => ({
      name: `m${m}`,
      runs: Array.from({ length: seeds }, (_, seed) => {
        const random = new RandomStream(10 * m + seed).split('hits')
        const probabilities = new Float32Array(labels.length * classes)
        labels.forEach((label, i) => {
          probabilities[i * classes + (random.uniform(i) < share ? label : (label + 1) % classes)] = 1
        })
        return { probabilities, labels, classNames: names }
      }),
    })
    const [effects] = classEffects([tested(0.1, 1), tested(0.95, 2)])
    const found = effects!.classes.filter(({ correctedP }) => correctedP < 0.05)
    expect(found.length).toBeGreaterThan(0.9 * classes)
  })
})

test('by class: a model that is better on one class only', () => {
  const first = someRun(2000, 0.9, 1)
  const probabilities = first.probabilities.slice()
  // The second is wrong on a tenth of class b.
  for (let i = 1; i < 2000; i += 20) probabilities.set([1, 0], 2 * i)
  const [effects] = classEffects([
    { name: 'first', runs: [first] },
    { name: 'second', runs: [{ ...first, probabilities }] },
  ])
  const [a, b] = effects!.classes
  expect(a).toMatchObject({ name: 'a', difference: 0, correctedP: 1, examples: 1000 })
  expect(b!.difference).toBeLessThan(-0.05)
  expect(b!.correctedP).toBeLessThan(1e-6)
})

describe('what cannot be compared is refused', () => {
  test.each<[string, readonly TestedModel[], string]>([
    ['one model', [model('a', 0.9, [1])], 'A comparison needs two models or more.'],
    [
      'no run',
      [model('a', 0.9, [1]), { name: 'b', runs: [] }],
      '"b" has no predictions to compare: test it first.',
    ],
    [
      'other numbers of examples',
      [model('a', 0.9, [1]), model('b', 0.9, [1], 10)],
      '"b" and "a" were tested on different examples (10 and 4000 labels): test both on the same data.',
    ],
    [
      'other labels',
      [
        model('a', 0.9, [1], 4),
        { name: 'b', runs: [{ ...someRun(4, 0.9, 1), labels: Int32Array.of(1, 1, 0, 0) }] },
      ],
      '"b" and "a" were tested on different examples (4 and 4 labels, not the same ones): test both on the same data.',
    ],
    [
      'other classes',
      [model('a', 0.9, [1], 4), { name: 'b', runs: [{ ...someRun(4, 0.9, 1), classNames: ['a', 'c'] }] }],
      '"b" predicts the classes a, c, "a" a, b: accuracies over different classes cannot be compared.',
    ],
    [
      'NaN',
      [
        model('a', 0.9, [1], 1),
        { name: 'b', runs: [{ ...someRun(1, 0.9, 1), probabilities: Float32Array.of(Number.NaN, 1) }] },
      ],
      'The output for example 0, class "a", is NaN: nothing can be said about such predictions. Find the step at which ' +
        'the weights stopped being finite.',
    ],
  ])('%s', (_, models, message) => {
    expect(() => compareModels(models)).toThrow(message)
  })
})

test('the Pareto front leaves out what something cheaper matches', () => {
  const items = [
    { name: 'dear and good', accuracy: 0.92, cost: 30 },
    { name: 'dear and no better', accuracy: 0.9, cost: 20 },
    { name: 'cheap', accuracy: 0.9, cost: 10 },
    { name: 'cheaper and bad', accuracy: 0.5, cost: 1 },
  ]
  expect(paretoFront(items).map(({ name }) => name)).toEqual(['cheaper and bad', 'cheap', 'dear and good'])
})

function hits({ probabilities, labels }: Predictions): Uint8Array {
  return Uint8Array.from(labels, (label, i) => probabilities[2 * i + label]!)
}
