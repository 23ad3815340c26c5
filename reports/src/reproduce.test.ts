import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  accuracyOf,
  buildModel,
  categoricalCrossentropy,
  chooseBackend,
  createDataset,
  dense,
  experiment,
  fashionMnistMini,
  flatten,
  loadDataset,
  type ModelSpec,
  sequential,
  type TrainOptions,
} from 'heddle'
import type { Build } from 'heddle/cli'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compare, points } from './comparison.ts'
import { Exhibit } from './exhibit.ts'
import { findingsOf } from './findings/index.ts'
import { claimFolder, readRecord, writeRecord } from './folder.ts'
import { itemsOf, pickItems, selectReports } from './item.ts'
import { settingsOf } from './origins.ts'
import { sumUp } from './pages.ts'
import { reports } from './reported.ts'
import {
  keyOf,
  onlyModel,
  QUICK,
  quickDataset,
  quickExperiment,
  type RunRecord,
  trainItem,
} from './run-record.ts'
import { kerasLines } from './tables.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-reproduce-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const softmax = dense({ units: 10, activation: 'softmax' })
const linear = sequential([flatten(), softmax])
const adam = { optimizer: 'adam', loss: 'categoricalCrossentropy' } as const

const ofModels = (models: Record<string, ModelSpec>, train: Partial<TrainOptions> = {}) =>
  experiment({ name: 'tiny', data: fashionMnistMini(), models, train: { ...adam, ...train } })
const two = experiment({
  name: 'three-conv',
  data: fashionMnistMini(),
  models: {
    reported: linear,
    dropout: sequential([flatten(), dense({ units: 8, activation: 'relu' }), softmax]),
  },
  train: { ...adam, validationSplit: 0.2 },
  overrides: { dropout: { epochs: 3 } },
})

const build: Build = { version: '0.1.0', commit: 'c0ffee', isDirty: false, date: '2026-11-30' }

test('the five reports print 22 models', () => {
  expect(reports.flatMap(({ models }) => models)).toHaveLength(22)
})

describe('what is to be reproduced', () => {
  test('nothing means everything; reports come in their order', () => {
    expect(selectReports([]).map(({ report }) => report.id)).toEqual(['000', '001', '002', '003', '004'])
    expect(selectReports(['three-conv', '000/3', '002']).map(({ report }) => report.id)).toEqual([
      '000',
      '002',
      '004',
    ])
  })

  test('printed models first, then the follow-ups of the experiment', () => {
    const [wanted] = selectReports(['004'])
    const items = itemsOf(wanted!.report, [two])
    expect(items.map(({ id, reported }) => [id, reported !== null])).toEqual([
      ['004/1', true],
      ['004/dropout', false],
    ])
    const pick = (name: string): string[] => pickItems(items, selectReports([name])[0]!).map(({ id }) => id)
    expect(pick('004/1')).toEqual(['004/1'])
    expect(pick('three-conv/dropout')).toEqual(['004/dropout'])
    expect(pick('three-conv')).toEqual(['004/1', '004/dropout'])
  })

  test('what there is not', () => {
    expect(() => selectReports(['005'])).toThrow('There is no report "005". Did you mean "000"?')
    expect(() => selectReports(['three-con'])).toThrow('Did you mean "three-conv"?')
    const [wanted] = selectReports(['004/2'])
    expect(() => pickItems(itemsOf(wanted!.report, [two]), wanted!)).toThrow(
      'Report 004 has no model "004/2". Did you mean "004/1"? Models: 004/1, 004/dropout.',
    )
  })

  test('a model that a report prints and the experiment lacks', () => {
    expect(() => onlyModel(two, 'basic')).toThrow(
      'The experiment three-conv has no model "basic", which its report prints. It has reported, dropout.',
    )
  })
})

