/**
 * One model behind `heddle serve`, FastAPI, BentoML and LitServe (all three with ONNX Runtime): requests per second and latency for
 * PNG pictures over 64 connections of this machine. Report 002's standard network is trained for one epoch and exported by
 * `heddle export --to onnx`. All servers are started, and all but the one whose turn it is are stopped by a signal; the turns
 * alternate. The load is a closed loop of wrk, which takes some of the machine's cores from every server alike.
 *
 *   npx jiti bench/serve/run.ts [--bin build/serve-peers/bin] [--wrk wrk] [--rounds 3] [--seconds 10] [--connections 64]
 *
 * The first run makes a virtual environment of Python with the peers in build/serve-peers. Linux only. Writes bench/results/serve.json.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createNetwork, type Dataset, fashionMnist, fit, loadDataset, saveModel } from 'heddle'
import experiment from '../../experiments/basic-vs-standard.ts'
import { encodePng } from '../../src/show/png.ts'
import { thisBuild } from '../measured/parts.ts'
import { type Contestant, contestants } from './contestants.ts'

const { values: given } = parseArgs({
  options: {
    bin: { type: 'string', default: fileURLToPath(new URL('../../build/serve-peers/bin', import.meta.url)) },
    wrk: { type: 'string', default: 'wrk' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '64' },
    only: { type: 'string' },
  },
})
const PICTURES = 256
const WARM_UP_SECONDS = 2
const START_MS = 120_000
/** A variable of the environment that names the contestant. */
const MARK = 'HEDDLE_CONTESTANT'

interface Load {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly errors: number
}

interface Server extends Contestant {
  readonly mark: string
  readonly port: number
  readonly loads: Load[]
}

async function prepare(folder: string, dataset: Dataset): Promise<readonly string[]> {
  const network = createNetwork(experiment.models.standard!, { inputShape: dataset.imageShape, seed: 1 })
  const { optimizer, loss } = experiment.train
  await fit(network, dataset, { optimizer, loss: loss!, epochs: 1, seed: 1 })
  await saveModel(network, join(folder, 'standard.safetensors'))
  const cli = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url))
  const [from, to] = [join(folder, 'standard.safetensors'), join(folder, 'standard.onnx')]
  execFileSync(process.execPath, [cli, 'export', from, '--to', 'onnx', '--out', to])
  return Array.from({ length: PICTURES }, (_, i) => {
    const file = join(folder, `${i}.png`)
    writeFileSync(file, encodePng(dataset.test.images.subarray(i * 784, (i + 1) * 784), [28, 28, 1]))
    return file
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as { readonly port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

async function start(
  contestant: Contestant,
  env: NodeJS.ProcessEnv,
  picture: string,
): Promise<[Server, string]> {
  const port = await freePort()
  const [program, ...args] = contestant.command(port)
  const mark = `${process.pid}-${contestant.name}`
  const child = spawn(program!, args, {
    env: { ...env, [MARK]: mark },
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const server = { ...contestant, mark, port, loads: [] }
  servers.push(server)
  const end = Date.now() + START_MS
  for (;;) {
    const label = await labelOf(port, picture)
    if (label !== null) return [server, label]
    if (Date.now() > end || child.exitCode !== null) throw new Error(`${contestant.name} does not answer.`)
    await sleep(500)
  }
}

async function labelOf(port: number, picture: string): Promise<string | null> {
  try {
    const headers = { 'content-type': 'image/png' }
    const answer = await fetch(`http://127.0.0.1:${port}/predict`, {
      method: 'POST',
      headers,
      body: readFileSync(picture),
    })
    return answer.ok ? ((await answer.json()) as { readonly label: string }).label : null
  } catch {
    return null
  }
}

/** The process and all that it started, in groups of their own too (BentoML's workers): their environment has its mark. */
function processesOf(mark: string): readonly number[] {
  const isMarked = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${MARK}=${mark}\0`)
    } catch {
      return false
    }
  }
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && isMarked(name))
    .map(Number)
}

function signal({ mark }: Server, name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
  for (const pid of processesOf(mark)) process.kill(pid, name)
}

function load({ port }: Server, seconds: number, pictures: readonly string[]): Load {
  const script = fileURLToPath(new URL('pictures.lua', import.meta.url))
  const args = [
    '-t',
    '1',
    '-c',
    given.connections,
    '-d',
    `${seconds}s`,
    '-s',
    script,
    `http://127.0.0.1:${port}`,
    '--',
    ...pictures,
  ]
  const output = execFileSync(given.wrk, args, { encoding: 'utf8' })
  return JSON.parse(output.trim().split('\n').at(-1)!)
}

/** The peers, from PyPI. */
function installPeers(): void {
  if (existsSync(given.bin)) return
  const requirements = fileURLToPath(new URL('peers/requirements.txt', import.meta.url))
  execFileSync('python3', ['-m', 'venv', dirname(given.bin)], { stdio: 'inherit' })
  execFileSync(join(given.bin, 'pip'), ['install', '--quiet', '-r', requirements], { stdio: 'inherit' })
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

const folder = mkdtempSync(join(tmpdir(), 'heddle-serve-'))
const servers: Server[] = []
try {
  installPeers()
  const dataset = await loadDataset(fashionMnist())
  const pictures = await prepare(folder, dataset)
  const env = { ...process.env, MODEL: join(folder, 'standard.onnx'), CLASSES: dataset.classNames.join(',') }
  const labels = new Set<string>()
  for (const one of contestants(given.bin, join(folder, 'standard.safetensors'))) {
    if (given.only && !given.only.split(',').includes(one.name)) continue
    const [server, label] = await start(one, env, pictures[0]!)
    labels.add(label)
    signal(server, 'SIGSTOP')
  }
  if (labels.size !== 1) throw new Error(`The servers disagree about a picture: ${[...labels].join(', ')}.`)
  const loadBefore = loadavg()[0]
  for (let round = 0; round < Number(given.rounds); round++) {
    for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
      signal(server, 'SIGCONT')
      load(server, WARM_UP_SECONDS, pictures)
      const measured = load(server, Number(given.seconds), pictures)
      signal(server, 'SIGSTOP')
      server.loads.push(measured)
      console.log(
        `${round} ${server.name}: ${Math.round(measured.requests / measured.seconds)} requests/s, p50 ${measured.p50Ms} ms, p99 ${measured.p99Ms} ms, ${measured.errors} errors`,
      )
    }
  }
  const results = servers.map(({ name, version, loads }) => ({
    name,
    version: execFileSync(version[0]!, version.slice(1), { encoding: 'utf8' }).trim(),
    requestsPerSecond: median(loads.map(({ requests, seconds }) => requests / seconds)),
    p50Ms: median(loads.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(loads.map(({ p99Ms }) => p99Ms)),
    errors: loads.reduce((sum, { errors }) => sum + errors, 0),
    rounds: loads,
  }))
  const facts = {
    ...thisBuild(),
    load: loadBefore,
    connections: Number(given.connections),
    seconds: Number(given.seconds),
  }
  if (!given.only)
    writeFileSync(
      new URL('../results/serve.json', import.meta.url),
      `${JSON.stringify({ ...facts, results }, null, 2)}\n`,
    )
} finally {
  for (const server of servers) signal(server, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
