/**
 * How much processor time a suggestion takes after many finished trials.
 *
 *     npx jiti bench/search/speed.ts [trials]        # default 10000
 *
 * Ten parameters of all kinds; the trials have random losses. Prints the median and the most of ten suggestions of each sampler; other work on the
 * machine does not count.
 */

import { median } from '../../src/base/maths.ts'
import { RandomStream } from '../../src/base/random.ts'
import { choice, intRange, logUniform, uniform, when } from '../../src/search/distributions/index.ts'
import {
  gaussianProcess,
  random,
  type SamplerSpec,
  sobol,
  suggest,
  tpe,
} from '../../src/search/samplers/index.ts'
import type { Observation } from '../../src/search/samplers/sampler.ts'
import { pointAt, type Space } from '../../src/search/space.ts'

const space: Space = {
  learningRate: logUniform(1e-4, 1e-1),
  batchSize: choice([16, 32, 64, 128]),
  filters: intRange(8, 64, { step: 8 }),
  units: intRange(16, 512, { log: true }),
  dropout: uniform(0, 0.6),
  l2: logUniform(1e-6, 1e-2),
  depth: choice([1, 2, 3]),
  secondFilters: when({ depth: [2, 3] }, intRange(8, 128, { step: 8 })),
  rotation: uniform(0, 0.2),
  momentum: uniform(0, 0.99),
}
const trials = Number(process.argv[2] ?? 10_000)

const names = Object.keys(space)
const stream = new RandomStream(1)
const observations: Observation[] = []
for (let trial = 0; trial < trials; trial++) {
  const parameters = pointAt(
    space,
    names.map((_, i) => stream.uniform(trial * names.length + i)),
  )
  const loss = Math.abs(Math.log(Number(parameters.learningRate) / 0.003)) + Number(parameters.dropout)
  observations.push({ parameters, losses: [loss], epochs: 1, hasFailed: false })
}

const samplers: readonly SamplerSpec[] = [tpe(), gaussianProcess(), random(), sobol()]
for (const sampler of samplers) {
  const times = Array.from({ length: 10 }, (_, i) => {
    const begin = process.cpuUsage()
    suggest({ space, observations, seed: 1, trial: trials + i }, sampler)
    const { user, system } = process.cpuUsage(begin)
    return (user + system) / 1000
  })
  console.log(
    `${sampler.kind}: ${median(times).toFixed(0)} ms, at most ${Math.max(...times).toFixed(0)} ms after ${trials} trials`,
  )
}