describe('the folder', () => {
  test('is made, found again, and never taken from others', () => {
    const ours = join(folder, 'new')
    claimFolder(ours, false)
    claimFolder(ours, false)
    expect(() => claimFolder(ours, true)).toThrow(
      'holds a full reproduction, which a quick one would mix up.',
    )
    writeFileSync(join(folder, 'thesis.txt'), 'mine')
    expect(() => claimFolder(folder, false)).toThrow(
      'is not empty and was not made by npm run reproduce: nothing is written into it. Choose another folder with --out.',
    )
    expect(() => claimFolder(join(folder, 'thesis.txt'), false)).toThrow('is a file: --out names a folder.')
    expect(readFileSync(join(folder, 'thesis.txt'), 'utf8')).toBe('mine')
  })

  test('keeps runs by what they follow from', () => {
    const place = { report: '004', experiment: 'tiny', model: 'a', seed: 1 }
    const record = { key: 'a'.repeat(64), build, seed: 1, failed: 'no number' }
    expect(readRecord(folder, place, record.key)).toBeUndefined()
    writeRecord(folder, place, record)
    writeRecord(folder, place, { ...record, key: 'b'.repeat(64) })
    expect(readRecord(folder, place, record.key)).toEqual(record)
    expect(readdirSync(join(folder, '004/runs'))).toEqual([
      'tiny.a.seed-1.aaaaaaaaaaaa.json',
      'tiny.a.seed-1.bbbbbbbbbbbb.json',
    ])
  })

  test('keeps a loss that is not a number as what it is', () => {
    const place = { report: '004', experiment: 'tiny', model: 'a', seed: 1 }
    const record = { key: 'c'.repeat(64), build, seed: 1, lossError: Number.NaN } as unknown as RunRecord
    writeRecord(folder, place, record)
    expect(readRecord(folder, place, record.key)).toEqual(record)
  })
})

test('each model is trained with three seeds, those whose heads die by the draw with ten', () => {
  const runs = Object.fromEntries(
    reports.flatMap(report => itemsOf(report, [two])).map(item => [item.id, item.runs]),
  )
  expect([runs['000/1'], runs['001/1'], runs['004/dropout']]).toEqual([3, 3, 3])
  expect([2, 3, 4, 5].map(i => runs[`001/${i}`])).toEqual([10, 10, 10, 10])
})

describe('a run', async () => {
  const data = await loadDataset(fashionMnistMini())

  test('its key changes with model, options, seed and data, and with nothing else', () => {
    const key = keyOf(two, 'reported', 1, data)
    expect(keyOf({ ...two, overrides: { dropout: { epochs: 9 } } }, 'reported', 1, data)).toBe(key)
    const others = [
      keyOf(two, 'dropout', 1, data),
      keyOf(two, 'reported', 2, data),
      keyOf({ ...two, overrides: { reported: { epochs: 9 } } }, 'reported', 1, data),
      keyOf(two, 'reported', 1, { ...data, fingerprint: 'other' }),
      keyOf(quickExperiment(two), 'reported', 1, data),
    ]
    expect(new Set([key, ...others]).size).toBe(6)
  })

  test('quick: the first images, few epochs for every model', () => {
    const quick = quickExperiment(two)
    expect([quick.train.epochs, quick.overrides.dropout!.epochs]).toEqual([QUICK.epochs, QUICK.epochs])
    const small = quickDataset(data)
    expect(small.test.labels).toEqual(data.test.labels)
    expect(small.fingerprint).toBe(data.fingerprint)
  })

  test('what the network is asked afterwards agrees with its test', async () => {
    const spec = ofModels({ linear }, { epochs: 2, validationSplit: 0.2 })
    const record = await trainItem(spec, {
      model: 'linear',
      seed: 1,
      data,
      backend: chooseBackend('auto'),
      build,
      evaluateTraining: true,
    })
    expect(accuracyOf(record.confusion)).toBeCloseTo(record.run.test.accuracy, 12)
    expect(record.confusion.map(row => row.reduce((sum, count) => sum + count))).toEqual(Array(10).fill(50))
    expect(record).toMatchObject({ params: 7850, multiplyAdds: 7840, stepsPerEpoch: 38 })
    expect(record.train!.accuracy).toBeGreaterThan(0.5)
    expect(record.outputs).toEqual({ deadOutputs: 0, clipped: 0, negativeSums: 0, allZero: 0 })
    expect(record.epochMs).toHaveLength(2)
    // The spread of a cross-entropy is about as large as its mean.
    expect(record.lossError * Math.sqrt(500)).toBeGreaterThan(record.run.test.loss / 3)
    expect(record.lossError * Math.sqrt(500)).toBeLessThan(record.run.test.loss * 3)
    expect(kerasLines(record)).toMatch(
      /^linear, seed 1\nEpoch 1\/2\n38\/38 \[={30}\] - \d+s \d+(us|ms|s)\/step - loss: \d\.\d{4} - accuracy: 0\.\d{4} - val_loss: \d\.\d{4} - val_accuracy: 0\.\d{4}\nEpoch 2\/2\n/,
    )
  })
})

