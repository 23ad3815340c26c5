import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UsageError } from '../base/errors.ts'
import type { StudyEvent } from './study.ts'
import { parseStudyEvent } from './study-event.ts'

const run = '0123456789ab'
const events: readonly StudyEvent[] = [
  {
    type: 'ask',
    trial: 0,
    parameters: { x: 1, optimizer: { kind: 'adam' } },
    origin: 'start',
    seed: 1,
    run,
    epochs: 9,
  },
  { type: 'ask', trial: 7, parameters: {}, origin: 'repeat', seed: 2, run, epochs: 9, of: 0 },
  { type: 'train', trial: 0, epochs: 3 },
  { type: 'report', trial: 0, epochs: 3, values: [0.9, 1200], isDone: false, seconds: 1.5 },
  { type: 'fail', trial: 1, reason: 'The loss is NaN.' },
  { type: 'fail', trial: 1, reason: 'The loss is NaN.', seconds: 3 },
  { type: 'end', reason: 'budget', text: 'All 10 trials have been trained.' },
  { type: 'resume' },
  {
    type: 'final',
    results: [{ trial: 0, runs: [{ run, seed: 2, testAccuracy: 0.9 }] }],
    sentence: 'Better.',
  },
]

test.each(events.map(event => [event.type, event] as const))('%s is read as it was written', (_, event) => {
  expect(parseStudyEvent(JSON.parse(JSON.stringify(event)))).toEqual(event)
})

test.each<[unknown, string]>([
  [
    null,
    'An event of a search must be an object whose type is one of ask, train, report, fail, end, resume, final, not null.',
  ],
  [{ type: 'tell' }, 'not {"type":"tell"}.'],
  [{ type: 'toString' }, 'An event of a search must be'],
  [{ type: 'train', trial: -1, epochs: 1 }, 'Event "train": trial must be a whole number of at least 0'],
  [{ type: 'train', trial: 0 }, 'Event "train": the option "epochs" is required.'],
  [{ ...events[3], values: [null] }, 'Event "report": values[0] must be a number, not null.'],
  [{ ...events[3], values: [] }, 'Event "report": values must have 1 to 10 entries, not 0.'],
  [{ ...events[0], run: '../../etc' }, 'Event "ask": run must be an id'],
  [
    { ...events[0], parameters: [] },
    'Event "ask": parameters must be an object with the values of parameters, not [].',
  ],
  [{ type: 'resume', at: 3 }, 'Event "resume": unknown option "at".'],
])('%o is refused', (value, message) => {
  expect(() => parseStudyEvent(value)).toThrow(UsageError)
  expect(() => parseStudyEvent(value)).toThrow(message)
})

test('whatever a log contains, an event or a UsageError comes of it', () => {
  const type = fc.constantFrom('ask', 'train', 'report', 'fail', 'end', 'resume', 'final', '__proto__')
  const keys = fc.constantFrom(
    'trial',
    'epochs',
    'values',
    'run',
    'seed',
    'parameters',
    'results',
    'reason',
    'text',
    'origin',
    'of',
  )
  fc.assert(
    fc.property(type, fc.dictionary(keys, fc.jsonValue({ maxDepth: 3 })), (kind, rest) => {
      try {
        expect(parseStudyEvent({ ...rest, type: kind }).type).toBe(kind)
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError)
      }
    }),
  )
})
