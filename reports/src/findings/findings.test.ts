import { buildModel, createDataset, type History, statisticOf } from 'heddle'
import { describe, expect, test } from 'vitest'
import basicVsStandardSpec from '../../../experiments/basic-vs-standard.ts'
import threeConvSpec from '../../../experiments/three-conv.ts'
import type { Comparison } from '../comparison.ts'
import { reports } from '../reported.ts'
import type { RunRecord } from '../runs.ts'
import type { Finding } from './finding.ts'
import { findingsOf } from './index.ts'
import { threeClassCurves } from './three-class.ts'

interface Made {
  readonly history?: History
  readonly accuracy?: number
  readonly otherPixels?: RunRecord['otherPixels']
  readonly deadOutputs?: number
  readonly failures?: number
}

/** What findings read of a comparison: one run of each. */
function comparison(id: string, made: Made): Comparison {
  const { history = {}, accuracy = 0.9, deadOutputs = 0, failures = 0 } = made
  const [report, ...rest] = id.split('/')
  const printed = reports.flatMap(({ models }) => models).find(model => model.id === id) ?? null
  const run = {
    run: { seed: 1, history, test: { loss: 0.1, accuracy, topKAccuracy: null } },
    otherPixels: made.otherPixels ?? { loss: 1, accuracy: 0.5 },
    outputs: { deadOutputs, clipped: 0, negativeSums: 0, allZero: 0 },
  }
  return {
    item: {
      id,
      experiment: rest.length > 1 ? `${report}-follow-up` : report,
      model: printed?.model ?? rest.at(-1),
      reported: printed,
      runs: 3,
    },
    runs: [run],
    failures: Array.from({ length: failures }, (_, seed) => ({ seed, failed: 'no loss' })),
    accuracy: statisticOf([accuracy]),
  } as unknown as Comparison
}

const three = createDataset({
  name: 'three',
  classNames: ['Top', 'Bottom', 'Accessories'],
  imageShape: [1, 1, 1],
  train: { images: new Uint8Array(3), labels: Int32Array.of(0, 1, 2) },
  test: { images: new Uint8Array(3), labels: Int32Array.of(0, 1, 2) },
})

const of = (report: number, comparisons: readonly Comparison[], models = new Map()): Finding[] =>
  findingsOf({ report: reports[report]!, models, data: three, comparisons })
const about = (found: readonly Finding[], words: string): Finding =>
  found.find(({ claim }) => claim.includes(words))!

describe('002: what is read from curves', () => {
  const models = new Map(
    Object.entries(basicVsStandardSpec.models).map(([name, spec]) => [name, buildModel(spec, [28, 28, 1])]),
  )
  const curves = (best: number, third: number): History => ({
    loss: [0.5, 0.3, 0.2, 0.1],
    accuracy: [0.85, 0.885, 0.92, 0.95],
    valLoss: [1, 2, 3, 4].map(epoch => 0.3 + 0.04 * Math.abs(epoch - best)),
    valAccuracy: [0.86, 0.88, third, 0.91],
  })
  const found = (basic: History, standard: History): Finding[] =>
    of(
      2,
      [comparison('002/basic', { history: basic }), comparison('002/standard', { history: standard })],
      models,
    )

  test('the first loss, the gap, the best epoch and three epochs against eight', () => {
    const all = found(curves(2, 0.89), curves(4, 0.9))
    expect(about(all, 'drop to a loss of 0.34').kind).toBe('contradicted')
    expect(about(all, 'a gap').kind).toBe('confirmed')
    expect(about(all, 'a gap').found).toContain('from epoch 3 (basic) and 3 (standard)')
    expect(about(all, '3 to 4 epochs').kind).toBe('partly')
    expect(about(all, '3 to 4 epochs').found).toContain(
      'after epoch 2 (basic) and 4 (standard) of 4 (1 seed)',
    )
    expect(about(all, 'After 3 epochs').kind).toBe('contradicted')
    expect(about(found(curves(1, 0.9), curves(1, 0.89)), 'After 3 epochs').kind).toBe('confirmed')
    expect(about(found(curves(1, 0.894), curves(1, 0.896)), 'After 3 epochs').kind).toBe('undecided')
    expect(about(found(curves(2, 0.9), curves(2, 0.89)), 'drop to a loss of 0.34').kind).toBe('confirmed')
  })

  test('without runs nothing is read from them', () => {
    expect(of(2, [], models).some(({ claim }) => claim.includes('gap'))).toBe(false)
  })
})

