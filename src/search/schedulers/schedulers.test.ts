import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { curve, play, rulesWith } from '../../../test/support/simulated-search.ts'
import { UsageError } from '../../base/errors.ts'
import { Study } from '../study.ts'
import { asha, definitionOf, median, type SchedulerSpec, schedulers } from './index.ts'
import { epochsAt } from './rungs.ts'
import type { TrialProgress } from './scheduler.ts'

const schedulingOf = (spec: SchedulerSpec) => definitionOf(spec).scheduling(spec)

/** A trial at rest with the losses of its rungs. */
function resting(trial: number, losses: readonly number[], more: Partial<TrialProgress> = {}): TrialProgress {
  const reports = losses.map((loss, rung) => ({ epochs: 3 ** rung, loss }))
  return { trial, maxEpochs: 27, target: null, reports, isDone: false, ...more }
}

/** What 60 trials are trained, as a share of training every one to its end. */
function spentBy(scheduler: SchedulerSpec, maxEpochs: number, { workers = 1, order = [0] } = {}) {
  const study = new Study(
    rulesWith({ scheduler, trials: 60, epochsOf: () => maxEpochs, repeats: { top: 0, seeds: 1 } }),
  )
  let at = 0
  const { log } = play(study, { workers, pick: running => order[at++ % order.length]! % running })
  return { study, log, share: study.spent.epochs / (60 * maxEpochs) }
}

describe('asha', () => {
  test.each([
    [1, 0, 27, 1],
    [1, 1, 27, 3],
    [1, 3, 27, 27],
    // 9 is so near to 10 that a stop there is not worth it.
    [1, 2, 10, 10],
    [1, 2, 20, 9],
    [4, 0, 3, 3],
    [2, 0, 50, 2],
  ])('from %i epochs, rung %i of a trial with %i: %i epochs', (minEpochs, rung, maxEpochs, expected) => {
    expect(epochsAt({ reductionFactor: 3, minEpochs }, rung, maxEpochs)).toBe(expected)
  })

  test('the best third of a rung goes on, the highest rung first', () => {
    const { next } = schedulingOf(asha())
    const low = [resting(0, [0.5]), resting(1, [0.3]), resting(2, [0.4])]
    expect(next(low)).toEqual({ trial: 1, epochs: 3 })
    expect(next(low.slice(0, 2))).toBeNull()
    const high = [resting(3, [0.2, 0.1]), resting(4, [0.2, 0.15]), resting(5, [0.2, 0.05])]
    expect(next([...low, ...high])).toEqual({ trial: 5, epochs: 9 })
  })

  test('what is being trained, or done, keeps its place among the best', () => {
    const { next } = schedulingOf(asha())
    const others = [resting(1, [0.4]), resting(2, [0.5])]
    expect(next([resting(0, [0.3], { target: 3 }), ...others])).toBeNull()
    expect(next([resting(0, [0.3], { isDone: true }), ...others])).toBeNull()
  })

  test('a trial that was passed over goes on when later ones are worse', () => {
    const { next } = schedulingOf(asha())
    const trials = [resting(0, [0.3, 0.2]), resting(1, [0.4]), resting(2, [0.5])]
    expect(next(trials)).toBeNull()
    expect(next([...trials, ...[3, 4, 5].map(trial => resting(trial, [0.9]))])).toEqual({
      trial: 1,
      epochs: 3,
    })
  })

  test.each([
    [3, 10],
    [3, 20],
    [3, 50],
    [4, 12],
    [4, 30],
  ])(
    'reduction %i, %i epochs: 60 trials spend at most a third of full training',
    (reductionFactor, maxEpochs) => {
      expect(spentBy(asha({ reductionFactor }), maxEpochs).share).toBeLessThan(1 / 3)
    },
  )

  test('so they do with any number of workers that finish in any order; every promotion goes on from its own epochs', () => {
    const orders = fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), orders, (workers, order) => {
        const { study, log, share } = spentBy(asha(), 20, { workers, order })
        expect(share).toBeLessThan(1 / 3)
        const reached = new Map<number, number>()
        for (const event of log) {
          if (event.type === 'train') expect(event.epochs).toBeGreaterThan(reached.get(event.trial) ?? 0)
          if (event.type === 'report') reached.set(event.trial, event.epochs)
        }
        // No trial is stuck: those that may go on have gone on.
        expect(study.rules.scheduling.next(study.trials)).toBeNull()
        expect(study.trials.filter(({ epochs }) => epochs === 20).length).toBeGreaterThanOrEqual(1)
      }),
      { numRuns: 25 },
    )
  })

  test('it finds nearly what full training finds', () => {
    const bestOf = (scheduler: SchedulerSpec) =>
      Math.min(
        ...spentBy(scheduler, 27).study.trials.map(
          ({ parameters }) => curve(parameters, 27, 0).values[0] as number,
        ),
      )
    const { study } = spentBy(asha(), 27)
    const found = study.trials
      .filter(({ epochs }) => epochs === 27)
      .map(({ reports }) => reports.at(-1)!.loss)
    expect(Math.min(...found) - bestOf(schedulers.parse({ kind: 'none' }, 'scheduler'))).toBeLessThan(0.005)
  })

  test('trials that stop early on the way are done, and others go on', () => {
    const study = new Study(rulesWith({ scheduler: asha(), trials: 30, repeats: { top: 0, seeds: 1 } }))
    play(study, { train: (parameters, epochs, seed) => ({ ...curve(parameters, epochs, seed), stopsAt: 5 }) })
    expect(Math.max(...study.trials.map(({ epochs }) => epochs))).toBe(5)
    expect(study.ended!.text).toBe('All 30 trials have been trained.')
  })
})