describe('reported beside reproduced', () => {
  const [basic] = itemsOf(reports[2]!, [])
  const record = (accuracy: number, seed: number, loss = 0.3): RunRecord => ({
    key: '',
    build,
    lossError: 0.005,
    experiment: 'tiny',
    model: 'basic',
    params: 1,
    multiplyAdds: 1,
    run: {
      seed,
      seconds: 1,
      imagesPerSecond: 1,
      history: { loss: [1], accuracy: [0.5] },
      test: { loss, accuracy, topKAccuracy: null },
    },
    stepsPerEpoch: 1,
    epochMs: [{ train: 1, all: 1 }],
    train: null,
    otherPixels: { loss: 2, accuracy: 0.1 },
    confusion: Array.from({ length: 3 }, () => [1, 1, 1]),
    outputs: { deadOutputs: 0, clipped: 0, negativeSums: 0, allZero: 0 },
    dataset: { name: 'd', fingerprint: '', train: 60_000, test: 10_000 },
    backend: '',
    machine: { platform: '', arch: '', cpu: '', cores: 2, node: '' },
  })
  const options = { report: reports[2]!, experiment: ofModels({ basic: linear }), quick: false }

  test('the verdict follows from the runs', () => {
    const verdict = (...accuracies: number[]): string =>
      compare(
        basic!,
        accuracies.map((accuracy, i) => record(accuracy, i)),
        options,
      ).verdict.text
    expect(verdict(0.9)).toBe('within the noise of the test images (1 seed)')
    expect(verdict(0.86, 0.861)).toBe('worse (2 seeds)')
    expect(verdict(0.86, 0.94)).toBe('not settled: the seeds lie too far apart (2 seeds)')
    expect(verdict()).toBe('not run')
    expect(compare(basic!, [record(0.5, 1)], { ...options, quick: true }).verdict.text).toBe(
      'not comparable (quick)',
    )
    expect(compare(basic!, [{ key: '', build, seed: 4, failed: 'no number.' }], options)).toMatchObject({
      verdict: { kind: 'failed' },
      why: ['Seed 4 failed: no number.', expect.stringContaining('Assumed')],
    })
    expect(compare({ ...basic!, reported: null }, [record(0.5, 1)], options).verdict.text).toBe(
      'nothing printed',
    )
  })

  test('why: each number with its noise, and what the report does not state, for every verdict', () => {
    expect(compare(basic!, [record(0.9, 1)], options).why).toEqual([
      'Test accuracy: printed 0.903, here 0.9000 (1 seed), −0.0030. Images and rounding explain up to ±0.0084 (95 %): within noise.',
      'Assumed, as the report does not state them: learning rate (0.001), batch size (32), number of runs, seeds.',
    ])
    const worse = compare(basic!, [record(0.8, 1), record(0.81, 2)], options).why
    expect(worse[0]).toContain('(2 seeds), −0.0980. Seeds, images and rounding explain up to ±')
  })

  test('every value of all 22 models is marked; fitted values are named with the verdict', async () => {
    for (const report of reports) {
      for (const name of report.experiments.slice(0, 1)) {
        const { default: spec } = await import(`../../experiments/${name}.ts`)
        for (const item of itemsOf(report, [spec]).filter(({ reported }) => reported)) {
          const settings = settingsOf(item, spec, { seeds: [1, 2, 3], quick: false })
          const names = settings.map(setting => setting.name)
          expect(names, item.id).toEqual(
            expect.arrayContaining([
              'optimizer',
              'learning rate',
              'loss',
              'epochs',
              'batch size',
              'initial weights',
              'pixel range',
            ]),
          )
          const layers: readonly { kind: string; kernelRegularizer?: unknown }[] = spec.models[
            item.model
          ].nodes.map((node: { layer: object }) => node.layer)
          expect(names.includes('dropout rate'), item.id).toBe(layers.some(({ kind }) => kind === 'dropout'))
          expect(names.includes('L2'), item.id).toBe(layers.some(layer => layer.kernelRegularizer))
          for (const { origin, why } of settings) if (origin !== 'stated') expect(why).not.toBe('')
        }
      }
    }
    const conv = (await import('../../experiments/conv1d-eight.ts')).default
    const [model1] = itemsOf(reports[0]!, [conv])
    const runs = [1, 2, 3].map(seed => ({ ...record(0.797, seed, 0.569), model: 'model-1' }))
    const compared = compare(model1!, runs, { report: reports[0]!, experiment: conv, quick: false })
    expect(compared.verdict.text).toBe('within noise (3 seeds); values fitted')
    expect(compared.why).toContain(
      'Fitted, chosen because they come nearest to the printed numbers, so that agreement does not confirm them: optimizer (adadelta), learning rate (0.001).',
    )
  })

  test('why: the floor of a double softmax, from the loss that the run had', () => {
    const loss = categoricalCrossentropy({ fromLogits: true, semantics: 'literal' })
    const double = { ...options, experiment: ofModels({ basic: linear }, { loss }) }
    expect(compare(basic!, [record(0.9, 1, 0.57)], double).why).toContain(
      'The loss is a softmax of a softmax and cannot fall below ln(1 + 2/e) = 0.551445: ours is 0.0186 above it.',
    )
    expect(compare(basic!, [record(0.9, 1, 0.57)], options).why.join()).not.toContain('softmax')
  })

  test('why: dead outputs and clipped labels of a relu head', () => {
    const relu = ofModels({ 'model-5': sequential([flatten(), dense({ units: 10, activation: 'relu' })]) })
    const item = itemsOf(reports[1]!, []).at(-1)!
    const sick = {
      ...record(0.1, 1, 7.5),
      confusion: Array.from({ length: 10 }, () => Array<number>(10).fill(1)),
      outputs: { deadOutputs: 4, clipped: 0.4, negativeSums: 0, allZero: 0 },
    }
    expect(compare(item, [sick], { report: reports[1]!, experiment: relu, quick: false }).why).toEqual(
      expect.arrayContaining([
        '4 of 10 outputs are 0 for every test image: such a loss tends to 7.52 (ours 7.50).',
        "40.0 % of the test images have their label's probability at the clip, 16.118 each: 6.45 of the loss 7.50.",
        "The report's loss 7.49 is that of 4 dead outputs: 7.52.",
      ]),
    )
  })

  test('points', () => expect([points(0.0125), points(-0.003)]).toEqual(['+1.25', '−0.30']))
})

