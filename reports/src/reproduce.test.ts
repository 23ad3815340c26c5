import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  buildModel,
  categoricalCrossentropy,
  chooseBackend,
  createDataset,
  dense,
  type ExperimentSpec,
  experiment,
  fashionMnistMini,
  flatten,
  loadDataset,
  type ModelSpec,
  runExperiment,
  sequential,
  type TrainOptions,
} from 'heddle'
import { accuracyOf } from 'heddle/analysis'
import { openRecording, pickModels, Terminal } from 'heddle/cli'
import { joined } from 'heddle/show'
import { type Environment, openStore, type Run, type RunStore } from 'heddle/store'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compare, points } from './comparison.ts'
import { Exhibit } from './exhibit.ts'
import { findingsOf } from './findings/index.ts'
import { claimFolder } from './folder.ts'
import { type Item, itemsOf, pickItems, selectReports } from './item.ts'
import { settingsOf } from './origins.ts'
import { sumUp } from './pages.ts'
import { QUICK, quickDataset, quickReport } from './quick.ts'
import { type Report, reports } from './reported.ts'
import { keep, type RunRecord, recordOf, type Training } from './runs.ts'
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

/** Report 004, its experiment a small one. */
const small: Report = { ...reports[4]!, experiments: [two] }

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
    const items = itemsOf(small)
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
    expect(() => pickItems(itemsOf(small), wanted!)).toThrow(
      'Report 004 has no model "004/2". Did you mean "004/1"? Models: 004/1, 004/dropout.',
    )
  })

  test("every model that a report prints is in the report's first experiment", () => {
    for (const report of reports)
      for (const { id, model, params } of report.models) {
        expect(Object.keys(report.experiments[0].models), id).toContain(model)
        const built = itemsOf(report).find(item => item.id === id)!.built
        if (params !== undefined) expect(Math.abs(built.parameterCount - params), id).toBeLessThan(1000)
      }
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

  test('with a damaged mark is not written into', () => {
    claimFolder(folder, true)
    writeFileSync(join(folder, 'heddle-reproduction.json'), '{ "quick": tr')
    expect(() => claimFolder(folder, true)).toThrow(
      'heddle-reproduction.json is damaged. Choose another folder with --out, or remove this one.',
    )
  })
})

test('each model is trained with three seeds, those whose heads die by the draw with ten', () => {
  const runs = Object.fromEntries(
    [...reports.slice(0, 4), small].flatMap(itemsOf).map(item => [item.id, item.runs]),
  )
  expect([runs['000/1'], runs['001/1'], runs['004/dropout']]).toEqual([3, 3, 3])
  expect([2, 3, 4, 5].map(i => runs[`001/${i}`])).toEqual([10, 10, 10, 10])
})

