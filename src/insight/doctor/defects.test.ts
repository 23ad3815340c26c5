import { describe, expect, test } from 'vitest'
import {
  compareModels,
  discordance,
  evaluationOf,
  exactMcNemar,
  oneVsRest,
  type Predictions,
  predictionsOf,
  type TestedModel,
} from '../../analysis.ts'
import { fashionMnistMini, loadDataset, relabel } from '../../index.ts'

// What evaluate and compare find by themselves on the defects of the five reports (reference/peers.md, section 1). Those that show
// before training are in doctor.test.ts and first-steps.test.ts; what stores count (looks, choices) in e2e/compare.test.ts;
// running means (000) and accuracies below chance (001) in src/insight/evaluate.

const classNames = Array.from({ length: 10 }, (_, k) => String(k))
const labels = Int32Array.from({ length: 10_000 }, (_, i) => i % 10)

/** Predictions that are right on the images that `isRight` says. */
function rightOn(isRight: (image: number) => boolean): Predictions {
  const probabilities = new Float32Array(labels.length * 10)
  labels.forEach((label, i) => {
    probabilities[i * 10 + (isRight(i) ? label : (label + 1) % 10)] = 1
  })
  return { probabilities, labels, classNames }
}

/** Two networks with the accuracies of report 002, of which one alone is right on so many images. */
function report002(discordant: number): readonly [TestedModel, TestedModel] {
  const onlyStandard = (discordant + 39) / 2
  const onlyBasic = discordant - onlyStandard
  const both = 9030 - onlyBasic
  return [
    { name: 'basic', runs: [rightOn(i => i < both + onlyBasic)] },
    { name: 'standard', runs: [rightOn(i => i < both || (i >= 9030 && i < 9030 + onlyStandard))] },
  ]
}

describe('002: "outperforms", 90.69 against 90.30 %', () => {
  test('two such networks that disagree as networks do: no evidence, and what it would take', () => {
    const [basic, standard] = report002(801)
    const [pair] = compareModels([basic, standard])
    expect(pair!.difference).toBeCloseTo(0.0039, 10)
    expect(pair!.discordance).toEqual({ onlyFirst: 381, onlySecond: 420 })
    expect(pair!.verdict).toBe('no evidence')
    expect(pair!.sentence).toMatch(
      /^No evidence of a difference between basic and standard: \+0\.39 points, 95 % interval -0\.\d\d to \+0\.\d\d, p = 0\.1\d\d \(10000 images, one seed each\); for two such networks 10000 images show 0\.79 points or more, and several seeds are needed to speak of the models\.$/,
    )
  })

  test('only if they disagreed on fewer than 396 images would 39 be more than chance', () => {
    const p = (discordant: number): number => {
      const [a, b] = report002(discordant).map(({ runs }) =>
        Uint8Array.from(labels, (label, i) => (runs[0]!.probabilities[i * 10 + label] === 1 ? 1 : 0)),
      )
      return exactMcNemar(discordance(a!, b!))
    }
    expect(p(371)).toBeLessThan(0.05)
    expect(p(397)).toBeGreaterThan(0.05)
  })
})

describe('003: three classes', () => {
  test('names travel with the data: the support beside a name is that of its images', async () => {
    const classes = { Top: [0, 2, 3, 4, 6], Bottom: [1, 5, 7, 9], Accessories: [8] }
    const data = await loadDataset(relabel(fashionMnistMini(), classes))
    const outputs = new Float32Array(data.test.labels.length * 3)
    data.test.labels.forEach((label, i) => {
      outputs[i * 3 + label] = 1
    })
    const { report } = evaluationOf(
      predictionsOf({ outputs, labels: data.test.labels, classNames: data.classNames, loss: null }),
    )
    expect(report.classes.map(({ name, support }) => [name, support])).toEqual([
      ['Top', 250],
      ['Bottom', 200],
      ['Accessories', 50],
    ])
  })

  test('an error counts twice in accuracies against the rest: both tables come from one matrix and agree', () => {
    const { accuracy, classes, confusion } = evaluationOf(rightOn(i => i % 7 !== 0))
    const against = classes.reduce((sum, one) => sum + (1 - one.accuracy), 0)
    expect(against).toBeCloseTo(2 * (1 - accuracy), 12)
    expect(oneVsRest(confusion)[0]!.accuracy).toBe(classes[0]!.accuracy)
  })

  test('99 % accuracy against the rest does not hide a recall of 60 %', () => {
    // One class in ten loses four of ten images, the others none.
    const { warnings, classes } = evaluationOf(rightOn(i => i % 10 !== 3 || (i / 10) % 10 >= 4))
    expect(classes[3]!.recall).toBe(0.6)
    expect(warnings).toEqual([
      '3: 96.0 % accuracy against the rest, but only 60.0 % of its own images are recognised. The images of other classes make ' +
        'the first number; read the recall.',
    ])
  })
})
