import { expect, test } from 'vitest'
import type { ObjectiveFacts, StudyView, TrialRow } from '../../../src/protocol/study.ts'
import { objectiveAxes, parameterAxes } from '../search/trial-axes.ts'
import { limitChanges, limitsOf, ranksOf, usualSpan, within } from './axes.ts'

const accuracy: ObjectiveFacts = {
  name: 'valAccuracy',
  label: 'Val accuracy',
  better: 'higher',
  unit: 'fraction',
}
const view = {
  objectives: [accuracy],
  parameters: [
    { name: 'learningRate', scale: 'log', low: 1e-4, high: 0.1, choices: null, condition: null },
    {
      name: 'pool',
      scale: 'choice',
      low: null,
      high: null,
      choices: ['max', 'true', 'null'],
      condition: null,
    },
    { name: 'dropout', scale: 'linear', low: 0, high: 0.6, choices: null, condition: 'only if pool is max' },
  ],
} as unknown as StudyView

const trial = (number: number, parameters: object, value: number | null): TrialRow =>
  ({ trial: number, parameters, values: value === null ? null : [value] }) as unknown as TrialRow

const trials = [
  trial(0, { learningRate: 0.001, pool: 'max', dropout: 0.5 }, 0.9),
  trial(1, { learningRate: 0.01, pool: true }, 0.1),
  trial(2, { learningRate: 0.05, pool: null }, null),
  trial(3, { learningRate: 0.002, pool: 'max', dropout: 0 }, 0.91),
]

test('a trial has a place on each axis whose parameter it has: of a choice, that of its value', () => {
  const [rate, pool, dropout] = parameterAxes(view)
  expect(trials.map(rate!.at)).toEqual([0.001, 0.01, 0.05, 0.002])
  expect(trials.map(pool!.at)).toEqual([0, 1, 2, 0])
  expect(trials.map(dropout!.at)).toEqual([0.5, null, null, 0])
  expect(trials.map(objectiveAxes(view)[0]!.at)).toEqual([0.9, 0.1, null, 0.91])
  expect([rate!.text(0.00123456), pool!.text(1), objectiveAxes(view)[0]!.text(0.9123)]).toEqual([
    '0.001235',
    'true',
    '91.23 %',
  ])
})

test('limits stand in the address, and trials without a value on a limited axis are left out', () => {
  const axes = parameterAxes(view)
  const limits = { learningRate: [0.0015, 0.06], dropout: [0, 0.3] } as const
  const changes = limitChanges(axes, limits)
  expect(changes).toEqual({ 'in.learningRate': '0.0015..0.06', 'in.pool': undefined, 'in.dropout': '0..0.3' })
  const query = new URLSearchParams(
    Object.entries(changes).flatMap(([name, text]) => (text ? [[name, text]] : [])),
  )
  query.set('in.pool', 'max..')
  query.set('sort', '1..2')
  query.set('in.lost', '1..2')
  expect(limitsOf(query, axes)).toEqual({ ...limits, pool: [-0.4, 1e15] })
  expect(within(trials, axes, limitsOf(query, axes)).map(row => row.trial)).toEqual([3])
  expect(within(trials, axes, {})).toBe(trials)
})

test('a choice is limited by the names of its values: others that appear or go do not change it', () => {
  const axis = (choices: readonly string[]) => ({ id: 'data', choices })
  const before = axis(['./a..b', 'mini', 'wide 50 %'])
  const queryOf = (limit: readonly [number, number]) => {
    const text = limitChanges([before], { data: limit })['in.data']
    return new URLSearchParams(text === undefined ? {} : { 'in.data': text })
  }
  // Dragged around the one in the middle, and chosen.
  for (const limit of [[0.6, 1.3] as const, [1, 1] as const]) {
    const query = queryOf(limit)
    expect(query.get('in.data')).toBe('mini..mini')
    expect(limitsOf(query, [before])).toEqual({ data: [0.6, 1.4] })
    expect(limitsOf(query, [axis(['cats', 'dogs', 'mini'])])).toEqual({ data: [1.6, 2.4] })
    // None of those that are left.
    const [low, high] = limitsOf(query, [axis(['cats', 'owls'])]).data!
    expect(low).toBeGreaterThan(high)
  }
  // An open end stays open.
  expect(limitsOf(queryOf([-1e15, 0]), [before])).toEqual({ data: [-1e15, 0.4] })
  expect(limitsOf(queryOf([2, 1e15]), [before])).toEqual({ data: [1.6, 1e15] })
  expect(queryOf([0.1, 0.9]).has('in.data')).toBe(false)
})

test('ranks are from the worst to the best, whichever side is better', () => {
  const [axis] = objectiveAxes(view)
  const places = (ranks: ReadonlyMap<TrialRow, number>) =>
    [...ranks].map(([{ trial }, rank]) => [trial, rank])
  expect(places(ranksOf(trials, axis!))).toEqual([
    [1, 0],
    [0, 0.5],
    [3, 1],
  ])
  const lower = { ...axis!, better: 'lower' as const }
  expect(places(ranksOf(trials, lower)).map(([number]) => number)).toEqual([3, 0, 1])
  expect(places(ranksOf(trials.slice(0, 1), axis!))).toEqual([[0, 1]])
})

test('the range that is shown leaves out trials that are far worse than the others', () => {
  const good = [0.9, 0.89, 0.88, 0.87, 0.86]
  expect(usualSpan(good, 'higher')).toEqual([0.86, 0.9])
  const [low, high] = usualSpan([...good, 0.1], 'higher')!
  expect(high).toBe(0.9)
  expect(low).toBeCloseTo(0.78, 10)
  expect(usualSpan([1, 2, 3, 1000], 'lower')).toEqual([1, 9])
  expect(usualSpan([0.5, 0.5], 'higher')).toEqual([0.5, 0.5])
  expect(usualSpan([], 'higher')).toBe(null)
})