describe('a training', async () => {
  const data = await loadDataset(fashionMnistMini())
  const backend = chooseBackend('auto')
  const silent = { write: () => {} }
  const terminal = new Terminal({ stdout: silent, stderr: silent, env: {}, color: false })
  const training = (spec: ExperimentSpec, model: string, rest: Partial<Training> = {}): Training => {
    const { built } = itemsOf(small)[0]!
    const item = {
      id: model,
      experiment: spec,
      model,
      built,
      reported: null,
      origins: small.settings,
      runs: 1,
    }
    return { item, seed: 1, data, evaluateTraining: false, ...rest }
  }
  let store: RunStore
  beforeEach(async () => {
    process.env.HEDDLE_STORE = join(folder, 'store')
    store = await openStore(process.env.HEDDLE_STORE)
  })
  afterEach(async () => {
    await store.close()
    delete process.env.HEDDLE_STORE
  })

  /** Returns the id of the run. */
  async function record({ item, seed, data: own }: Training): Promise<string> {
    const experiment = pickModels(item.experiment, [item.model])
    const recording = await openRecording(
      {
        experiment,
        backend,
        source: { baseDir: folder, dataDir: null },
        origins: {},
        signal: new AbortController().signal,
      },
      terminal,
    )
    const { follow } = recording
    await runExperiment(experiment, own, { seeds: [seed], backend, follow }).catch(() => {})
    await recording.close()
    return recording.lastId()!
  }

  test('is done where the store has a finished run of its experiment, model, options, data and seed', async () => {
    const spec = ofModels({ linear, other: linear }, { epochs: 1 })
    const one = training(spec, 'linear')
    expect(await recordOf(store, one, backend)).toBeNull()
    const id = await record(one)
    const found = await recordOf(store, one, backend)
    expect(found).toMatchObject({ stored: { id }, run: { seed: 1 } })
    // What another model of the experiment is trained with changes nothing.
    const overridden = { ...spec, overrides: { other: { epochs: 9 } } }
    expect(await recordOf(store, training(overridden, 'linear'), backend)).toEqual(found)
    for (const another of [
      training(spec, 'other'),
      training(spec, 'linear', { seed: 2 }),
      training({ ...spec, overrides: { linear: { epochs: 9 } } }, 'linear'),
      training({ ...spec, name: 'renamed' }, 'linear'),
      training(quickReport({ ...small, experiments: [spec] }).experiments[0], 'linear'),
      training(spec, 'linear', { data: { ...data, fingerprint: 'other' } }),
    ])
      expect(await recordOf(store, another, backend)).toBeNull()
    const newer = await record(one)
    expect(await recordOf(store, one, backend)).toMatchObject({ stored: { id: newer } })
  })

  test('that failed is done only where the reason is kept, and what is measured may be no number', async () => {
    const zeros = sequential([
      flatten(),
      dense({ units: 10, activation: 'relu', kernelInitializer: 'zeros' }),
    ])
    const one = training(ofModels({ zeros }, { epochs: 1 }), 'zeros')
    const id = await record(one)
    expect((await store.run(id)).status).toBe('failed')
    expect(await recordOf(store, one, backend)).toBeNull()
    await keep(store, id, { failed: 'no number' })
    expect(await recordOf(store, one, backend)).toMatchObject({ stored: { seed: 1 }, failed: 'no number' })
    await keep(store, id, { failed: 7 as never })
    expect(await recordOf(store, one, backend)).toBeNull()
    const finished = training(ofModels({ linear }, { epochs: 1 }), 'linear')
    const notFinite = { loss: Number.NaN, accuracy: 0.1 }
    await keep(store, await record(finished), {
      errorOfLoss: Number.NaN,
      train: notFinite,
      otherPixels: notFinite,
    })
    expect(await recordOf(store, finished, backend)).toMatchObject({
      errorOfLoss: Number.NaN,
      train: notFinite,
      otherPixels: notFinite,
    })
  })

  test('quick: the first images, few epochs for every model', () => {
    const quick = quickReport(small).experiments[0]
    expect([quick.train.epochs, quick.overrides.dropout!.epochs]).toEqual([QUICK.epochs, QUICK.epochs])
    const few = quickDataset(data)
    expect(few.test.labels).toEqual(data.test.labels)
    expect(few.fingerprint).toBe(data.fingerprint)
  })

  test('what the network is asked afterwards agrees with its test, and is kept', async () => {
    const spec = ofModels({ linear }, { epochs: 2, validationSplit: 0.2 })
    const one = training(spec, 'linear', { evaluateTraining: true })
    await record(one)
    const made = (await recordOf(store, one, backend)) as RunRecord
    expect(accuracyOf(made.confusion)).toBeCloseTo(made.run.test.accuracy, 12)
    expect(made.confusion.map(row => row.reduce((sum, count) => sum + count))).toEqual(Array(10).fill(50))
    expect(made.stored).toMatchObject({ params: 7850, stepsPerEpoch: 38 })
    expect(made.train!.accuracy).toBeGreaterThan(0.5)
    expect(made.outputs).toEqual({ deadOutputs: 0, clipped: 0, negativeSums: 0, allZero: 0 })
    expect(made.epochMs).toHaveLength(2)
    // The spread of a cross-entropy is about as large as its mean.
    expect(made.errorOfLoss * Math.sqrt(500)).toBeGreaterThan(made.run.test.loss / 3)
    expect(made.errorOfLoss * Math.sqrt(500)).toBeLessThan(made.run.test.loss * 3)
    expect(kerasLines(made)).toMatch(
      /^linear, seed 1\nEpoch 1\/2\n38\/38 \[={30}\] - \d+s \d+(us|ms|s)\/step - loss: \d\.\d{4} - accuracy: 0\.\d{4} - val_loss: \d\.\d{4} - val_accuracy: 0\.\d{4}\nEpoch 2\/2\n/,
    )
    expect(await recordOf(store, one, backend)).toEqual(made)
  })
})

