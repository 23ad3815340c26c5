/**
 * `heddle serve` with five times the clients that it is made for, for ten minutes at 80 % of its load, and killed under load again and
 * again. Report 002's standard network answers PNG pictures of 28 x 28. A few connections of this process measure; wrk makes the
 * rest of the load.
 *
 *   npx jiti bench/serve/endurance.ts [--wrk wrk] [--seconds 10] [--soak 600] [--kills 10]
 *
 * Writes bench/results/endurance.json.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { thisBuild } from '../measured/parts.ts'
import {
  type Answer,
  ask,
  endConnections,
  kill,
  memoryMb,
  type Served,
  serve,
  trainedModel,
  wrk,
} from './served.ts'

const { values: given } = parseArgs({
  options: {
    wrk: { type: 'string', default: 'wrk' },
    seconds: { type: 'string', default: '10' },
    soak: { type: 'string', default: '600' },
    kills: { type: 'string', default: '10' },
  },
})
const [seconds, soak, kills] = [given.seconds, given.soak, given.kills].map(Number) as [
  number,
  number,
  number,
]
const CLIENTS = 64
/** Connections of this process. */
const PROBES = 10
const folder = mkdtempSync(join(tmpdir(), 'heddle-endurance-'))

/** Connections that ask one request after the other, with a pause. */
async function probe(port: number, body: Buffer, untilMs: number, pauseMs = 5): Promise<readonly Answer[]> {
  const end = performance.now() + untilMs
  const answers: Answer[] = []
  const one = async (): Promise<void> => {
    while (performance.now() < end) {
      answers.push(await ask(port, body))
      await sleep(pauseMs)
    }
  }
  await Promise.all(Array.from({ length: PROBES }, one))
  return answers
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
  const load = wrk(given.wrk, folder, port, body, { connections: connections - PROBES, seconds })
  await sleep(500)
  const answers = await probe(port, body, seconds * 1000 - 1000)
  return { connections, ...(await load), ...summary(answers) }
}

/** 80 % of the load: the clients pause between two requests. Its memory is looked at each ten seconds. */
async function soaked(port: number, body: Buffer, nominal: { requestsPerSecond: number; p50Ms: number }) {
  const wanted = 0.8 * nominal.requestsPerSecond
  // At 80 % a request takes about half of what it takes at full load.
  const pauseMs = Math.max(1, (1000 * CLIENTS) / wanted - nominal.p50Ms / 2)
  const load = wrk(given.wrk, folder, port, body, { connections: CLIENTS, seconds: soak, pauseMs })
  const memory: number[] = []
  const probed = probe(port, body, soak * 1000 - 1000, 50)
  for (let at = 0; at < soak; at += 10) {
    await sleep(Math.min(10, soak - at) * 1000 - 100)
    memory.push(await memoryMb(port))
  }
  return { seconds: soak, ...(await load), ...summary(await probed), memoryMb: memory }
}

/** Killed under load, and started again on its port. */
async function killed(before: Served, model: string, body: Buffer) {
  const load = wrk(given.wrk, folder, before.port, body, {
    connections: 8,
    seconds: 1.5 * kills + 1,
    pauseMs: 5,
  })
  const answers = probe(before.port, body, 1500 * kills)
  const readyMs: number[] = []
  let server = before
  for (let i = 0; i < kills; i++) {
    await sleep(1000)
    await kill(server)
    server = await serve(model, server.port)
    readyMs.push(server.readyMs)
  }
  await load
  return { server, result: { readyMs, ...summary(await answers) } }
}

let server: Served | null = null
try {
  const { model, picture } = await trainedModel(folder)
  const load = loadavg()[0]
  server = await serve(model)
  await wrk(given.wrk, folder, server.port, picture, { connections: CLIENTS, seconds: 2 })
  const nominal = await underLoad(server.port, picture, CLIENTS)
  const overload = await underLoad(server.port, picture, 5 * CLIENTS)
  const soak80 = soak > 0 ? await soaked(server.port, picture, nominal) : null
  const restarts = await killed(server, model, picture)
  server = restarts.server
  const result = { ...thisBuild(), load, nominal, overload, soak80, killed: restarts.result }
  const text = `${JSON.stringify(result, null, 2)}\n`
  if (soak > 0) writeFileSync(new URL('../results/endurance.json', import.meta.url), text)
  process.stdout.write(text)
} finally {
  server?.child.kill('SIGKILL')
  endConnections()
  rmSync(folder, { recursive: true })
}
