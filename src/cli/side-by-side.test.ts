import { expect, test } from 'vitest'
import type { TrainEvent } from '../protocol/events.ts'
import { merging } from './run-task.ts'
import { SideBySide } from './side-by-side.ts'
import { Terminal } from './terminal.ts'

const step = (number: number, loss: number, batchSize = 10): TrainEvent => ({
  ...{ type: 'step', step: number, epoch: 0, loss, accuracy: 0.5, batchSize },
})

test('a live line for each training, and lines that stay above them', () => {
  const written: string[] = []
  const stderr = { isTTY: true, columns: 60, write: (text: string) => written.push(text) }
  const terminal = new Terminal({ stdout: stderr, stderr, env: {}, color: false })
  const progress = new SideBySide(terminal, { seeds: [1, 2] })
  const begin = (seed: number, worker: number) => {
    const event = {
      type: 'run-start',
      seed,
      epochs: 2,
      stepsPerEpoch: 10,
      trainCount: 100,
      validationCount: 0,
      firstStep: 0,
    } as const
    progress.onEvent({ type: 'training', run: { model: 'a', seed }, event }, worker)
  }
  const features = { type: 'features', done: 256, total: 1000 } as const
  progress.onEvent({ type: 'training', run: { model: 'a', seed: 1 }, event: features }, 0)
  expect(written.at(-1)).toContain('a seed 1  frozen layers: 256 of 1,000 images …')
  begin(1, 0)
  begin(2, 1)
  expect(written.at(-1)).toMatch(/a seed 1 {2}epoch 1\/2.*\n.*a seed 2 {2}epoch 1\/2/)
  const result = { seed: 1, seconds: 3, imagesPerSecond: 1, history: {}, test: { loss: 0.5, accuracy: 0.75 } }
  progress.onEvent({ type: 'run', run: { model: 'a', seed: 1 }, result, unsaved: null }, 0)
  expect(written.slice(-2)).toEqual([
    'a seed 1  test accuracy 0.7500  test loss 0.5000  in 0:03\n',
    expect.stringMatching(/^\ra seed 2 {2}epoch 1\/2[^\n]*$/),
  ])
})

test('steps that follow each other closely come as one, with the loss of all their examples', () => {
  const events: TrainEvent[] = []
  let now = 0
  const onEvent = merging(
    event => events.push(event),
    () => now,
  )
  onEvent(step(0, 1))
  onEvent(step(1, 4, 5))
  now += 200
  onEvent(step(2, 1))
  onEvent(step(3, 7))
  onEvent({ type: 'run-end', epochs: 1, reason: 'finished', durationMs: 1 })
  expect(events).toEqual([
    { ...step(2, 1.6), batchSize: 25 },
    step(3, 7),
    { type: 'run-end', epochs: 1, reason: 'finished', durationMs: 1 },
  ])
})