describe('003', () => {
  test('model 1: a hypothesis with its numbers, which says whether the printed ones lie within them', () => {
    const plain = comparison('003/1', { otherPixels: { loss: 9.16, accuracy: 0.9878 } })
    const augmented = comparison('003/augmented/model-1', { otherPixels: { loss: 14.6, accuracy: 0.9627 } })
    const hypothesis = about(of(3, [plain, augmented]), '003/1 has a test loss of 11.742665 at')
    expect(hypothesis.kind).toBe('hypothesis')
    expect(hypothesis.found).toContain('a loss of 9.2 at an accuracy of 0.9878 (1 seed)')
    expect(hypothesis.found).toContain('Both printed numbers lie within what these runs have.')
    expect(hypothesis.table!.rows).toHaveLength(2)
    expect(about(of(3, [plain]), '003/1 has a test loss of 11.742665 at').found).toContain('not both within')
  })

  test('1 to 1.5 %: a direction is not a range', () => {
    const pairs = (...gains: number[]): Comparison[] =>
      gains.flatMap((gain, i) => [
        comparison(`003/${i + 1}`, { accuracy: 0.98 }),
        comparison(`003/augmented/model-${i + 1}`, { accuracy: 0.98 - gain }),
      ])
    const kind = (...gains: number[]): string => about(of(3, pairs(...gains)), 'Without augmentation').kind
    expect(kind(0.0168, 0.007, 0.0121, 0.0085, 0.0192, 0.0197)).toBe('partly')
    expect(kind(0.011, 0.014)).toBe('confirmed')
    expect(kind(0.011, -0.001)).toBe('contradicted')
    // Not before all models were trained both ways.
    expect(about(of(3, [...pairs(0.011), comparison('003/2', {})]), 'Without augmentation')).toBeUndefined()
  })

  test('its sentences about models 2 to 6', () => {
    const history = (accuracy: readonly number[], loss: readonly number[]): History => ({
      accuracy,
      loss,
      valAccuracy: accuracy,
      valLoss: loss,
    })
    const models = [
      history([0.97, 0.98, 0.98, 0.99], [0.7, 0.6, 0.6, 0.56]),
      history([0.9, 0.95, 0.97, 0.98], [0.9, 0.8, 0.7, 0.58]),
      history([0.97, 0.98, 0.99, 0.995], [0.6, 0.6, 0.6, 0.55]),
      history([0.9, 0.95, 0.97, 0.98], [1, 0.8, 0.7, 0.58]),
      history([0.9, 0.95, 0.97, 0.97], [0.8, 0.8, 0.7, 0.6]),
    ]
    const kinds = (order: readonly number[]): string[] =>
      threeClassCurves(order.map((model, i) => comparison(`003/${i + 2}`, { history: models[model]! }))).map(
        ({ kind }) => kind,
      )
    expect(kinds([0, 1, 2, 3, 4])).toEqual(['confirmed', 'confirmed', 'confirmed', 'confirmed'])
    expect(kinds([1, 0, 3, 2, 4])).toEqual(['contradicted', 'partly', 'contradicted', 'contradicted'])
    expect(threeClassCurves([])).toEqual([])
  })
})

test('001/5: how many of its trainings die', () => {
  const all = of(1, [comparison('001/5', { deadOutputs: 3, failures: 2 })])
  expect(about(all, '001/5').found).toMatch(
    /^Of 3 trainings with other first weights, 2 stopped at an image whose outputs are all zero .* in the others 3 of the 10 outputs/,
  )
  expect(about(all, 'one-hot').kind).toBe('undecided')
})

test('004: the first epoch is held against all seeds; one seed contradicts nothing', () => {
  const first = (...accuracies: number[]): Finding => {
    const one = comparison('004/1', {})
    const runs = accuracies.map(value => ({
      ...one.runs[0]!,
      stored: { stepsPerEpoch: 750 },
      epochMs: [{ train: 1, all: 1 }],
      environment: { cores: 2 },
      images: { train: 60_000, test: 10_000 },
      run: {
        ...one.runs[0]!.run,
        history: { loss: [0.6], accuracy: [0.78], valLoss: [0.4], valAccuracy: [value] },
      },
    }))
    const model = buildModel(threeConvSpec.models.reported!, [28, 28, 1])
    const made = { ...one, runs: runs as unknown as readonly RunRecord[] }
    return about(of(4, [made], new Map([['reported', model]])), 'The first epoch')
  }
  expect(first(0.861).kind).toBe('undecided')
  expect(first(0.847).kind).toBe('confirmed')
  expect(first(0.861, 0.84, 0.85).kind).toBe('confirmed')
  expect(first(0.88, 0.881, 0.88).kind).toBe('contradicted')
  expect(first(0.861, 0.84, 0.85).found).toMatch(
    /^Its validation accuracy and that here \(3 seeds\) are \+0\.40 points apart/,
  )
})

test('slips in listings are findings', () => {
  expect(about(of(3, []), 'model 3 where we add drop out').kind).toBe('contradicted')
})
