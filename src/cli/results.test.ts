import { expect, test } from 'vitest'
import { modelResult } from '../train/run-experiment.ts'
import { conditions, resultTable } from './results.ts'

const run = (seed: number, accuracy: number) => ({
  seed,
  seconds: 12.34,
  imagesPerSecond: 41_200.4,
  history: {},
  test: { loss: 0.28, accuracy },
})

test('one seed: numbers without a spread, aligned to the right', () => {
  const models = [
    modelResult('basic', 54_410, [run(1, 0.9)]),
    modelResult('standard', 121_930, [run(1, 0.91)]),
  ]
  expect(resultTable(models)).toBe(
    [
      'Model       Params   Test accuracy   n   Test loss   Seconds   Images/s',
      '─'.repeat(71),
      'basic       54,410          0.9000   1      0.2800      12.3     41,200',
      'standard   121,930          0.9100   1      0.2800      12.3     41,200',
    ].join('\n'),
  )
})

test('several seeds: mean ± sample standard deviation; a model without runs is left out', () => {
  const models = [modelResult('basic', 54_410, [run(1, 0.9), run(2, 0.92)]), modelResult('late', 1, [])]
  const [, , ...rows] = resultTable(models).split('\n')
  expect(rows).toEqual(['basic   54,410   0.9100 ± 0.0141   2   0.2800 ± 0.0000      12.3     41,200'])
})

test('the conditions name what the numbers depend on', () => {
  const result = {
    experiment: 'basic-vs-standard',
    train: { pixelRange: 'unit' as const, augmentation: [] },
    overrides: {},
    dataset: { name: 'fashion-mnist', fingerprint: '0123456789abcdef', train: 60_000, test: 10_000 },
    backend: 'native',
    threads: 2,
    machine: { platform: 'linux', arch: 'x64', cpu: 'Some CPU', cores: 2, node: 'v20.20.2' },
    models: [modelResult('basic', 1, [run(1, 0.9), run(2, 0.9)])],
  }
  expect(conditions(result, { backend: 'native (avx2, 2 threads)', version: '0.1.0' })).toBe(
    'basic-vs-standard, seeds 1 to 2: mean ± std · fashion-mnist 0123456789ab · native (avx2, 2 threads) on Some CPU, ' +
      '2 cores, linux x64 · Node v20.20.2 · Heddle 0.1.0',
  )
})
