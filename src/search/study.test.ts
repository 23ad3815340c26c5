import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { curve, type Playing, play, rulesWith, runIds } from '../../test/support/simulated-search.ts'
import { HeddleError } from '../base/errors.ts'
import type { StudyEvent } from '../protocol/study.ts'
import { uniform } from './distributions/index.ts'
import { asha } from './schedulers/asha.ts'
import { median, none, type SchedulerSpec } from './schedulers/index.ts'
import { oneByOne } from './search-time.ts'
import { Study } from './study.ts'
import { verdictOf } from './verdict.ts'

const schedulers = fc.constantFrom<SchedulerSpec>(none(), asha(), asha({ reductionFactor: 4 }), median())
/** Which of the running trials reports next, again and again. */
const orders = fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 })

const twoObjectives = [
  { name: 'valLoss', label: 'Val loss', better: 'lower', unit: 'number' },
  { name: 'params', label: 'Parameters', better: 'lower', unit: 'count' },
] as const

const pickBy = (order: readonly number[]) => {
  let at = 0
  return (running: number): number => order[at++ % order.length]! % running
}

describe('a log', () => {
  test('replays to the same state, and at every place of it to the same decisions', () => {
    fc.assert(
      fc.property(schedulers, fc.integer({ min: 1, max: 6 }), orders, (scheduler, workers, order) => {
        const rules = rulesWith({ scheduler, start: { x: 0.9 } })
        const study = new Study(rules)
        const { log, decisions } = play(study, { workers, pick: pickBy(order) })
        const again = new Study(rules)
        const decided = new Map(decisions.map(({ at, free }) => [at, free]))
        log.forEach((event, at) => {
          const free = decided.get(at)
          if (free !== undefined) {
            const events = again.decide({ free, newRunId: runIds(again) })
            expect(events).toEqual(log.slice(at, at + events.length))
          }
          again.apply(event)
        })
        expect(again.trials).toEqual(study.trials)
        expect(again.spent).toEqual(study.spent)
        expect(again.reported).toEqual(study.reported)
        expect(again.ended).toEqual(study.ended)
      }),
      { numRuns: 40 },
    )
  })

  test('with a sampler that learns nothing, any order of any number of workers trains the same trials', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), orders, (workers, order) => {
        const [one, other] = [new Study(rulesWith()), new Study(rulesWith())]
        play(one)
        play(other, { workers, pick: pickBy(order) })
        const summary = (study: Study) =>
          study.trials.map(({ parameters, origin, seed, of, reports }) => ({
            parameters,
            origin,
            seed,
            of,
            reports,
          }))
        expect(summary(other)).toEqual(summary(one))
      }),
      { numRuns: 30 },
    )
  })

  test('no trial is stuck, and none is trained past its end', () => {
    fc.assert(
      fc.property(schedulers, fc.integer({ min: 1, max: 6 }), orders, (scheduler, workers, order) => {
        const study = new Study(rulesWith({ scheduler }))
        play(study, { workers, pick: pickBy(order) })
        expect(study.trials.every(({ target }) => target === null)).toBe(true)
        expect(study.trials.every(({ epochs, maxEpochs }) => epochs <= maxEpochs)).toBe(true)
        const repeats = study.trials.filter(({ origin }) => origin === 'repeat')
        expect(repeats.every(({ epochs, maxEpochs }) => epochs === maxEpochs)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })
})

describe('repeats', () => {
  test('the best three and the starting point, seed by seed, with seeds that the search has not seen', () => {
    const study = new Study(rulesWith({ trials: 10, start: { x: 0.9 } }))
    play(study)
    const best = study.trials
      .filter(({ origin }) => origin === 'sampler')
      .sort((a, b) => a.reports[0]!.loss - b.reports[0]!.loss)
      .slice(0, 3)
    const repeated = [...best.map(({ trial }) => trial), 0]
    const repeats = study.trials.slice(10)
    expect(repeats.map(({ seed, of }) => [seed, of])).toEqual(
      [6, 7].flatMap(seed => repeated.map(of => [seed, of])),
    )
    expect(repeats.every(({ parameters, of }) => parameters === study.trials[of!]!.parameters)).toBe(true)
    expect(study.ended).toEqual({ type: 'end', reason: 'budget', text: 'All 10 trials have been trained.' })
  })

  test('a starting point that is among the best is repeated once', () => {
    const study = new Study(rulesWith({ trials: 10, start: { x: 0.37 }, repeats: { top: 2, seeds: 1 } }))
    play(study)
    expect(study.trials.slice(10).map(({ of }) => of)).toContain(0)
    expect(study.trials.length).toBe(12)
  })

  test('none are wanted', () => {
    const study = new Study(rulesWith({ trials: 4, start: { x: 0.3 }, repeats: { top: 0, seeds: 5 } }))
    play(study)
    expect(study.trials.length).toBe(4)
  })

  test('a search that goes on with a larger budget repeats what is missing', () => {
    const study = new Study(rulesWith({ trials: 6, repeats: { top: 1, seeds: 2 } }))
    const { log } = play(study)
    const longer = new Study(rulesWith({ trials: 30, repeats: { top: 1, seeds: 2 } }))
    for (const event of [...log, { type: 'resume' } as const]) longer.apply(event)
    play(longer)
    const searched = longer.trials.filter(({ origin }) => origin !== 'repeat')
    expect(searched.length).toBe(30)
    const [best] = searched.toSorted((a, b) => a.reports[0]!.loss - b.reports[0]!.loss)
    const again = longer.trials.filter(({ of }) => of === best!.trial)
    expect(again.map(({ seed }) => seed)).toEqual([6, 7])
    expect(longer.ended!.text).toBe('All 30 trials have been trained.')
  })

  test('of a Pareto front, those that stand for all of it', () => {
    const study = new Study(
      rulesWith({ trials: 40, objectives: twoObjectives, repeats: { top: 3, seeds: 1 } }),
    )
    play(study, { train: ({ x }) => ({ values: [x as number, 1 - (x as number)] }) })
    const repeated = study.trials.slice(40).map(({ parameters }) => parameters.x as number)
    // All trials are on the front: one in the middle, and one towards either end.
    expect(repeated).toHaveLength(3)
    expect(Math.abs(repeated[0]! - 0.5)).toBeLessThan(0.15)
    expect(Math.min(...repeated)).toBe(
      Math.min(...study.trials.map(({ parameters }) => parameters.x as number)),
    )
    expect(Math.max(...repeated)).toBeGreaterThan(0.65)
  })

  test('of a Pareto front always the best in the first objective, which is the winner', () => {
    const one = { trials: 40, objectives: twoObjectives, start: { x: 0.5 }, repeats: { top: 1, seeds: 2 } }
    const study = new Study(rulesWith(one))
    play(study, { train: ({ x }) => ({ values: [x as number, 1 - (x as number)] }) })
    const least = study.trials.reduce((a, b) =>
      (b.parameters.x as number) < (a.parameters.x as number) ? b : a,
    )
    expect(study.trials.slice(40).map(({ of }) => of)).toEqual([least.trial, 0, least.trial, 0])
    expect(verdictOf(study.rules, study.trials)).toMatchObject({ winner: least.trial })
  })
})

describe('budgets', () => {
  test('time is that of all trainings together, and a half of it is the most that is kept for repeats', () => {
    const study = new Study(rulesWith({ trials: null, seconds: 27 * 20, repeats: { top: 2, seeds: 2 } }))
    play(study, { workers: 2 })
    const repeats = study.trials.filter(({ origin }) => origin === 'repeat').length
    expect(repeats).toBe(4)
    // A training less than would have fitted: repeats may take longer.
    expect(study.trials.length).toBe(19)
    expect(study.spent).toEqual({ seconds: 513, epochs: 513 })
    expect(study.ended!.text).toBe('The time is spent: 9 minutes.')
  })

  test('workers side by side train for longer in the same time', () => {
    const spentWith = (workers: number): number => {
      const clock = { ...oneByOne, workers }
      const study = new Study(
        rulesWith({ trials: null, seconds: 27 * 20, clock, repeats: { top: 0, seeds: 1 } }),
      )
      play(study, { workers })
      expect(study.ended!.text).toBe('The time is spent: 9 minutes.')
      return study.spent.seconds
    }
    expect(spentWith(1)).toBe(27 * 20)
    expect(spentWith(3)).toBe(3 * 27 * 20)
  })

  test('repeats that take a fifth longer than the trials still fit', () => {
    const study = new Study(rulesWith({ trials: null, seconds: 1000, repeats: { top: 2, seeds: 3 } }))
    play(study, { secondsPerEpoch: seed => (seed === 5 ? 1 : 1.2) })
    expect(study.trials.filter(({ origin }) => origin === 'repeat').length).toBe(6)
    expect(study.spent.seconds).toBeLessThanOrEqual(1000)
    expect(study.ended!.text).toBe('The time is spent: 16.7 minutes.')
  })

  test('what there is no time for is said', () => {
    const study = new Study(rulesWith({ trials: null, seconds: 27 * 5, repeats: { top: 2, seeds: 3 } }))
    play(study)
    expect(study.spent.seconds).toBeLessThanOrEqual(27 * 5)
    expect(study.ended!.text).toBe(
      'The time is spent: 2.3 minutes. There was no time for 2 further seeds of the best.',
    )
  })

  test('a restart does not begin them anew', () => {
    const rules = rulesWith({ trials: 8 })
    const study = new Study(rules)
    const { log } = play(study)
    const half = new Study(rules)
    for (const event of log.slice(0, 9)) half.apply(event)
    half.apply({ type: 'end', reason: 'interrupted', text: 'Ctrl-C' })
    expect(half.decide({ free: 1, newRunId: runIds(half) })).toEqual([])
    half.apply({ type: 'resume' })
    play(half)
    expect(half.trials).toEqual(study.trials)
  })

  test('every point of a space that has few', () => {
    const study = new Study(rulesWith({ suggest: ({ trial }) => (trial < 4 ? { x: trial / 4 } : null) }))
    play(study)
    expect(study.trials.filter(({ origin }) => origin === 'sampler').length).toBe(4)
    expect(study.ended).toMatchObject({
      reason: 'exhausted',
      text: 'Every point of the space has been tried.',
    })
  })
})

describe('trials that fail', () => {
  test('the first five: the search ends with the reason', () => {
    const study = new Study(rulesWith())
    play(study, { train: () => ({ values: 'The loss is NaN.' }) })
    expect(study.trials.length).toBe(5)
    expect(study.ended!.reason).toBe('failures')
    expect(study.ended!.text).toContain('The loss is NaN.')
  })

  test('a narrower space that leaves them out goes on', () => {
    const train: Playing['train'] = (parameters, epochs, seed) =>
      (parameters.x as number) > 0.01 ? { values: 'no' } : curve(parameters, epochs, seed)
    const study = new Study(rulesWith())
    const { log } = play(study, { train })
    const narrower = new Study(
      rulesWith({
        trials: 8,
        space: { x: uniform(0, 0.01) },
        suggest: ({ trial }) => ({ x: trial / 1000 }),
        repeats: { top: 0, seeds: 1 },
      }),
    )
    for (const event of [...log, { type: 'resume' } as const]) narrower.apply(event)
    play(narrower, { train })
    expect(narrower.trials.map(({ reason }) => reason)).toEqual([...Array(5).fill('no'), null, null, null])
  })

  test('with workers that are still busy, one of which succeeds: it goes on', () => {
    const study = new Study(rulesWith({ trials: 12, repeats: { top: 0, seeds: 1 } }))
    play(study, {
      workers: 6,
      // The first trial reports last of the first six.
      pick: running => running - 1,
      train: (parameters, epochs, seed) =>
        parameters.x === study.trials[0]!.parameters.x ? curve(parameters, epochs, seed) : { values: 'no' },
    })
    expect(study.ended).toMatchObject({ reason: 'budget', text: 'All 12 trials have been trained.' })
  })

  test('a model that cannot be built fails without a slice', () => {
    const study = new Study(
      rulesWith({
        trials: 3,
        epochsOf({ x }) {
          if ((x as number) > 0.5) throw new HeddleError('x is too large.')
          return 9
        },
        suggest: ({ trial }) => ({ x: [0.2, 0.8, 0.3][trial]! }),
        repeats: { top: 0, seeds: 1 },
      }),
    )
    const { log } = play(study)
    expect(study.trials.map(({ reason }) => reason)).toEqual([null, 'x is too large.', null])
    expect(log.some(event => event.type === 'train' && event.trial === 1)).toBe(false)
  })

  test('their time counts, and they are not repeated', () => {
    const study = new Study(rulesWith({ trials: 4, repeats: { top: 4, seeds: 1 } }))
    let first = true
    play(study, {
      train(...training) {
        if (!first) return curve(...training)
        first = false
        return { values: 'no' }
      },
    })
    expect(
      study.trials
        .filter(({ origin }) => origin === 'repeat')
        .map(({ of }) => of)
        .sort(),
    ).toEqual([1, 2, 3])
    expect(study.spent.seconds).toBe(1 + 6 * 27)
  })
})

describe('events that cannot follow', () => {
  const ask = (trial: number, run = `run ${trial}`): StudyEvent => ({
    ...{ type: 'ask', trial, parameters: { x: 0.5 }, origin: 'sampler', seed: 5, run, epochs: 9 },
  })
  const report = (trial: number, epochs: number): StudyEvent => ({
    ...{ type: 'report', trial, epochs, values: [1], isDone: false, seconds: 1 },
  })
  const train = (trial: number, epochs: number): StudyEvent => ({ type: 'train', trial, epochs })
  const end: StudyEvent = { type: 'end', reason: 'budget', text: '' }

  test.each<[string, StudyEvent[], string]>([
    ['a number that is not the next', [ask(1)], 'the next trial is 0, not 1'],
    ['a run twice', [ask(0), ask(1, 'run 0')], 'another trial has the run run 0'],
    ['a repeat of nothing', [{ ...ask(0), origin: 'repeat' } as StudyEvent], 'a repeat names its trial'],
    ['training what is not there', [train(3, 1)], 'there is no trial 3'],
    ['training what is being trained', [ask(0), train(0, 3), train(0, 9)], 'trial 0 is being trained'],
    ['past its end', [ask(0), train(0, 10)], 'trial 0 has 0 of 9 epochs'],
    ['a report of a trial at rest', [ask(0), report(0, 3)], 'trial 0 is not being trained'],
    [
      'short of the target',
      [ask(0), train(0, 3), report(0, 2)],
      'trial 0 is being trained from 0 to 3 epochs',
    ],
    ['beyond the target', [ask(0), train(0, 3), report(0, 4)], 'trial 0 is being trained from 0 to 3 epochs'],
    [
      'after its last epoch',
      [ask(0), train(0, 9), report(0, 9), train(0, 10)],
      'trial 0 has come to its end',
    ],
    [
      'objectives of another search',
      [ask(0), train(0, 3), { ...report(0, 3), values: [1, 2] } as StudyEvent],
      'the search has 1 objectives',
    ],
    [
      'a value that is no number',
      [ask(0), train(0, 3), { ...report(0, 3), values: [Number.NaN] } as StudyEvent],
      'its values must be finite',
    ],
    ['a second end', [end, end], 'the search has ended before'],
    ['a trial after the end', [end, ask(0)], 'the search has ended'],
    ['going on before the end', [{ type: 'resume' }], 'the search has not ended'],
    [
      'a test of what is not there',
      [{ type: 'final', results: [{ trial: 0, runs: [] }], sentence: '' }],
      'there is no trial 0',
    ],
  ])('%s', (_, events, message) => {
    const study = new Study(rulesWith())
    const apply = (): void => {
      for (const event of events) study.apply(event)
    }
    expect(apply).toThrow(new RegExp(`^Event .* cannot follow the events before it: .*${message}`))
  })
})

test('a search that has ended has nothing more to do, unless its budget grows', () => {
  const rules = {
    scheduler: asha(),
    start: { x: 0.9 },
    seconds: 1500,
    trials: null,
    repeats: { top: 2, seeds: 3 },
  }
  const study = new Study(rulesWith(rules))
  // What was kept for repeats is more than they take, as all of them stop early.
  play(study, { train: (...training) => ({ ...curve(...training), stopsAt: 20 }) })
  const next = (seconds: number) =>
    new Study(rulesWith({ ...rules, seconds }), study.trials).decide({ free: 1, newRunId: runIds(study) })
  expect(next(1500)).toMatchObject([{ type: 'end' }])
  expect(next(3000)).toMatchObject([{ type: 'ask', origin: 'sampler' }, { type: 'train' }])
})

test('whatever events come, they are applied or refused, and what is spent is the sum over trials', () => {
  const number = fc.integer({ min: 0, max: 3 })
  const event = fc.oneof(
    fc.record({
      type: fc.constant('ask' as const),
      trial: number,
      parameters: fc.constant({ x: 0.5 }),
      origin: fc.constantFrom('sampler' as const, 'repeat' as const),
      seed: number,
      run: fc.constantFrom('a', 'b', 'c', 'd'),
      epochs: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({ type: fc.constant('train' as const), trial: number, epochs: fc.integer({ min: 1, max: 9 }) }),
    fc.record({
      type: fc.constant('report' as const),
      trial: number,
      epochs: fc.integer({ min: 0, max: 9 }),
      values: fc.constant([1]),
      isDone: fc.boolean(),
      seconds: number,
    }),
    fc.record({ type: fc.constant('fail' as const), trial: number, reason: fc.constant('no') }),
    fc.constantFrom<StudyEvent>({ type: 'end', reason: 'budget', text: '' }, { type: 'resume' }),
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), events => {
      const study = new Study(rulesWith())
      let applied = 0
      for (const one of events) {
        const before = structuredClone(study.trials)
        try {
          study.apply(one)
          applied++
        } catch (error) {
          expect(error).toBeInstanceOf(HeddleError)
          expect(study.trials).toEqual(before)
        }
      }
      expect(study.events).toBe(applied)
      const sum = (key: 'seconds' | 'epochs') => study.trials.reduce((total, trial) => total + trial[key], 0)
      expect(study.spent).toEqual({ seconds: sum('seconds'), epochs: sum('epochs') })
      expect(study.trials.every(({ epochs, maxEpochs }) => epochs <= maxEpochs)).toBe(true)
    }),
  )
})