describe('median', () => {
  const { first, next } = schedulingOf(median({ startTrials: 3, warmupEpochs: 2 }))
  const at = (trial: number, ...losses: number[]): TrialProgress => ({
    ...resting(trial, []),
    reports: losses.map((loss, i) => ({ epochs: 2 + i, loss })),
  })

  test('every trial is trained for the first epochs', () => {
    expect([first(27), first(1)]).toEqual([2, 1])
  })

  test('fewer than the first three are not judged', () => {
    expect(next([at(0, 0.9), at(1, 0.1)])).toEqual({ trial: 0, epochs: 3 })
  })

  test('the worse half is held back, and goes on if later trials are worse', () => {
    const trials = [at(0, 0.9), at(1, 0.5, 0.4), at(2, 0.4, 0.3)]
    expect(next([trials[0]!])).toEqual({ trial: 0, epochs: 3 })
    const busy = trials.map(trial => ({ ...trial, target: trial.trial === 0 ? null : 9 }))
    expect(next(busy)).toBeNull()
    const worse = [3, 4].map(trial => ({ ...at(trial, 1), isDone: true }))
    expect(next([...busy, ...worse])).toEqual({ trial: 0, epochs: 3 })
  })

  test('the best of a trial counts, not its last epoch', () => {
    const others = [at(1, 0.3, 0.3), at(2, 0.3, 0.3)].map(trial => ({ ...trial, isDone: true }))
    expect(next([at(0, 0.2, 0.9), ...others])).toEqual({ trial: 0, epochs: 4 })
  })

  test('60 trials spend less than all of it, and the best is trained to its end', () => {
    const { study, share } = spentBy(median(), 20)
    expect(share).toBeLessThan(0.75)
    const best = study.trials.toSorted((a, b) => a.reports.at(-1)!.loss - b.reports.at(-1)!.loss)[0]!
    expect(best.epochs).toBe(20)
  })
})

describe('schedulers from JSON', () => {
  test.each([
    [
      { kind: 'asha', reductionFactor: 1 },
      'asha: reductionFactor must be a whole number of at least 2, not 1.',
    ],
    [{ kind: 'ahsa' }, 'Did you mean "asha"?'],
    [{ kind: 'median', startTrials: 0 }, 'median: startTrials must be a whole number of at least 1, not 0.'],
  ])('%o', (value, message) => {
    expect(() => schedulers.parse(value, 'scheduler')).toThrow(UsageError)
    expect(() => schedulers.parse(value, 'scheduler')).toThrow(message)
  })
})