describe('reported beside reproduced', () => {
  const of = (item: Item, spec: ExperimentSpec): Item => ({ ...item, experiment: spec })
  const basic = of(itemsOf(reports[2]!)[0]!, ofModels({ basic: linear }))
  const stored = (seed: number): Run => ({ seed, createdAt: 0, stepsPerEpoch: 1 }) as Run
  const environment = {} as Environment
  const record = (accuracy: number, seed: number, loss = 0.3): RunRecord => ({
    stored: stored(seed),
    environment,
    errorOfLoss: 0.005,
    run: {
      seed,
      seconds: 1,
      imagesPerSecond: 1,
      history: { loss: [1], accuracy: [0.5] },
      test: { loss, accuracy },
    },
    images: { train: 60_000, test: 10_000 },
    epochMs: [{ train: 1, all: 1 }],
    train: null,
    otherPixels: { loss: 2, accuracy: 0.1 },
    confusion: Array.from({ length: 3 }, () => [1, 1, 1]),
    outputs: { deadOutputs: 0, clipped: 0, negativeSums: 0, allZero: 0 },
  })
  const options = { report: reports[2]!, quick: false }

  test('the verdict follows from the runs', () => {
    const verdict = (...accuracies: number[]): string =>
      compare(
        basic,
        accuracies.map((accuracy, i) => record(accuracy, i)),
        options,
      ).verdict.text
    expect(verdict(0.9)).toBe('within the noise of the test images (1 seed)')
    expect(verdict(0.86, 0.861)).toBe('worse (2 seeds)')
    expect(verdict(0.86, 0.94)).toBe('not settled: the seeds lie too far apart (2 seeds)')
    expect(verdict()).toBe('not run')
    expect(compare(basic, [record(0.5, 1)], { ...options, quick: true }).verdict.text).toBe(
      'not comparable (quick)',
    )
    expect(compare(basic, [{ stored: stored(4), environment, failed: 'no number.' }], options)).toMatchObject(
      {
        verdict: { kind: 'failed' },
        why: ['Seed 4 failed: no number.', expect.stringContaining('Assumed')],
      },
    )
    expect(compare({ ...basic, reported: null }, [record(0.5, 1)], options).verdict.text).toBe(
      'nothing printed',
    )
  })

  test('why: each number with its noise, and what the report does not state, for every verdict', () => {
    expect(compare(basic, [record(0.9, 1)], options).why).toEqual([
      'Test accuracy: printed 0.903, here 0.9000 (1 seed), −0.0030. Images and rounding explain up to ±0.0084 (95 %): within noise.',
      'Assumed, as the report does not state them: learning rate (0.001), batch size (32), number of runs, seeds.',
    ])
    const worse = compare(basic, [record(0.8, 1), record(0.81, 2)], options).why
    expect(worse[0]).toContain('(2 seeds), −0.0980. Seeds, images and rounding explain up to ±')
  })

  test('every value of all 22 models is marked; fitted values are named with the verdict', () => {
    for (const report of reports) {
      for (const item of itemsOf(report).filter(({ reported }) => reported)) {
        const settings = settingsOf(item, { seeds: [1, 2, 3], quick: false })
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
        const layers: readonly { kind: string; kernelRegularizer?: unknown }[] = item.experiment.models[
          item.model
        ]!.nodes.map(({ layer }) => layer)
        expect(names.includes('dropout rate'), item.id).toBe(layers.some(({ kind }) => kind === 'dropout'))
        expect(names.includes('L2'), item.id).toBe(layers.some(layer => layer.kernelRegularizer))
        for (const { origin, why } of settings) {
          expect(['stated', 'assumed', 'fitted']).toContain(origin)
          if (origin !== 'stated') expect(why).toMatch(/.\.$/)
        }
      }
    }
    const [model1] = itemsOf(reports[0]!)
    const runs = [1, 2, 3].map(seed => ({ ...record(0.797, seed, 0.569), stored: stored(seed) }))
    const compared = compare(model1!, runs, { report: reports[0]!, quick: false })
    expect(compared.verdict.text).toBe('within noise (3 seeds); values fitted')
    expect(compared.why).toContain(
      'Fitted, chosen because they come nearest to the printed numbers, so that agreement does not confirm them: optimizer (adadelta), learning rate (0.001).',
    )
  })

  test('why: the floor of a double softmax, from the loss that the run had', () => {
    const loss = categoricalCrossentropy({ fromLogits: true, semantics: 'literal' })
    const double = of(basic, ofModels({ basic: linear }, { loss }))
    expect(compare(double, [record(0.9, 1, 0.57)], options).why).toContain(
      'The loss is a softmax of a softmax and cannot fall below ln(1 + 2/e) = 0.551445: ours is 0.0186 above it.',
    )
    expect(compare(basic, [record(0.9, 1, 0.57)], options).why.join()).not.toContain('softmax')
  })

  test('why: dead outputs and clipped labels of a relu head', () => {
    const relu = ofModels({ 'model-5': sequential([flatten(), dense({ units: 10, activation: 'relu' })]) })
    const item = of(itemsOf(reports[1]!).at(-1)!, relu)
    const sick = {
      ...record(0.1, 1, 7.5),
      confusion: Array.from({ length: 10 }, () => Array<number>(10).fill(1)),
      outputs: { deadOutputs: 4, clipped: 0.4, negativeSums: 0, allZero: 0 },
    }
    expect(compare(item, [sick], { report: reports[1]!, quick: false }).why).toEqual(
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
  exhibit.picture('p', 'A picture', { width: 4, height: 2, content: joined([]) })
  exhibit.table('t', 'A table', { columns: [{ key: 'a', title: 'A' }], rows: [{ a: 1 }] })
  exhibit.text('x', 'A text', 'one\ntwo')
  const html = String(exhibit.toHtml())
  expect(readdirSync(folder).sort()).toEqual(['p.png', 'p.svg', 't.csv', 't.json', 't.txt', 'x.txt'])
  expect(html).toContain('<h2>A &lt; B</h2>')
  for (const file of readdirSync(folder)) expect(html).toContain(`"${file}"`)
})
