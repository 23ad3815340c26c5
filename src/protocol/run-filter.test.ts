import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FilterError, type FilteredRun, runFilter } from './run-filter.ts'

const NOON = Date.parse('2026-11-30T12:00')
const options = {
  now: NOON,
  measures: [
    { name: 'valAccuracy', unit: 'share' },
    { name: 'loss', unit: 'number' },
  ],
} as const

const run: FilteredRun = {
  id: '3f9a12345678',
  experiment: 'basic-vs-standard',
  model: 'conv',
  seed: 2,
  status: 'finished',
  reason: null,
  createdAt: Date.parse('2026-11-29T23:30'),
  endedAt: Date.parse('2026-11-29T23:50'),
  seconds: 1200,
  configuration: 'c',
  dataset: 'fashion-mnist',
  params: 123_456,
  batchSize: 32,
  epochs: 8,
  epochsDone: 8,
  metrics: { valAccuracy: 0.91, loss: 0.25 },
  name: '',
  archivedAt: null,
  binnedAt: null,
  note: 'Dropout helps: keep it',
  user: 'ann',
  tags: ['baseline', 'très bien 👍'],
}

const finds = (text: string, of: Partial<FilteredRun> = {}): boolean =>
  runFilter(text, options)({ ...run, ...of })

describe('a filter finds', () => {
  test.each([
    '',
    'conv',
    'CONV fashion',
    '3f9a',
    '"vs-standard"',
    'valAccuracy > 0.9 and tag:baseline and started > yesterday',
    'valaccuracy>=91%',
    'loss < 2.6e-1 loss > .2',
    'tag="très bien 👍"',
    'tag != old',
    'model = conv and model != con',
    'model:on',
    'note:"helps: keep"',
    'status = finished',
    'seed=2',
    'params > 100k and params < 1M',
    'time > 10min and time <= 20min',
    'started = yesterday',
    'started < today',
    'started > 2026-11-29',
    'started >= 2026-11-29T23:30 and started <= "2026-11-29 23:30"',
    'started <= yesterday',
    'started > 13h and started < 12h',
    'not (model = deep or seed = 1)',
    'seed = 1 or seed = 2 and not not model = conv',
    'user = ANN',
    'started != today',
  ])('%s', text => expect(finds(text)).toBe(true))
})

describe('a filter leaves out', () => {
  test.each([
    'deep',
    'conv deep',
    'tag:base',
    'tag = "très"',
    'model = con',
    'valAccuracy > 0.91',
    'not conv',
    'started > today',
    'ended < yesterday',
    'seed = 1 or seed = 2 and model = deep',
    '(seed = 1 or seed = 2) and model = deep',
    'user != ann',
    'time > 1h',
  ])('%s', text => expect(finds(text)).toBe(false))
})

test('what a run has not measured is neither more, less, equal nor different', () => {
  for (const operator of ['=', '!=', '<', '<=', '>', '>='])
    expect(finds(`valAccuracy ${operator} 0.5`, { metrics: {} })).toBe(false)
  expect(finds('not valAccuracy > 0.5', { metrics: {} })).toBe(true)
  expect(finds('time > 1s', { seconds: null })).toBe(false)
  expect(finds('user = ann', { user: null })).toBe(false)
  expect(finds('loss > 0', { metrics: { loss: Number.NaN } })).toBe(false)
})

