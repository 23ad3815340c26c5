import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createNetwork, fashionMnistMini, fit, loadDataset, saveModel } from 'heddle'
import experiment from '../../experiments/basic-vs-standard.ts'
import { encodePng } from '../../src/show/png.ts'

const cli = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url))
const agent = new Agent({ keepAlive: true, maxSockets: 256 })

/** Report 002's standard network, trained for an epoch, and a PNG picture for it. */
export async function trainedModel(folder: string): Promise<{ model: string; picture: Buffer }> {
  const model = join(folder, 'standard.safetensors')
  const dataset = await loadDataset(fashionMnistMini())
  const network = createNetwork(experiment.models.standard!, { inputShape: dataset.imageShape, seed: 1 })
  const { optimizer, loss } = experiment.train
  await fit(network, dataset, { optimizer, loss: loss!, epochs: 1, seed: 1 })
  await saveModel(network, model)
  return { model, picture: Buffer.from(encodePng(dataset.test.images.subarray(0, 784), [28, 28, 1])) }
}

export interface Served {
  readonly child: ChildProcess
  readonly port: number
  /** From the start of its process to the line that it listens. */
  readonly readyMs: number
}

/** `heddle serve` in a process of its own. */
export async function serve(model: string, port = 0): Promise<Served> {
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

export async function kill({ child }: Served): Promise<void> {
  const end = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await end
}

export interface Answer {
  readonly status: number
  readonly ms: number
}

/** One request; status 0: the connection broke. */
export function ask(
  port: number,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const begin = performance.now()
  return new Promise(resolve => {
    const done = (status: number): void => resolve({ status, ms: performance.now() - begin })
    const options = { port, host: '127.0.0.1', path: '/predict', method: 'POST', agent, headers }
    const asked = request(options, answer => {
      answer.resume().on('end', () => done(answer.statusCode!))
      answer.on('error', () => done(0))
    })
    asked.on('error', () => done(0)).end(body)
  })
}

/** Connections that `ask` left open. */
export function endConnections(): void {
  agent.destroy()
}

export async function memoryMb(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Math.round(Number(/^process_resident_memory_bytes (\d+)/m.exec(text)![1]) / 1e6)
}

interface Load {
  readonly connections: number
  readonly seconds: number
  /** How long a connection waits between two requests, on average; 0: it asks again at once. */
  readonly pauseMs?: number
}

/** A closed loop of wrk that sends one picture; `end` of what it did. */
export async function wrk(
  program: string,
  folder: string,
  port: number,
  picture: Buffer,
  { connections, seconds, pauseMs = 0 }: Load,
) {
  const [file, script] = [join(folder, 'picture.png'), join(folder, `picture-${pauseMs}.lua`)]
  writeFileSync(file, picture)
  writeFileSync(
    script,
    `local f = io.open(${JSON.stringify(file)}, "rb"); wrk.method = "POST"; wrk.body = f:read("*a"); f:close()
wrk.headers["Content-Type"] = "image/png"
${pauseMs > 0 ? `function delay() return math.random(0, ${Math.round(2 * pauseMs)}) end` : ''}`,
  )
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${port}/predict`]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', part => {
    text += part
  })
  await new Promise(resolve => child.on('exit', resolve))
  const [, rate] = /Requests\/sec:\s+([\d.]+)/.exec(text) ?? []
  const [, refused = '0'] = /Non-2xx or 3xx responses: (\d+)/.exec(text) ?? []
  const [, total] = /(\d+) requests in/.exec(text) ?? []
  return {
    requestsPerSecond: Math.round(Number(rate)),
    refusedShare: Number((Number(refused) / Number(total)).toFixed(4)),
  }
}
