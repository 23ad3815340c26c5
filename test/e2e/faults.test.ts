import { expect, test } from 'vitest'
import { fashionMnistMini } from '../../src/data/source.ts'
import { sequential } from '../../src/model/graph.ts'
import { conv2d, dense, flatten } from '../../src/nn/layers/index.ts'
import { adam } from '../../src/nn/optimizers/index.ts'
import { experiment } from '../../src/train/experiment.ts'
import { faultDrill } from '../support/fault-drill.ts'
import { noPostgres } from '../support/postgres.ts'

// The long form, with 100 kills: bench/faults.ts.
test.skipIf(noPostgres !== null)(
  `workers die and the database restarts: every trial has the bits of an undisturbed search${noPostgres === null ? '' : `: ${noPostgres}`}`,
  async () => {
    const report = await faultDrill({
      experiment: experiment({
        name: 'drill',
        data: fashionMnistMini(),
        models: {
          small: sequential([
            conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }),
            flatten(),
            dense({ units: 10, activation: 'softmax' }),
          ]),
        },
        train: {
          optimizer: adam(),
          loss: 'sparseCategoricalCrossentropy',
          epochs: 12,
          validationSplit: 0.2,
        },
      }),
      ...{ trials: 6, workers: 3, kills: 5, restarts: 1, cuts: 1, stopMs: 0, seed: 1 },
    })
    expect(report.differences).toEqual([])
    expect(report.killed).toBeGreaterThan(0)
    for (const ms of report.takenOverMs) expect(ms).toBeLessThan(90_000)
  },
  240_000,
)
