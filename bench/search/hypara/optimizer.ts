/**
 * A sampler of Heddle as an optimizer of hypara, a judge of optimizers that run as processes (its README has the protocol, JSON lines).
 *
 *     pip install hypara==0.1.0 optuna==5.0.0
 *     cd bench/search/hypara && hypara suite --config suite.json --out ../../../build/hypara     # 20 minutes
 *     hypara report --dir ../../../build/hypara
 *
 * The folders beside this file are the optimizers of the suite: `jiti optimizer.ts <sampler>`, and Optuna.
 */
import { createInterface } from 'node:readline'
import type { ParameterValue, ParameterValues } from '../../../src/protocol/study.ts'
import {
  choice,
  type Distribution,
  intRange,
  logUniform,
  uniform,
  when,
} from '../../../src/search/distributions/index.ts'
import { samplers, suggest } from '../../../src/search/samplers/index.ts'
import type { Observation } from '../../../src/search/samplers/sampler.ts'
import type { Space } from '../../../src/search/space.ts'

interface Parameter {
  readonly name: string
  readonly type: 'float' | 'int' | 'categorical' | 'bool'
  readonly low: number
  readonly high: number
  readonly log?: boolean
  readonly choices: readonly ParameterValue[]
  readonly condition?: { readonly param: string; readonly equals: readonly ParameterValue[] }
}

type Message =
  | {
      readonly type: 'init'
      readonly problem: { readonly space: readonly Parameter[] }
      readonly optimizer_seed: number
    }
  | { readonly type: 'ask' }
  | { readonly type: 'tell'; readonly candidate: ParameterValues; readonly score: number | null }
  | { readonly type: 'finish' }

const sampler = samplers.parse({ kind: process.argv[2] }, 'sampler')
let space: Space = {}
let seed = 0
const observations: Observation[] = []

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as Message
  if (message.type === 'init') {
    space = Object.fromEntries(
      message.problem.space.map(parameter => [parameter.name, distributionOf(parameter)]),
    )
    seed = message.optimizer_seed
    answer({ type: 'ready' })
  } else if (message.type === 'ask') {
    const candidate = suggest({ space, observations, seed, trial: observations.length }, sampler)
    // The judge goes on after the last point of a finite space, so it gets the best again.
    answer({ type: 'propose', candidate: candidate ?? best() })
  } else if (message.type === 'tell') {
    const { candidate, score } = message
    const losses = score === null ? null : [-score]
    observations.push({ parameters: candidate, losses, epochs: 1, hasFailed: score === null })
  } else break
}

function distributionOf({ type, low, high, log, choices, condition }: Parameter): Distribution {
  const given =
    type === 'bool'
      ? choice([false, true])
      : type === 'categorical'
        ? choice(choices)
        : type === 'int'
          ? intRange(low, high, { log: log ?? false })
          : (log ? logUniform : uniform)(low, high)
  return condition ? when({ [condition.param]: condition.equals }, given) : given
}

function best(): ParameterValues {
  const lossOf = ({ losses }: Observation): number => losses?.[0] ?? Infinity
  return observations.reduce((a, b) => (lossOf(b) < lossOf(a) ? b : a)).parameters
}

function answer(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
