import { describe, expect, test } from 'vitest'
import { type Playing, play, rulesWith, runIds } from '../../test/support/simulated-search.ts'
import { normalNumber, RandomStream } from '../base/random.ts'
import type { ObjectiveFacts, StudyView } from '../protocol/study.ts'
import { sectionText } from '../show/section-text.ts'
import { studySection } from '../show/study-section.ts'
import { foldedTrials } from '../show/trials-table.ts'
import { uniform } from './distributions/index.ts'
import { importanceOf } from './importance.ts'
import { asha } from './schedulers/index.ts'
import { factsOf } from './space.ts'
import { Study } from './study.ts'
import type { StudyRules } from './study-state.ts'
import { studyView } from './study-view.ts'
import { verdictOf } from './verdict.ts'

const accuracy: ObjectiveFacts = {
  name: 'valAccuracy',
  label: 'Val accuracy',
  better: 'higher',
  unit: 'fraction',
}
const size: ObjectiveFacts = { name: 'params', label: 'Parameters', better: 'lower', unit: 'count' }
const space = { x: uniform(0, 1) }

const viewOf = (study: Study, isRunning = study.ended === null): StudyView =>
  studyView(study, {
    ...{ id: 'aa', name: 'digits', user: 'ada', createdAt: 0, looks: 2, isRunning },
    ...{ sampler: 'random', scheduler: 'none', parameters: factsOf(space) },
  })

function played(rules: Parameters<typeof rulesWith>[0], playing: Playing = {}): Study {
  const study = new Study(rulesWith({ space, objectives: [accuracy], ...rules }))
  play(study, playing)
  return study
}

/** 90 % at x = 0.37, less elsewhere; seeds differ by half a point. */
const measured: Playing['train'] = ({ x }, _, seed) => ({
  values: [0.9 - 0.2 * ((x as number) - 0.37) ** 2 + 0.0025 * Math.sin(seed * 7 + (x as number) * 50)],
})

describe('a view', () => {
  test('of a search whose process was killed: interrupted, and its trials wait', () => {
    const study = new Study(rulesWith({ space, objectives: [accuracy] }))
    const { log } = play(new Study(study.rules), { train: measured })
    for (const event of log.slice(0, 2)) study.apply(event)
    expect(viewOf(study)).toMatchObject({ state: 'running', trials: [{ state: 'running' }] })
    expect(viewOf(study, false)).toMatchObject({ state: 'interrupted', trials: [{ state: 'waiting' }] })
  })

  test('while it goes on: no verdict, and the best first', () => {
    const study = new Study(rulesWith({ space, objectives: [accuracy] }))
    const { log } = play(new Study(study.rules), { train: measured })
    for (const event of log.slice(0, 20)) study.apply(event)
    const view = viewOf(study)
    expect(view).toMatchObject({ state: 'running', ended: null, verdict: null })
    const values = view.best.map(trial => view.trials[trial]!.values![0]!)
    expect(values).toEqual(values.toSorted((a, b) => b - a))
    expect(view.bestSoFar.at(-1)!.value).toBe(values[0])
    expect(view.trials.map(({ state }) => state)).toContain('running')
  })

  test('what was being trained when it was interrupted is waiting', () => {
    const study = new Study(rulesWith({ space, objectives: [accuracy] }))
    for (const event of study.decide({ free: 2, newRunId: runIds(study) })) study.apply(event)
    study.apply({ type: 'end', reason: 'interrupted', text: 'Ctrl-C' })
    expect(viewOf(study)).toMatchObject({ state: 'interrupted', ended: 'Ctrl-C' })
    expect(viewOf(study).trials.map(({ state }) => state)).toEqual(['waiting', 'waiting'])
  })

  test('trials that were not promoted are paused', () => {
    const view = viewOf(played({ scheduler: asha() }))
    expect(new Set(view.trials.map(({ state }) => state))).toEqual(new Set(['paused', 'finished']))
    expect(view.budget.spentEpochs).toBe(view.trials.reduce((sum, { epochs }) => sum + epochs, 0))
  })

  test('a search whose trials all fail', () => {
    const view = viewOf(played({}, { train: () => ({ values: 'The loss is NaN.' }) }))
    expect(view).toMatchObject({ state: 'failed', best: [], bestSoFar: [], importance: null, verdict: null })
    const text = sectionText(studySection(view))
    expect(text.split('The loss is NaN.')).toHaveLength(2)
    expect(text).toMatch(/^state +failed$/m)
  })
})

