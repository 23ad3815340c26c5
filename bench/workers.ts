/**
 * Two trainings on two cores: one after the other on two threads, or side by side in two processes of one thread each, which is
 * `heddle run --workers 2`. Each round does both, in turns of which is first; a training is about a second long. Processes are started,
 * have their data and have trained once before a clock runs.
 *
 *   npx jiti bench/workers.ts [--rounds 9]        three minutes
 *   setsid npx jiti bench/workers.ts --first       on a machine that does other things as well
 *
 * `--first` gives this session the highest priority while a clock runs, with pauses in between. It needs root and Linux' autogroup. Writes bench/results/workers.json.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  batchNormalization,
  conv2d,
  createNetwork,
  dense,
  fashionMnist,
  fit,
  globalAveragePooling2d,
  loadDataset,
  type ModelSpec,
  maxPooling2d,
  nativeBackend,
  sequential,
} from 'heddle'
import basicVsStandard from '../experiments/basic-vs-standard.ts'
import conv1dEight from '../experiments/conv1d-eight.ts'
import threeClass from '../experiments/three-class.ts'
import augmented from '../experiments/three-class-augmented.ts'
import threeConv from '../experiments/three-conv.ts'
import type { ExperimentSpec } from '../src/train/experiment.ts'

const block = (filters: number) => [
  conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' }),
  conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' }),
  batchNormalization(),
  maxPooling2d(),
]
const large = sequential([
  ...block(64),
  ...block(128),
  globalAveragePooling2d(),
  dense({ units: 10, activation: 'softmax' }),
])

const first = ({ models }: ExperimentSpec): ModelSpec => Object.values(models)[0]!

const networks: Readonly<
  Record<string, { readonly model: ModelSpec; readonly train: ExperimentSpec['train'] }>
> = {
  'three-class dense': { model: first(threeClass), train: threeClass.train },
  'basic-vs-standard basic': { model: basicVsStandard.models.basic!, train: basicVsStandard.train },
  'basic-vs-standard standard': { model: basicVsStandard.models.standard!, train: basicVsStandard.train },
  'three-conv reported': { model: threeConv.models.reported!, train: threeConv.train },
  'conv1d-eight model-1': { model: first(conv1dEight), train: conv1dEight.train },
  'three-class augmented': { model: first(augmented), train: augmented.train },
  'large (281,000 parameters)': { model: large, train: basicVsStandard.train },
}

/** A process that trains when it is asked to. */
async function child(name: string, threads: number): Promise<void> {
  const { model, train } = networks[name]!
  const all = await loadDataset(fashionMnist())
  const { kind: _, ...options } = { ...train, epochs: 1, validationSplit: 0, callbacks: [] }
  const training = async (images: number): Promise<void> => {
    const network = createNetwork(model, {
      inputShape: [28, 28, 1],
      seed: 1,
      backend: nativeBackend({ threads }),
    })
    await fit(network, { ...all, train: all.train.first(images) }, { ...options, seed: 1 })
  }
  await training(640)
  const before = process.cpuUsage()
  await training(1920)
  const { user, system } = process.cpuUsage(before)
  process.send!({ microseconds: (user + system) / 1920 })
  process.on('message', async ({ images, times }: { readonly images: number; readonly times: number }) => {
    const started = performance.now()
    for (let i = 0; i < times; i++) await training(images)
    process.send!({ ms: performance.now() - started })
  })
}

interface Trainer {
  readonly process: ChildProcess
  /** Time of a processor for one image. */
  readonly microseconds: number
}

async function start(name: string, threads: number): Promise<Trainer> {
  const args = ['--child', name, '--threads', String(threads)]
  const child = fork(fileURLToPath(import.meta.url), args, { execArgv: ['--import', 'jiti/register'] })
  const [{ microseconds }] = await once(child, 'message')
  return { process: child, microseconds }
}

/** Milliseconds until all of them have trained. */
async function timeOf(trainers: readonly Trainer[], work: object, isFirst: boolean): Promise<number> {
  if (isFirst) writeFileSync('/proc/self/autogroup', '-20')
  const ended = trainers.map(({ process }) => {
    const answer = once(process, 'message')
    process.send(work)
    return answer
  })
  const times = (await Promise.all(ended)).map(([{ ms }]) => ms as number)
  if (isFirst) writeFileSync('/proc/self/autogroup', '0')
  // Others that use the machine go on meanwhile.
  if (isFirst) await sleep(3000)
  return Math.max(...times)
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    first: { type: 'boolean', default: false },
    child: { type: 'string' },
    threads: { type: 'string', default: '1' },
  },
})

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!

/** After each network: what is measured is kept also if the rest is stopped. */
function write(measured: object): void {
  const machine = {
    cpu: cpus()[0]!.model.trim(),
    cores: cpus().length,
    node: process.version,
    load: loadavg()[0],
  }
  const file = new URL('results/workers.json', import.meta.url)
  writeFileSync(file, `${JSON.stringify({ machine, ...measured }, null, 2)}\n`)
}

async function measure(): Promise<void> {
  const [rounds, isFirst] = [Number(values.rounds), values.first]
  const results = []
  for (const name of Object.keys(networks)) {
    const one = await start(name, 2)
    const two = [await start(name, 1), await start(name, 1)]
    const images = Math.max(640, Math.min(60_000, Math.round(1e6 / two[0]!.microseconds)))
    const threads: number[] = []
    const processes: number[] = []
    for (let round = 0; round < rounds; round++) {
      const parts = [
        async () => threads.push(await timeOf([one], { images, times: 2 }, isFirst)),
        async () => processes.push(await timeOf(two, { images, times: 1 }, isFirst)),
      ]
      for (const part of round % 2 ? parts.reverse() : parts) await part()
    }
    for (const { process } of [one, ...two]) process.disconnect()
    const gains = threads.map((ms, i) => ms / processes[i]!).sort((a, b) => a - b)
    const result = {
      name,
      images,
      threadsMs: median(threads),
      processesMs: median(processes),
      /** How many times as fast the processes are: the median of the rounds, the lowest and the highest. */
      gain: median(gains),
      low: gains[0]!,
      high: gains.at(-1)!,
    }
    results.push(result)
    write({ rounds, isFirst, results })
    console.log(
      `${name.padEnd(28)} ${String(images).padStart(6)} images  1 × 2 threads ${result.threadsMs.toFixed(0)} ms  ` +
        `2 × 1 thread ${result.processesMs.toFixed(0)} ms  ${result.gain.toFixed(2)} times as fast (${result.low.toFixed(2)} to ${result.high.toFixed(2)})`,
    )
  }
}

if (values.child === undefined) await measure()
else await child(values.child, Number(values.threads))
