import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StudyEvent } from '../protocol/study.ts'
import { asha } from './schedulers/asha.ts'
import { definitionOf, none, type SchedulerSpec } from './schedulers/index.ts'
import { Study } from './study.ts'
import type { StudyRules } from './study-state.ts'

/** A search over one number `x`, whose trials have the loss (x − 0.3)² + 1 / epochs. */
function rulesWith(options: Partial<StudyRules> & { readonly scheduler?: SchedulerSpec } = {}): StudyRules {
  const { scheduler = none(), ...rest } = options
  return {
    space: {},
    objectives: [{ name: 'valLoss', label: 'val loss', better: 'lower', unit: 'number' }],
    suggest: ({ trial }) => ({ x: ((trial + 1) * 0.618034) % 1 }),
    scheduling: definitionOf(scheduler).scheduling(scheduler),
    epochsOf: () => 27,
    trials: 20,
    seconds: null,
    seed: 5,
    repeats: { top: 3, seeds: 2 },
    start: null,
    ...rest,
  }
}

/** Trains as workers would, each trial at once; `pick` is the place of the one that ends next. */
function play(study: Study, free: number, pick: (running: number) => number = () => 0): StudyEvent[] {
  const log: StudyEvent[] = []
  const add = (event: StudyEvent): void => {
    study.apply(event)
    log.push(event)
  }
  let runs = 0
  while (!study.ended) {
    const running = () => study.trials.filter(({ target }) => target !== null)
    study.decide({ free: free - running().length, newRunId: () => `run ${runs++}` }).forEach(add)
    const trial = running()[pick(running().length)]
    if (!trial) continue
    const { target, parameters, seed } = trial
    const x = parameters.x as number
    const loss = (x - 0.3) ** 2 + 1 / target! + (seed % 7) / 1000
    add({
      type: 'report',
      trial: trial.trial,
      epochs: target!,
      values: [loss],
      isDone: false,
      seconds: target!,
    })
  }
  return log
}

test('a search trains its trials, then repeats the best, then ends', () => {
  const study = new Study(rulesWith({ trials: 6 }))
  const log = play(study, 1)
  expect(study.trials.map(({ origin }) => origin)).toEqual([
    ...Array(6).fill('sampler'),
    ...Array(6).fill('repeat'),
  ])
  expect(log.at(-1)).toEqual({ type: 'end', reason: 'budget', text: 'All 6 trials have been trained.' })
})

describe('a log', () => {
  test('replays to the same state and the same next decisions, at any place of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(fc.nat()),
        fc.constantFrom<SchedulerSpec>(none(), asha()),
        (workers, order, scheduler) => {
          const picks = order[Symbol.iterator]()
          const rules = rulesWith({ scheduler, start: { x: 0.9 } })
          const study = new Study(rules)
          const log = play(study, workers, running => picks.next().value! % Math.max(1, running))
          const again = new Study(rules)
          for (const event of log) again.apply(event)
          expect(again.trials).toEqual(study.trials)
          expect(again.spent).toEqual(study.spent)
        },
      ),
      { numRuns: 30 },
    )
  })
})
