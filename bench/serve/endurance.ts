/**
 * `heddle serve` with five times the clients that it is made for, over time, and killed under load. Report 002's standard network answers
 * PNG pictures of 28 x 28. A few connections of this process measure; wrk makes the rest of the load.
 *
 *   npx jiti bench/serve/endurance.ts [--wrk wrk] [--seconds 10] [--soak 60]
 *
 * Prints JSON.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createNetwork, fashionMnistMini, fit, loadDataset, saveModel } from 'heddle'
import experiment from '../../experiments/basic-vs-standard.ts'
import { encodePng } from '../../src/show/png.ts'

const { values: given } = parseArgs({
  options: {
    wrk: { type: 'string', default: 'wrk' },
    seconds: { type: 'string', default: '10' },
    soak: { type: 'string', default: '60' },
  },
})
const [seconds, soak] = [Number(given.seconds), Number(given.soak)]
const CLIENTS = 64
const cli = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'heddle-endurance-'))
const model = join(folder, 'standard.safetensors')
const script = join(folder, 'picture.lua')
const agent = new Agent({ keepAlive: true, maxSockets: 256 })

interface Server {
  readonly child: ChildProcess
  readonly port: number
  readonly readyMs: number
}

async function start(port = 0): Promise<Server> {
  const begin = performance.now()
  const child = spawn(process.execPath, [cli, 'serve', model, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const taken = await new Promise<number>((resolve, reject) => {
    child.stdout!.setEncoding('utf8').on('data', text => {
      const [, found] = /listening at http:\/\/[\d.]+:(\d+)/.exec(text) ?? []
      if (found) resolve(Number(found))
    })
    child.on('exit', () => reject(new Error('The server has ended.')))
  })
  return { child, port: taken, readyMs: Math.round(performance.now() - begin) }
}

interface Answer {
  readonly status: number
  readonly ms: number
}

/** One request; status 0: the connection broke. */
function ask(port: number, body: Buffer): Promise<Answer> {
  const begin = performance.now()
  return new Promise(resolve => {
    const done = (status: number): void => resolve({ status, ms: performance.now() - begin })
    const asked = request({ port, host: '127.0.0.1', path: '/predict', method: 'POST', agent }, answer => {
      answer.resume().on('end', () => done(answer.statusCode!))
      answer.on('error', () => done(0))
    })
    asked.on('error', () => done(0)).end(body)
  })
}

/** Ten connections that ask one request after the other. */
async function probe(port: number, body: Buffer, untilMs: number): Promise<readonly Answer[]> {
  const end = performance.now() + untilMs
  const answers: Answer[] = []
  const one = async (): Promise<void> => {
    while (performance.now() < end) {
      answers.push(await ask(port, body))
      await sleep(5)
    }
  }
  await Promise.all(Array.from({ length: 10 }, one))
  return answers
}

function wrk(port: number, connections: number, duration: number): Promise<string> {
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${duration}s`,
    '--latency',
    '-s',
    script,
    `http://127.0.0.1:${port}/predict`,
  ]
  const child = spawn(given.wrk, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', part => {
    text += part
  })
  return new Promise(resolve => child.on('exit', () => resolve(text)))
}

function summary(answers: readonly Answer[]) {
  const accepted = answers.filter(({ status }) => status === 200).map(({ ms }) => ms)
  const sorted = accepted.toSorted((a, b) => a - b)
  const at = (share: number): number => Math.round(10 * (sorted[Math.floor(share * sorted.length)] ?? 0)) / 10
  const statuses: Record<number, number> = {}
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1
  return { statuses, p50Ms: at(0.5), p99Ms: at(0.99) }
}

async function underLoad(port: number, body: Buffer, connections: number) {
  const load = wrk(port, connections, seconds)
  await sleep(500)
  const answers = await probe(port, body, seconds * 1000 - 1000)
  const text = await load
  const [, rate] = /Requests\/sec:\s+([\d.]+)/.exec(text) ?? []
  const [, refused = '0'] = /Non-2xx or 3xx responses: (\d+)/.exec(text) ?? []
  const [, total] = /(\d+) requests in/.exec(text) ?? []
  return {
    connections,
    requestsPerSecond: Math.round(Number(rate)),
    refusedShare: Number((Number(refused) / Number(total)).toFixed(3)),
    ...summary(answers),
  }
}

async function memoryMb(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Math.round(Number(/^process_resident_memory_bytes (\d+)/m.exec(text)![1]) / 1e6)
}

/** An open loop: `perSecond` requests each second, whether or not they are answered. */
async function steady(port: number, body: Buffer, perSecond: number) {
  const answers: Promise<Answer>[] = []
  const memory: number[] = []
  const begin = performance.now()
  let [sent, looked] = [0, 0]
  while (performance.now() - begin < soak * 1000) {
    const due = ((performance.now() - begin) / 1000) * perSecond
    for (; sent < due; sent++) answers.push(ask(port, body))
    if (performance.now() - begin > looked * 5000) {
      memory.push(await memoryMb(port))
      looked++
    }
    await sleep(2)
  }
  return {
    perSecond: Math.round(perSecond),
    seconds: soak,
    memoryMb: memory,
    ...summary(await Promise.all(answers)),
  }
}

let server: Server | null = null
try {
  const dataset = await loadDataset(fashionMnistMini())
  const network = createNetwork(experiment.models.standard!, { inputShape: dataset.imageShape, seed: 1 })
  const { optimizer, loss } = experiment.train
  await fit(network, dataset, { optimizer, loss: loss!, epochs: 1, seed: 1 })
  await saveModel(network, model)
  const picture = Buffer.from(encodePng(dataset.test.images.subarray(0, 784), [28, 28, 1]))
  writeFileSync(join(folder, 'picture.png'), picture)
  const file = JSON.stringify(join(folder, 'picture.png'))
  writeFileSync(
    script,
    `local f = io.open(${file}, "rb"); wrk.method = "POST"; wrk.body = f:read("*a"); f:close(); wrk.headers["Content-Type"] = "image/png"`,
  )
  server = await start()
  await wrk(server.port, CLIENTS, 2)
  const nominal = await underLoad(server.port, picture, CLIENTS)
  const overload = await underLoad(server.port, picture, 5 * CLIENTS)
  const soaked =
    soak > 0 ? await steady(server.port, picture, 0.8 * Math.min(nominal.requestsPerSecond, 2000)) : null
  const answers = probe(server.port, picture, 4000)
  await sleep(1000)
  server.child.kill('SIGKILL')
  const { port } = server
  await new Promise(resolve => server!.child.once('exit', resolve))
  server = await start(port)
  const killed = { readyMs: server.readyMs, ...summary(await answers) }
  process.stdout.write(`${JSON.stringify({ nominal, overload, soaked, killed }, null, 2)}\n`)
} finally {
  server?.child.kill('SIGKILL')
  agent.destroy()
  rmSync(folder, { recursive: true })
}