test('parameters that are the same in all rows stand below the table, once', () => {
  const many = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`parameter${i}`, i]))
  const wide = { ...space, ...Object.fromEntries(Object.keys(many).map(name => [name, uniform(0, 20)])) }
  const own = viewOf(
    played(
      { space: wide, suggest: ({ trial }) => ({ x: trial / 10, ...many, parameter3: trial }), trials: 5 },
      { train: measured },
    ),
  )
  const view = { ...own, parameters: factsOf(wide) }
  const { table, same } = foldedTrials(view, view.trials)
  expect(table.columns.map(({ key }) => key)).toEqual(expect.arrayContaining(['x', 'parameter3']))
  expect(table.columns.map(({ key }) => key)).not.toContain('parameter4')
  expect(same).toMatch(
    /^The same in all of them: parameter0 0, parameter1 1, parameter2 2, parameter4 4, .*, parameter14 14\.$/,
  )
  const text = sectionText(studySection(view), { width: 100 })
  expect(text).toContain(same)
  for (const line of text.split('\n')) if (/^\d+ /.test(line)) expect(line.length).toBeLessThanOrEqual(100)
  expect(foldedTrials(view, view.trials.slice(0, 1)).same).toBe('')
})

test('at the end, importance is that of all trials, also where it was shown while the search went on', () => {
  const study = new Study(rulesWith({ space, objectives: [accuracy], seed: 77, trials: 40 }))
  const { log } = play(new Study(study.rules), { train: measured })
  for (const event of log) {
    study.apply(event)
    if (event.type === 'report') viewOf(study)
  }
  const all = study.trials
    .filter(({ origin }) => origin !== 'repeat')
    .map(({ parameters, observation }) => ({ parameters, losses: observation.losses! }))
  expect(viewOf(study).importance).toEqual(importanceOf(space, all, { seed: 77 }))
})

describe('the best so far', () => {
  const curveOf = (values: readonly (readonly number[])[], objectives: readonly ObjectiveFacts[]) => {
    const rules = {
      objectives,
      trials: values.length,
      suggest: ({ trial }) => ({ x: trial / 100 }),
      repeats: { top: 0, seeds: 1 },
    } satisfies Partial<StudyRules>
    const study = played(rules, { train: ({ x }) => ({ values: values[Math.round(100 * (x as number))]! }) })
    return viewOf(study).bestSoFar.map(({ trial, value }) => [trial, Number(value.toFixed(4))])
  }

  test('one objective: where it rises', () => {
    expect(curveOf([[0.5], [0.4], [0.7], [0.7], [0.9]], [accuracy])).toEqual([
      [0, 0.5],
      [2, 0.7],
      [4, 0.9],
    ])
  })

  test('two objectives: the share of the box that the front dominates', () => {
    // From 0 to 1 in accuracy and 100 to 200 parameters.
    const values = [
      [0, 200],
      [1, 200],
      [0.5, 150],
      [0.4, 180],
      [0.5, 100],
    ]
    expect(curveOf(values, [accuracy, size])).toEqual([
      [0, 0],
      [2, 0.25],
      [4, 0.5],
    ])
  })

  test('a trial that becomes worse by further training uncovers another one', () => {
    const study = played(
      {
        objectives: [accuracy],
        trials: 3,
        suggest: ({ trial }) => ({ x: trial }),
        scheduler: asha(),
        repeats: { top: 0, seeds: 1 },
      },
      { train: ({ x }, epochs) => ({ values: [[0.6, 0.9, 0.5][x as number]! - 0.4 * Math.log(epochs)] }) },
    )
    const view = viewOf(study)
    expect(view.best[0]).toBe(0)
    expect(view.bestSoFar.at(-1)!.value).toBe(view.trials[0]!.values![0])
  })
})

