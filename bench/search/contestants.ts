import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ParameterValues } from '../../src/protocol/study.ts'
import { type SamplerSpec, suggest } from '../../src/search/samplers/index.ts'
import type { Observation } from '../../src/search/samplers/sampler.ts'
import type { Task } from './tasks.ts'

/** Something that searches: the losses of its trials, in their order. It is not given the number of trials in advance. */
export interface Contestant {
  readonly name: string
  search(task: Task, seed: number, trials: number): Promise<readonly number[]>
  close(): void
}

/** A sampler of Heddle. */
export function heddle(name: string, sampler: SamplerSpec): Contestant {
  return {
    name,
    async search({ space, lossOf }, seed, trials) {
      const observations: Observation[] = []
      for (let trial = 0; trial < trials; trial++) {
        const parameters = suggest({ space, observations, seed, trial }, sampler)
        if (parameters === null) break
        observations.push({ parameters, losses: [lossOf(parameters)], epochs: 1, hasFailed: false })
      }
      return observations.map(({ losses }) => losses![0]!)
    },
    close: () => {},
  }
}

/** A sampler of Optuna, in a process of its own. */
export function optuna(name: string, sampler: string, python: string): Contestant {
  const script = fileURLToPath(new URL('optuna_peer.py', import.meta.url))
  const child = spawn(python, [script, '--sampler', sampler], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = linesOf(child)
  const send = (request: object): void => void child.stdin!.write(`${JSON.stringify(request)}\n`)
  const ask = async (request: object): Promise<Record<string, unknown>> => {
    send(request)
    const { value, done } = await answers.next()
    if (done) throw new Error(`${name} ended before it answered.`)
    return JSON.parse(value)
  }
  return {
    name,
    async search({ space, lossOf }, seed, trials) {
      await ask({
        space: Object.entries(space).map(([parameter, one]) => ({ name: parameter, ...one })),
        seed,
      })
      const losses: number[] = []
      for (let trial = 0; trial < trials; trial++) {
        const { parameters } = await ask({ ask: true })
        const loss = lossOf(parameters as ParameterValues)
        losses.push(loss)
        send({ tell: loss })
      }
      return losses
    },
    close: () => child.stdin!.end(),
  }
}

function linesOf(child: ChildProcess): AsyncIterator<string> {
  const lines: Interface = createInterface({ input: child.stdout! })
  return lines[Symbol.asyncIterator]()
}
