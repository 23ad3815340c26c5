import { expect, test } from 'vitest'
import { fashionMnistMini } from '../data/source.ts'
import { sequential } from '../model/graph.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import type { StudyEvent } from '../protocol/study.ts'
import { choice, logUniform } from '../search/distributions/index.ts'
import { remainingSeconds } from '../search/remaining.ts'
import { search } from '../search/search.ts'
import { oneByOne } from '../search/search-time.ts'
import { Study } from '../search/study.ts'
import { rulesOf } from '../search/study-rules.ts'
import type { Run } from '../store/rows.ts'
import { experiment } from '../train/experiment.ts'
import { SearchProgress } from './search-progress.ts'
import { Terminal } from './terminal.ts'

const mine = search({
  experiment: experiment({
    name: 'mine',
    data: fashionMnistMini(),
    models: { linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
    train: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs: 4, validationSplit: 0.2 },
  }),
  space: { learningRate: logUniform(1e-4, 1), batchSize: choice([16, 32]) },
  trials: 10,
  repeats: { top: 1, seeds: 2 },
})

const run = (trial: number): string => String(trial).padStart(12, '0')
const asked = (trial: number, more: object = {}): StudyEvent[] => [
  {
    type: 'ask',
    ...{ trial, parameters: { learningRate: 0.0123456, batchSize: 16 }, run: run(trial), epochs: 4 },
    ...{ origin: 'sampler', seed: 1, ...more },
  } as StudyEvent,
  { type: 'train', trial, epochs: 4 },
]
const reported = (trial: number, value: number, seconds = 20): StudyEvent => ({
  type: 'report',
  ...{ trial, epochs: 4, values: [value], isDone: true, seconds },
})

function shown(
  events: readonly StudyEvent[],
  { width = 200, seconds = null as number | null, workers = 1 } = {},
) {
  const written: string[] = []
  const stream = { isTTY: true, columns: width, write: (text: string) => written.push(text) }
  const terminal = new Terminal({ stdout: stream, stderr: stream, env: {}, color: false })
  const progress = new SearchProgress({ terminal, search: mine })
  const study = new Study({ ...rulesOf(mine, { ...oneByOne, workers }), seconds })
  for (const event of events) {
    study.apply(event)
    progress.onEvent(event, study)
  }
  const lines = written
    .join('')
    .split('\n')
    .filter(line => line !== '')
  return { study, progress, lines, written }
}

test('a line stays for each report and each failure: what was measured, whether it is the best, with which parameters', () => {
  const { lines } = shown([
    ...asked(0),
    reported(0, 0.8),
    ...asked(1),
    reported(1, 0.75),
    ...asked(2),
    { type: 'fail', trial: 2, reason: 'The loss is no longer finite.' },
    ...asked(3, { origin: 'repeat', of: 0, seed: 2 }),
    reported(3, 0.81, 75),
  ])
  expect(lines).toEqual([
    'trial 0  4/4 epochs  Val accuracy 80.00 %  in 0:20  best so far  learningRate 0.01235, batchSize 16',
    'trial 1  4/4 epochs  Val accuracy 75.00 %  in 0:20  learningRate 0.01235, batchSize 16',
    'trial 2  failed: The loss is no longer finite.',
    'trial 3 (trial 0 with seed 2)  4/4 epochs  Val accuracy 81.00 %  in 1:15',
  ])
})

test('a terminal shows how far the search is, and what is being trained', () => {
  const { study, progress, written } = shown([...asked(0), reported(0, 0.8), ...asked(1)], { seconds: 600 })
  written.length = 0
  progress.draw(study, [{ id: run(1), epochsDone: 2, metrics: { valAccuracy: 0.5 } } as unknown as Run])
  const [head, trial] = written.join('').replaceAll('\x1b[K', '').replace('\r', '').split('\n')
  expect(head).toBe(
    'mine  ━━──────────────────  1/10 trials  best 80.00 % (trial 0)  0:20 of 10:00  ETA 4:20',
  )
  expect(trial).toBe('  trial 1  epoch 3/4  accuracy 0.5000  learningRate 0.01235, batchSize 16')
})

test('its lines are no wider than the terminal', () => {
  const { study, progress, written } = shown([...asked(0), reported(0, 0.8), ...asked(1)], { width: 40 })
  written.length = 0
  progress.draw(study, [])
  for (const line of written.join('').replaceAll('\x1b[K', '').replace('\r', '').split('\n'))
    expect(line.length).toBeLessThan(40)
})

test('how long it still takes: what is left of the trials and repeats, or of the time', () => {
  const { study } = shown([...asked(0), ...asked(1)])
  expect(remainingSeconds(study)).toBeNull()
  study.apply(reported(0, 0.8))
  // 9 trials of 20 seconds, and 2 seeds for the best and the starting point.
  expect(remainingSeconds(study)).toBeCloseTo(9 * 20 + 4 * 20)
  const { study: short } = shown([...asked(0), reported(0, 0.8)], { seconds: 90 })
  expect(remainingSeconds(short)).toBeCloseTo(70)
  const { study: two } = shown([...asked(0), reported(0, 0.8)], { workers: 2 })
  expect(remainingSeconds(two)).toBeCloseTo((9 * 20 + 4 * 20) / 2)
})