describe('the verdict', () => {
  const sentenceOf = (rules: Parameters<typeof rulesWith>[0], train = measured): string =>
    viewOf(played(rules, { train })).verdict!.sentence

  test('a winner that is better than a bad starting point', () => {
    const study = played({ start: { x: 1 }, repeats: { top: 3, seeds: 5 } }, { train: measured })
    const verdict = viewOf(study).verdict!
    expect(verdict.sentence).toMatch(
      /^Trial \d+ is better than your starting point: \+\d\.\d\d points of val accuracy, 95 % interval \+\d\.\d\d to \+\d\.\d\d \(5 further seeds each, corrected for the choice among 3\)\.$/,
    )
    expect(verdict.difference!.low).toBeGreaterThan(0)
    expect(verdict.candidates.map(({ isStart }) => isStart)).toEqual([false, false, false, true])
    const [low, high] = verdict.interval!
    const winner = verdict.candidates.find(({ trial }) => trial === verdict.winner)!
    expect(low).toBeLessThan(winner.mean)
    expect(high).toBeGreaterThan(winner.mean)
    // Repeats alone count: the value that got it selected is not in the mean.
    const own = study.trials
      .filter(({ of }) => of === verdict.winner)
      .map(({ reports }) => reports.at(-1)!.values[0]!)
    expect(winner.mean).toBeCloseTo(own.reduce((sum, value) => sum + value, 0) / 5, 12)
  })

  test('no evidence, where the starting point is as good', () => {
    expect(sentenceOf({ start: { x: 0.39 }, repeats: { top: 3, seeds: 5 } })).toMatch(
      /^(No evidence that trial \d+ is better than your starting point: .*|Your starting point is the best of the repeated configurations: .*)/,
    )
  })

  test('the starting point itself', () => {
    // What the search found was luck with its seed.
    const lucky: Playing['train'] = ({ x }, _, seed) => ({
      values: [seed === 5 ? (x as number) : 1 - (x as number) + seed / 1000],
    })
    for (const [top, others] of [
      [2, 'None of 2 trials of the search did better'],
      [1, 'The trial of the search did not do better'],
    ] as const)
      expect(sentenceOf({ start: { x: 0 }, repeats: { top, seeds: 3 } }, lucky)).toMatch(
        new RegExp(
          `^Your starting point is the best of the repeated configurations: val accuracy 100\\.\\d\\d %, .* ${others}: keep it, or search a wider space\\.$`,
        ),
      )
  })

  test('no starting point', () => {
    expect(sentenceOf({ repeats: { top: 2, seeds: 3 } })).toMatch(
      /^Trial \d+ is the best of the repeated configurations: .* There is no starting point to compare it with\.$/,
    )
  })

  test('a loss: less is better', () => {
    const verdict = viewOf(
      played({
        objectives: [{ name: 'valLoss', label: 'Val loss', better: 'lower', unit: 'number' }],
        start: { x: 1 },
        repeats: { top: 2, seeds: 5 },
      }),
    ).verdict!
    expect(verdict.sentence).toMatch(
      /is better than your starting point: -0\.\d{4} val loss, 95 % interval -0\.\d{4} to -0\.\d{4}/,
    )
    expect(verdict.difference!.low).toBeLessThan(verdict.difference!.high)
    expect(verdict.difference!.high).toBeLessThan(0)
  })

  test('two seeds say little, and one seed nothing', () => {
    expect(sentenceOf({ start: { x: 1 }, repeats: { top: 1, seeds: 2 } })).toContain(
      '2 seeds say little about chance',
    )
    const one = viewOf(played({ start: { x: 1 }, repeats: { top: 1, seeds: 1 } }, { train: measured }))
      .verdict!
    expect(one).toMatchObject({ interval: null, difference: null })
    expect(one.sentence).toContain('with one seed each: chance alone may make such a difference')
  })

  test('a candidate that fails with another seed is left out', () => {
    const study = played(
      { start: { x: 1 }, repeats: { top: 2, seeds: 3 } },
      {
        train: (parameters, epochs, seed) =>
          seed === 7 && parameters.x === leader(study0)
            ? { values: 'NaN' }
            : measured!(parameters, epochs, seed),
      },
    )
    const verdict = viewOf(study).verdict!
    expect(verdict.sentence).toContain('is left out, as training failed with another seed.')
    expect(verdict.candidates.length).toBe(2)
  })
})

/** The same search without failures, of which the leader is known. */
const study0 = played({ start: { x: 1 }, repeats: { top: 2, seeds: 3 } }, { train: measured })
const leader = (study: Study): unknown => study.trials[viewOf(study).best[0]!]!.parameters.x

test('a search as text, the sealed test included', () => {
  const sealed = sectionText(studySection(viewOf(study0)), { width: 120 })
  expect(sealed).toContain(
    'Sealed: the search did not see the test images. They have been looked at 2 times in this store',
  )
  const tested = new Study(study0.rules)
  for (const event of play(new Study(study0.rules), { train: measured }).log) tested.apply(event)
  const { winner } = verdictOf(tested.rules, tested.trials)!
  const results = [0, winner].map(trial => ({
    trial,
    runs: tested.trials
      .filter(({ of }) => of === trial)
      .map(({ run, seed }) => ({ run, seed, testAccuracy: 0.9 + seed / 10_000 })),
  }))
  tested.apply({ type: 'final', results, sentence: 'Trial 12 is better.' })
  const text = sectionText(studySection(viewOf(tested)), { width: 120 })
  expect(text).toContain('Trial 12 is better.')
  expect(text).toContain('90.07 ± 0.01')
  expect(text).toMatch(/Repeats with further seeds\n\nTrial/)
  expect(text).toContain('Importance of parameters')
})

test('where all points of a space are equal, at most 2.5 % of searches call their winner better, however many trials they had', () => {
  const searches = 300
  const better = Array.from({ length: searches }, (_, i) => {
    // Accuracies that vary by chance alone: by half a point.
    const noise = new RandomStream(i).split('noise').key
    const study = played(
      { seed: 100 * i, trials: 30, start: { x: 0.5 }, repeats: { top: 3, seeds: 5 } },
      {
        train: ({ x }, _, seed) => ({
          values: [0.9 + 0.005 * normalNumber(noise, Math.round(1e6 * (x as number)), seed)],
        }),
      },
    )
    const { sentence, difference } = verdictOf(study.rules, study.trials)!
    expect(/^Trial \d+ is better/.test(sentence)).toBe(difference !== null && difference.low > 0)
    return difference !== null && difference.low > 0
  }).filter(Boolean).length
  expect(better / searches).toBeLessThan(0.025 + 3 * Math.sqrt((0.025 * 0.975) / searches))
})