describe('findings come from numbers', () => {
  const threeClasses = (supports: readonly [number, number, number]) => {
    const labels = Int32Array.from(supports.flatMap((count, label) => Array<number>(count).fill(label)))
    const examples = { images: new Uint8Array(labels.length), labels }
    return createDataset({
      name: 'three',
      classNames: ['Top', 'Bottom', 'Accessories'],
      imageShape: [1, 1, 1],
      train: examples,
      test: examples,
    })
  }
  const report = reports[3]!
  const model1 = buildModel(sequential([flatten(), dense({ units: 128 }), dense({ units: 10 })]), [28, 28, 1])
  const models = new Map([['model-1', model1]])

  test('003: its class names are swapped', () => {
    const found = findingsOf({ report, models, data: threeClasses([5000, 4000, 1000]), comparisons: [] })
    const swapped = found.find(({ claim }) => claim.startsWith('The classification reports give'))!
    expect(swapped.kind).toBe('contradicted')
    expect(swapped.found).toContain(
      'what is printed as Bottom is Accessories, and what is printed as Accessories is Bottom',
    )
    const right = findingsOf({ report, models, data: threeClasses([5000, 1000, 4000]), comparisons: [] })
    expect(right.find(({ claim }) => claim.startsWith('The classification reports give'))!.kind).toBe(
      'confirmed',
    )
  })

  test('003: its two accuracy tables, its floor, its outlier and its spare outputs', () => {
    const found = findingsOf({ report, models, data: threeClasses([5000, 4000, 1000]), comparisons: [] })
    const tables = found.find(({ claim }) => claim.startsWith('A table of overall accuracies'))!
    expect(tables.table!.rows.map(row => [row.implied, row.errors])).toEqual([
      [0.9852, 148],
      [0.9907, 93],
      [0.986, 140],
      [0.9925, 75],
      [0.9841, 159],
      [0.975, 250],
    ])
    const floor = found.find(({ kind }) => kind === 'explained')!
    expect(floor.found).toContain('0.551445')
    expect(floor.table!.rows[0]!.rest).toBeCloseTo(-0.00001, 5)
    const outliers = found.find(({ claim }) => claim.includes('outliers'))!
    expect(outliers.kind).toBe('confirmed')
    expect(outliers.found).toContain('Its 302 errors bear the loss, 389 each.')
    expect(found.find(({ claim }) => claim.includes('basic model of the notebook'))!.found).toContain(
      'has 10 outputs',
    )
    expect(found.find(({ claim }) => claim === '003/1 has 101,770 parameters.')!.kind).toBe('confirmed')
  })

  test('000: all 16 differences recompute, the text contradicts the tables', () => {
    const found = findingsOf({
      report: reports[0]!,
      models: new Map(),
      data: threeClasses([1, 1, 1]),
      comparisons: [],
    })
    expect(found.map(({ kind }) => kind)).toEqual([
      'confirmed',
      'contradicted',
      'contradicted',
      'contradicted',
      'contradicted',
      'confirmed',
    ])
  })
})

test('the index sums up: how many agree, and how many of those with fitted values', () => {
  expect(
    sumUp([
      { kind: 'within', isFitted: true },
      { kind: 'within', isFitted: false },
      { kind: 'different', isFitted: true },
      { kind: 'nothing printed', isFitted: false },
    ]),
  ).toBe(
    'The reports print 4 models: 2 within noise; 1 not the same training or test; 1 without a printed test result. 2 of the 3 that are judged rest on values fitted to the printed numbers.',
  )
})

test('an exhibit writes what it shows', () => {
  const exhibit = new Exhibit(folder)
  exhibit.section('A < B')
  exhibit.picture('p', 'A picture', '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="2"></svg>')
  exhibit.table('t', 'A table', { columns: [{ key: 'a', title: 'A' }], rows: [{ a: 1 }] })
  exhibit.text('x', 'A text', 'one\ntwo')
  const html = exhibit.toHtml()
  expect(readdirSync(folder).sort()).toEqual(['p.png', 'p.svg', 't.csv', 't.json', 't.txt', 'x.txt'])
  expect(html).toContain('<h2>A &lt; B</h2>')
  for (const file of readdirSync(folder)) expect(html).toContain(`"${file}"`)
})
