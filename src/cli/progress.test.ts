import { describe, expect, test } from 'vitest'
import type { TrainEvent } from '../protocol/events.ts'
import { RemainingTime } from './eta.ts'
import { type LiveState, liveLine, TrainingProgress } from './progress.ts'
import { Terminal } from './terminal.ts'

const state: LiveState = {
  name: 'standard seed 2',
  epoch: 3,
  epochs: 8,
  step: 600,
  steps: 1200,
  loss: 0.29871,
  accuracy: 0.8912,
  imagesPerSecond: 41_200.4,
  remainingMs: 65_400,
}
const lineAt = (width: number, changes: Partial<LiveState> = {}): string =>
  liveLine({ ...state, ...changes }, width)
    .map(({ text }) => text)
    .join('')

describe('the live line', () => {
  test('has everything where there is room, and a bar of thirty at most', () => {
    expect(lineAt(200)).toBe(
      `standard seed 2  epoch 3/8  ${'━'.repeat(15)}${'─'.repeat(15)}  step  600/1200  loss 0.2987  accuracy 0.8912` +
        '  41,200 images/s  ETA 1:05',
    )
  })

  test('is never wider than the terminal, and keeps the time that is left longest', () => {
    for (let width = 0; width < 160; width++) expect(lineAt(width).length).toBeLessThanOrEqual(width)
    expect(lineAt(80)).toBe(
      'standard seed 2  epoch 3/8  ━━━━━━──────  loss 0.2987  accuracy 0.8912  ETA 1:05',
    )
    expect(lineAt(50)).toBe('standard seed 2  epoch 3/8  ━━━━━━──────  ETA 1:05')
  })

  test('shows no numbers before the first step', () => {
    expect(lineAt(100, { step: 0, remainingMs: null })).toBe(
      `standard seed 2  epoch 3/8  ${'─'.repeat(30)}  step    0/1200`,
    )
  })
})

/** A stream that keeps what is written. */
function recorder(isTTY: boolean) {
  const written: string[] = []
  return { isTTY, columns: 90, written, write: (text: string) => written.push(text) }
}

function progressOn(isTTY: boolean) {
  const stderr = recorder(isTTY)
  const terminal = new Terminal({ stdout: recorder(false), stderr, env: {}, color: false })
  const now = { ms: 0 }
  const plan = { models: [{ name: 'a', multiplyAdds: 100 }], runsPerModel: 1 }
  const progress = new TrainingProgress(terminal, { plan, clock: () => now.ms })
  const tell = (event: TrainEvent): void => progress.onEvent(event, { model: 'a', seed: 1 })
  return { stderr, now, tell, progress }
}

const start: TrainEvent = {
  type: 'run-start',
  seed: 1,
  epochs: 2,
  stepsPerEpoch: 100,
  trainCount: 1000,
  validationCount: 0,
  firstStep: 0,
}
const step = (number: number): TrainEvent => ({
  type: 'step',
  step: number,
  epoch: 0,
  loss: 1,
  accuracy: 0.5,
  batchSize: 10,
})
const epoch: TrainEvent & { type: 'epoch' } = {
  type: 'epoch',
  epoch: 0,
  metrics: {
    loss: 1,
    accuracy: 0.5,
    valLoss: 0.75,
    valAccuracy: 0.625,
    learningRate: 0.001,
  },
  trainMs: 1000,
  durationMs: 1500,
}
const epochLine = 'a  epoch 1/2  loss 1.0000  accuracy 0.5000  val loss 0.7500  val accuracy 0.6250  1.5 s\n'

test('without a terminal: one line for each epoch and each run, nothing else', () => {
  const { stderr, tell, progress } = progressOn(false)
  tell(start)
  for (let i = 0; i < 100; i++) tell(step(i))
  tell(epoch)
  progress.onRun('a', {
    seed: 1,
    seconds: 83,
    imagesPerSecond: 10,
    history: {},
    test: { loss: 0.5, accuracy: 0.75 },
  })
  expect(stderr.written).toEqual([epochLine, 'a  test accuracy 0.7500  test loss 0.5000  in 1:23\n'])
})

test('top-k accuracy stands beside accuracy where it is measured', () => {
  const { stderr, tell, progress } = progressOn(false)
  tell(start)
  tell({ ...epoch, metrics: { ...epoch.metrics, topKAccuracy: 0.75, valTopKAccuracy: 0.875 } })
  progress.onRun('a', {
    ...{ seed: 1, seconds: 83, imagesPerSecond: 10, history: {} },
    test: { loss: 0.5, accuracy: 0.75, topKAccuracy: 0.9 },
  })
  expect(stderr.written).toEqual([
    'a  epoch 1/2  loss 1.0000  accuracy 0.5000  top-k accuracy 0.7500  val loss 0.7500  val accuracy 0.6250' +
      '  val top-k accuracy 0.8750  1.5 s\n',
    'a  test accuracy 0.7500  test top-k accuracy 0.9000  test loss 0.5000  in 1:23\n',
  ])
})

test('on a terminal: redrawn at most ten times a second, and gone before a line that stays', () => {
  const { stderr, now, tell } = progressOn(true)
  tell(start)
  for (let i = 0; i < 99; i++) {
    now.ms += 10
    tell(step(i))
  }
  expect(stderr.written).toHaveLength(1 + 9)
  expect(stderr.written.every(text => text.startsWith('\r') && text.endsWith('\x1b[K'))).toBe(true)
  expect(stderr.written.at(-1)).toContain('step  90/100  loss 1.0000  accuracy 0.5000  ETA 0:01')
  tell(epoch)
  expect(stderr.written.slice(10, 12)).toEqual(['\r\x1b[K', epochLine])
})

describe('the time that is left', () => {
  const plan = {
    models: [
      { name: 'a', multiplyAdds: 100 },
      { name: 'b', multiplyAdds: 400 },
    ],
    runsPerModel: 2,
  }

  test('is unknown at first, then counts all models and seeds', () => {
    const remaining = new RemainingTime(plan)
    remaining.startRun('a', 1000, 0)
    expect(remaining.estimate(0)).toBeNull()
    remaining.trained(500)
    expect(remaining.estimate(100)).toBeNull()
    // Half of a run took 1 s: 1 s to its end, 2 s for the other seed, 2 · 4 s for a model with four times the arithmetic.
    expect(remaining.estimate(1000)).toBe(11_000)
  })

  test('uses what a model has taken, also where early stopping ended it', () => {
    const remaining = new RemainingTime(plan)
    for (const from of [0, 1000]) {
      remaining.startRun('a', 1000, from)
      remaining.trained(250)
      remaining.endRun(from + 1000)
    }
    remaining.startRun('b', 1000, 2000)
    remaining.trained(500)
    // 2 ms an image: 1 s to the end of this run, 2 s for the last one, nothing for the first model.
    expect(remaining.estimate(3000)).toBe(3000)
  })
})