describe('an error points at the word', () => {
  const fault = (text: string): [string, string] => {
    try {
      runFilter(text, options)
    } catch (error) {
      const { message, start, end } = error as FilterError
      return [text.slice(start, end), message]
    }
    throw new Error(`nothing is wrong with ${text}`)
  }
  test.each([
    [
      'model = conv and valAcuracy > 0.9',
      'valAcuracy',
      'Runs have no "valAcuracy". Did you mean "valAccuracy"?',
    ],
    [
      'zzzzzz = 1',
      'zzzzzz',
      'Runs have no "zzzzzz". They have id, experiment, model, data, user, name, note, reason, status, tag, seed, epochs, parameters, batch, time, started, ended, and what was measured, such as valAccuracy.',
    ],
    ['valAccuracy > 90', '90', 'valAccuracy is a share from 0 to 1: write 90% or 0.9.'],
    ['valAccuracy > high', 'high', '"high" is no number: write 0.9 or 90%.'],
    ['valAccuracy >', '>', 'A value is missing after "valAccuracy >".'],
    ['loss > > 1', '>', '">" is no number: write 0.5, 1e-3 or 100k.'],
    ['time < 3weeks', '3weeks', '"3weeks" is no duration: write 90s, 10min or 2h.'],
    [
      'started > noon',
      'noon',
      '"noon" is no moment: write today, yesterday, 2026-11-30, "2026-11-30 14:00", or 3d for three days ago (also h, w).',
    ],
    [
      'started > 2026-02-30',
      '2026-02-30',
      '"2026-02-30" is no moment: write today, yesterday, 2026-11-30, "2026-11-30 14:00", or 3d for three days ago (also h, w).',
    ],
    [
      'started > "2026-02-30 14:00"',
      '"2026-02-30 14:00"',
      '"2026-02-30 14:00" is no moment: write today, yesterday, 2026-11-30, "2026-11-30 14:00", or 3d for three days ago (also h, w).',
    ],
    [
      'status = finishd',
      'finishd',
      'status is one of running, finished, interrupted, failed, unreadable. Did you mean "finished"?',
    ],
    ['model > conv', '>', 'model is text: ask with "=", "!=" or ":".'],
    ['conv and', 'd', 'Something to look for is missing at the end.'],
    ['or conv', 'or', 'Something to look for is missing before "or".'],
    ['= 3', '=', 'Something to look for is missing before "=".'],
    ['(conv', '(', 'There is no ")" that closes this "(".'],
    ['conv)', ')', 'There is no "(" that this ")" closes.'],
    ['note:"dropout', '"dropout', 'The text that begins here has no closing quotation mark.'],
    [`${'('.repeat(60)}a`, '(', 'At most 50 brackets stand in each other.'],
    [`${'a '.repeat(1001)}`, 'a', 'A filter has at most 2000 characters, not 2002.'],
  ])('%#: %.40s', (text, word, message) => expect(fault(text)).toEqual([word, message]))

  test('also in a terminal', () => {
    try {
      runFilter('tag:old and  sed = 3', options)
      expect.unreachable()
    } catch (error) {
      expect((error as FilterError).pointed).toBe(
        'Runs have no "sed". Did you mean "seed"?\n  tag:old and  sed = 3\n               ^^^',
      )
    }
  })
})

test('any text is a filter, or refused with a place in it', () => {
  const piece = fc.constantFrom(
    '(',
    ')',
    'and',
    'or',
    'not',
    'seed',
    'tag',
    '=',
    '!=',
    '>',
    '<=',
    ':',
    '"',
    '!',
    '3',
    '90%',
    'conv',
    'started',
    '1d',
    ' ',
  )
  const texts = fc.oneof(
    fc.string({ maxLength: 60, unit: 'binary' }),
    fc.array(piece, { maxLength: 40 }).map(all => all.join(' ')),
    fc.array(piece, { maxLength: 40 }).map(all => all.join('')),
  )
  fc.assert(
    fc.property(texts, text => {
      try {
        expect(typeof runFilter(text, options)(run)).toBe('boolean')
      } catch (error) {
        if (!(error instanceof FilterError)) throw error
        expect(error.start).toBeGreaterThanOrEqual(0)
        expect(error.end).toBeGreaterThanOrEqual(error.start)
        expect(error.end).toBeLessThanOrEqual(text.length)
        expect(error.message).toMatch(/[.?]$/)
      }
    }),
    { numRuns: 300 },
  )
})

test('and binds before or, not before both', () => {
  const truth = fc.constantFrom<readonly [string, boolean]>(
    ['seed=2', true],
    ['seed=3', false],
    ['not seed=2', false],
    ['not seed=3', true],
  )
  fc.assert(
    fc.property(
      fc.array(fc.array(truth, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
      groups => {
        const text = groups.map(group => group.map(([one]) => one).join(' and ')).join(' or ')
        expect(finds(text)).toBe(groups.some(group => group.every(([, holds]) => holds)))
      },
    ),
  )
})
