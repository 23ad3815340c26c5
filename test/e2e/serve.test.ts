import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createNetwork, dense, flatten, preparation, saveModel, sequential } from '../../src/index.ts'
import { documents } from '../support/documents.ts'
import { heddle } from './heddle.ts'

// The real command, and the commands of the guide against it.

const folder = mkdtempSync(join(tmpdir(), 'heddle-serve-'))
const entry = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url))
const token = 'a-token-of-sixteen-letters'
const started: ChildProcess[] = []

interface Server {
  readonly child: ChildProcess
  readonly origin: string
  readonly log: () => string
}

async function serve(...args: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, [entry, 'serve', ...args], {
    cwd: folder,
    env: { ...process.env, HEDDLE_BACKEND: 'reference', HEDDLE_TOKEN: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.push(child)
  let log = ''
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout!.setEncoding('utf8').on('data', text => {
      log += text
      const [, found] = /listening at (https?:\/\/[\d.]+:\d+)/.exec(log) ?? []
      if (found) resolve(found)
    })
    child.on('exit', code => reject(new Error(`heddle serve ended with ${code}: ${log}`)))
  })
  return { child, origin, log: () => log }
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise(resolve => child.on('exit', code => resolve(code)))

async function model(file: string, seed: number): Promise<void> {
  const network = createNetwork(sequential([flatten(), dense({ units: 2, activation: 'softmax' })]), {
    inputShape: [28, 28, 1],
    seed,
  })
  const about = { preparation: preparation({ colorMode: 'grayscale', imageSize: 28 }) }
  await saveModel(network, join(folder, file), { classNames: ['bag', 'shoe'], ...about })
}

let server: Server

beforeAll(async () => {
  await model('shoes.safetensors', 1)
  writeFileSync(join(folder, 'token'), `${token}\n`)
  const pictures = fileURLToPath(new URL('../parity/pictures/', import.meta.url))
  copyFileSync(join(pictures, 'grey.png'), join(folder, 'shoe.png'))
  copyFileSync(join(pictures, 'rgb.png'), join(folder, 'bag.png'))
  server = await serve('shoes.safetensors', '--port', '0', '--token-file', 'token')
}, 60_000)
afterAll(() => {
  for (const child of started) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

const guide = documents().find(({ path }) => path === 'docs/guide/serving.md')!
const curls = guide.blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ code }) => code.split('\n'))
  .filter(line => line.startsWith('curl '))
const hasCurl = spawnSync('curl', ['--version']).status === 0

test.skipIf(!hasCurl).each(curls)('the guide: %s', line => {
  const address = line.replace('http://localhost:8080', server.origin)
  expect(address, 'each asks the server of the guide').not.toBe(line)
  const answer = execFileSync('sh', ['-c', `${address} --fail-with-body --silent`], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(answer).toMatch(/"(label|models|status)":|^# HELP/)
})

test('a new file of the model is served, and SIGTERM ends the server with exit code 0', async () => {
  const digest = async (): Promise<string> => {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${server.origin}/predict`, {
      method: 'POST',
      headers,
      body: readFileSync(join(folder, 'shoe.png')),
    })
    return ((await answer.json()) as { readonly digest: string }).digest
  }
  const before = await digest()
  await model('shoes.safetensors', 2)
  while ((await digest()) === before) await sleep(100)
  server.child.kill('SIGTERM')
  expect(await ended(server.child)).toBe(0)
  const lines = server
    .log()
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines.map(({ message }) => message.split(' at ')[0])).toEqual([
    'model ready',
    'listening',
    'model ready',
    'stopping',
  ])
}, 60_000)

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

test.skipIf(!hasOpenssl)(
  'HTTPS, by a certificate of your own',
  async () => {
    const openssl = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ]
    const made = spawnSync(
      'openssl',
      [...openssl, '-subj', '/CN=localhost', '-keyout', 'key.pem', '-out', 'cert.pem'],
      { cwd: folder },
    )
    expect(made.status).toBe(0)
    const { child, origin } = await serve(
      'shoes.safetensors',
      '--port',
      '0',
      '--tls-cert',
      'cert.pem',
      '--tls-key',
      'key.pem',
    )
    const status = await new Promise((resolve, reject) => {
      const asked = request(
        `${origin}/readyz`,
        { ca: readFileSync(join(folder, 'cert.pem')), servername: 'localhost' },
        answer => {
          answer.resume()
          resolve(answer.statusCode)
        },
      )
      asked.on('error', reject).end()
    })
    expect(status).toBe(200)
    child.kill('SIGKILL')
  },
  60_000,
)

test.each<readonly [readonly string[], string]>([
  [
    ['shoes.safetensors', '--host', '0.0.0.0'],
    '--host 0.0.0.0 opens the server to other machines: give it a token',
  ],
  [['shoes.safetensors', '--tls-cert', 'cert.pem'], 'HTTPS needs both: --tls-cert FILE and --tls-key FILE.'],
])('refuses %j', async (args, words) => {
  const { code, stderr } = await heddle(['serve', ...args], {
    cwd: folder,
    env: { HEDDLE_BACKEND: 'reference' },
  })
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)])
})
