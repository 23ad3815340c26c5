/**
 * One training step (forward, backward, Adam) of report 002's networks, beside every peer that is installed.
 *
 *   npm run bench                       all of it, about three minutes
 *   npm run bench -- --rounds 5 --network standard --threads 2
 *
 * All programs run in one session and take turns, so that a noisy machine disturbs them alike; the ratio is the
 * median over rounds of peer time / Heddle's time in the same round. Heddle also gathers, scales and counts what it
 * gets right; the peers get one ready-made batch again and again, each in its fastest variant (bench/peers/README.md).
 * Writes bench/results/step.json.
 */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  adam,
  type Backend,
  createNetwork,
  loadWasm,
  nativeBackend,
  sparseCategoricalCrossentropy,
  wasmBackend,
} from 'heddle'
import experiment from '../experiments/basic-vs-standard.ts'

const networks = experiment.models

/** Something that can run steps and say how long they took. */
interface Contestant {
  readonly name: string
  readonly version: string
  readonly variant: string
  /** Milliseconds per step. */
  run(steps: number): Promise<number>
  close(): void
}

const BATCH = 64
const ROUND_MS = 500

function heddle(name: string, backend: Backend): Contestant {
  const network = createNetwork(networks[name]!, { inputShape: [28, 28, 1], seed: 1, backend })
  const { beta1, beta2, epsilon, learningRate } = adam()
  const executable = network.compile(sparseCategoricalCrossentropy(), {
    batchSize: BATCH,
    update: { kind: 'adam', beta1, beta2, epsilon },
  })
  const examples = 60_000
  const images = Uint8Array.from({ length: examples * 784 }, (_, i) => (i * 2654435761) >>> 24)
  const targets = Int32Array.from({ length: examples }, (_, i) => i % 10)
  return {
    name: backend.name === 'native' ? 'heddle' : `heddle, ${backend.name}`,
    version: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
    variant: backend.description,
    async run(steps) {
      const order = Int32Array.from({ length: steps * BATCH }, (_, i) => (i * 7919) % examples)
      const coefficients = Float64Array.from({ length: 3 * steps }, (_, i) =>
        i % 3 ? 0 : Number(learningRate),
      )
      const started = performance.now()
      await executable.run({ mode: 'train', images, scale: 1 / 255, targets, order, coefficients })
      return (performance.now() - started) / steps
    },
    close: () => undefined,
  }
}

const python =
  process.env.PEERS_PYTHON ?? fileURLToPath(new URL('../.peers/venv/bin/python', import.meta.url))

async function peer(script: string, name: string, threads: number): Promise<Contestant> {
  const path = fileURLToPath(new URL(`peers/${script}`, import.meta.url))
  const child: ChildProcessWithoutNullStreams = spawn(python, [path, name, String(BATCH), String(threads)])
  child.stderr.resume()
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done)
      throw new Error(`${script} ended early; run it by hand to see why: ${python} ${path} ${name} 64 1`)
    return JSON.parse(value as string) as T
  }
  const about = await read<{ name: string; version: string; variant?: string }>()
  return {
    name: about.name,
    version: about.version,
    variant: about.variant ?? '',
    async run(steps) {
      child.stdin.write(`${steps}\n`)
      const { seconds } = await read<{ seconds: number }>()
      return (1000 * seconds) / steps
    },
    close: () => child.stdin.end(),
  }
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

async function compare(name: string, threads: number, rounds: number) {
  const contestants = [heddle(name, nativeBackend({ threads }))]
  if (threads === 1) contestants.push(heddle(name, wasmBackend(loadWasm())))
  for (const script of ['pytorch_step.py', 'keras_step.py']) {
    if (existsSync(python)) contestants.push(await peer(script, name, threads))
  }
  // The first steps allocate and trace; then every round of a contestant is to last about as long.
  const steps: number[] = []
  for (const contestant of contestants) {
    await contestant.run(10)
    steps.push(Math.max(5, Math.round(ROUND_MS / (await contestant.run(20)))))
  }
  const times: number[][] = contestants.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, contestant] of contestants.entries()) times[i]!.push(await contestant.run(steps[i]!))
  }
  for (const contestant of contestants) contestant.close()
  return contestants.map(({ name: contestant, version, variant }, i) => ({
    network: name,
    threads,
    contestant,
    version,
    variant,
    minMs: Math.min(...times[i]!),
    medianMs: median(times[i]!),
    maxMs: Math.max(...times[i]!),
    /** This contestant's time over Heddle's, the median of the rounds. */
    ratio: median(times[i]!.map((time, round) => time / times[0]![round]!)),
    rounds,
  }))
}

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    network: { type: 'string', default: 'basic,standard' },
    threads: { type: 'string', default: `1,${availableParallelism()}` },
  },
})
if (!existsSync(python)) console.error(`No peers at ${python}: see bench/peers/README.md. Heddle runs alone.`)

const results = []
console.log('network   threads  contestant         min ms  median ms  max ms  time / heddle')
for (const network of flags.network.split(',')) {
  for (const threads of new Set(flags.threads.split(',').map(Number))) {
    for (const row of await compare(network, threads, Number(flags.rounds))) {
      results.push(row)
      const { contestant, minMs, medianMs, maxMs, ratio } = row
      const numbers = [
        minMs.toFixed(2).padStart(6),
        medianMs.toFixed(2).padStart(9),
        maxMs.toFixed(2).padStart(6),
      ]
      console.log(
        `${network.padEnd(9)} ${String(threads).padStart(7)}  ${contestant.padEnd(17)} ${numbers.join('  ')}  ${ratio.toFixed(2).padStart(13)}`,
      )
    }
  }
}
const machine = {
  cpu: cpus()[0]?.model.trim(),
  cores: availableParallelism(),
  node: process.version,
  os: process.platform,
}
const record = {
  what: 'ms per training step, batch 64',
  date: new Date().toISOString().slice(0, 10),
  machine,
  results,
}
writeFileSync(new URL('results/step.json', import.meta.url), `${JSON.stringify(record, null, 2)}\n`)
