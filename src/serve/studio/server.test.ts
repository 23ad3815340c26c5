import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HeddleError } from '../../base/errors.ts'
import { fashionMnistMini } from '../../data/source.ts'
import { referenceBackend } from '../../engine/backends/reference.ts'
import { sequential } from '../../model/graph.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import type { Choices } from '../../protocol/studio.ts'
import { openStore } from '../../store/open.ts'
import type { RunStore } from '../../store/store.ts'
import { experiment } from '../../train/experiment.ts'
import { cookieOf, studioKey } from '../key.ts'
import { type Studio, startStudio } from './server.ts'
import { templates } from './templates.ts'

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Asked {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

const folder = mkdtempSync(join(tmpdir(), 'heddle-serve-'))
const none = {
  host: '127.0.0.1',
  port: 0,
  token: null,
  backend: referenceBackend(),
  experiments: [],
  dataDir: undefined,
}
let store: RunStore
let open: Studio
let closed: Studio

/** With the studio's key, as a program asks. */
function ask(studio: Studio, asked: Asked): Promise<Reply> {
  return send(studio, { ...asked, headers: { authorization: `Bearer ${studio.key}`, ...asked.headers } })
}

/** As it is written: nothing tidies the path, and every header can be set. */
function send(studio: Studio, { method = 'GET', path, headers = {}, body }: Asked): Promise<Reply> {
  const { hostname, port } = new URL(studio.url)
  return new Promise((resolve, reject) => {
    const sent = request({ host: hostname, port, method, path, headers }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', part => {
        text += part
      })
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: text }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const json = { 'content-type': 'application/json' }
const { nodes, train } = templates[0]!
const job = { experiment: 'a', model: 'b', data: 'fashion-mnist-mini', nodes, train, seeds: [1] }
const post = (path: string, body: object, headers = {}): Asked => ({
  method: 'POST',
  path,
  headers: { ...json, ...headers },
  body: JSON.stringify(body),
})

beforeAll(async () => {
  store = await openStore(folder)
  open = await startStudio({ ...none, store })
  closed = await startStudio({ ...none, store, token: 'correct-horse-battery' })
})

afterAll(async () => {
  await open.close()
  await closed.close()
  await store.close()
  rmSync(folder, { recursive: true })
})

describe('a request from elsewhere', () => {
  test('under a name that was bent to this machine (DNS rebinding) is refused', async () => {
    const { port } = new URL(open.url)
    const { status, body } = await ask(open, {
      path: '/api/choices',
      headers: { host: `evil.example:${port}` },
    })
    expect(status).toBe(421)
    expect(JSON.parse(body).error).toContain('refuses requests for the host name "evil.example:')
    expect((await ask(open, { path: '/', headers: { host: '192.168.1.5' } })).status).toBe(421)
    expect((await ask(open, { path: '/', headers: { host: `localhost:${port}` } })).status).toBe(200)
  })

  test('of another site is refused, whatever it asks', async () => {
    const foreign = { origin: 'https://evil.example' }
    expect((await ask(open, post('/api/jobs', job, foreign))).status).toBe(403)
    expect((await ask(open, post('/api/jobs', job, { origin: 'null' }))).status).toBe(403)
    const image = { path: '/api/choices', headers: { 'sec-fetch-site': 'cross-site' } }
    expect((await ask(open, image)).status).toBe(403)
    const { port } = new URL(open.url)
    // Another port of this machine is another site, too.
    expect(
      (await ask(open, post('/api/jobs', job, { origin: `http://127.0.0.1:${Number(port) + 1}` }))).status,
    ).toBe(403)
  })

  test('that a form can send without asking first is refused', async () => {
    const plain = { ...post('/api/jobs', job), headers: { 'content-type': 'text/plain' } }
    expect((await ask(open, plain)).status).toBe(415)
    const form = { ...plain, headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    expect((await ask(open, form)).status).toBe(415)
  })
})

describe('too much', () => {
  test('a body above a megabyte is refused', async () => {
    const { status } = await ask(open, post('/api/jobs', { ...job, model: 'x'.repeat(2 << 20) }))
    expect(status).toBe(413)
  })

  test('a compressed body is not unpacked: a gigabyte of zeros in a megabyte costs nothing', async () => {
    const bomb = gzipSync(Buffer.alloc(64 << 20))
    const { status, body } = await ask(open, {
      method: 'POST',
      path: '/api/check',
      headers: { ...json, 'content-encoding': 'gzip' },
      body: bomb,
    })
    expect([status, body]).toEqual([
      415,
      '{"error":"The studio does not take compressed bodies: send the body uncompressed."}',
    ])
  })

  test('a model of a hundred thousand layers, or one that no memory holds, is refused', async () => {
    const many = Array.from({ length: 501 }, (_, i) => ({
      name: `f${i}`,
      layer: { kind: 'flatten' },
      inputs: [],
    }))
    expect((await ask(open, post('/api/check', { data: job.data, nodes: many, train }))).status).toBe(400)
    const huge = nodes.map(node =>
      node.name === 'dense' ? { ...node, layer: { kind: 'dense', units: 1e12 } } : node,
    )
    const { status, body } = await ask(open, post('/api/jobs', { ...job, nodes: huge }))
    expect(status).toBe(400)
    expect(JSON.parse(body).error).toContain('the engine takes at most 268435456 in a layer')
  })
})

describe('no path outside', () => {
  test.each([
    '/../package.json',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/..\\..\\package.json',
    '/..%00/package.json',
    '//etc/passwd',
    '/assets/%c0%ae%c0%ae/package.json',
    '/api/runs/..%2f..%2f..%2fetc%2fpasswd',
    '/api/jobs/..%2f..%2fruns.db/log',
    '/api/runs/%2e%2e/diff/%2e%2e',
    '/runs.db',
    '/.heddle/runs.db',
  ])('%s', async path => {
    const { status, body, headers } = await ask(open, { path })
    // The app's own page may answer, which then says that there is no such page.
    if (status === 200) expect(headers['content-type']).toBe('text/html; charset=utf-8')
    else expect(status).toBeGreaterThanOrEqual(400)
    expect(body).not.toMatch(/root:|"dependencies"|SQLite/)
  })

  test('a page says neither where data lies nor where to write', async () => {
    const folderData = { kind: 'imageFolder', path: '/etc' }
    expect((await ask(open, post('/api/check', { data: folderData, nodes, train }))).status).toBe(400)
    const { status, body } = await ask(open, post('/api/check', { data: '/etc', nodes, train }))
    expect([status, JSON.parse(body).error]).toEqual([
      404,
      'There is no dataset "/etc". Datasets: fashion-mnist-mini, fashion-mnist.',
    ])
    const logged = { ...train, callbacks: [{ kind: 'csvLogger', path: '/tmp/x.csv' }] }
    const refused = await ask(open, post('/api/jobs', { ...job, train: logged }))
    expect([refused.status, JSON.parse(refused.body).error]).toEqual([
      400,
      'csvLogger writes a file, and a run of the studio writes none. Remove it: the page of the run has every number.',
    ])
  })

  test('names that become files and arguments are names', async () => {
    for (const model of ['../x', '-rf', '', 'a b', '$(id)']) {
      expect((await ask(open, post('/api/jobs', { ...job, model }))).status, model).toBe(400)
    }
    for (const seeds of [['--help'], [-1], [1.5], []]) {
      expect((await ask(open, post('/api/jobs', { ...job, seeds }))).status, String(seeds)).toBe(400)
    }
  })
})

describe('every answer', () => {
  test('a part of an address that is longer than any name is answered in words', async () => {
    const { status, body } = await ask(open, { path: `/api/runs/${'a'.repeat(300)}` })
    expect([status, JSON.parse(body)]).toEqual([
      414,
      { error: 'There is nothing here: a part of this address is longer than any name.' },
    ])
  })

  test.each(['/', '/runs/3f9a', '/api/choices', '/api/nothing', '/assets/nothing.js'])(
    'to %s carries the policy',
    async path => {
      const { headers } = await ask(open, { path })
      const policy = String(headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';")
      expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['cross-origin-opener-policy']).toBe('same-origin')
      expect(headers['cross-origin-embedder-policy']).toBe('require-corp')
      expect(headers['access-control-allow-origin']).toBeUndefined()
      if (path.startsWith('/api/')) expect(headers['cache-control']).toBe('no-store')
    },
  )

  test('to what is not there says so in words', async () => {
    const { status, body } = await ask(open, { path: '/api/nothing' })
    expect([status, JSON.parse(body)]).toEqual([404, { error: 'There is no GET /api/nothing.' }])
    const run = await ask(open, { path: '/api/runs/nothing' })
    expect([run.status, JSON.parse(run.body).error]).toEqual([
      404,
      expect.stringContaining('There is no run "nothing" in'),
    ])
    expect((await ask(open, { path: '/api/runs/3f9a' })).status).toBe(404)
  })

  test('a line that is no request breaks nothing', async () => {
    const { port } = new URL(open.url)
    await new Promise<void>(resolve => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('\0\0nonsense\r\n\r\n'))
      socket.on('close', () => resolve()).resume()
    })
    expect((await ask(open, { path: '/' })).status).toBe(200)
  })
})

describe('the key', () => {
  const page = { accept: 'text/html,*/*' }

  test.each([
    '/',
    '/runs/3f9a',
    '/heddle.wasm',
    '/threads.wasm',
    '/assets/nothing.js',
    '/api/choices',
    '/api/events',
    '/api/curves?runs=3f9a',
    '/?token=wrong',
    '/?token=',
    '/?token=a&token=b',
  ])('nothing is answered without it: %s', async path => {
    expect((await send(open, { path })).status).toBe(401)
    const cookie = { cookie: `heddle-${new URL(open.url).port}=wrong` }
    expect((await send(open, { path, headers: cookie })).status).toBe(401)
  })

  test('no method and no file of the app is left out', async () => {
    for (const method of ['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect((await send(open, { method, path: '/api/jobs' })).status, method).toBe(401)
    }
    const { body } = await ask(open, { path: '/' })
    for (const [, path] of body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
      expect((await send(open, { path: path! })).status, path).toBe(401)
      expect((await ask(open, { path: path! })).status, path).toBe(200)
    }
  })

  test('a person is shown where to find it, and a field for it', async () => {
    const { status, headers, body } = await send(open, { path: '/runs', headers: page })
    expect([status, headers['content-type']]).toEqual([401, 'text/html; charset=utf-8'])
    expect(body).toContain('open the address with ?token=… that &#34;heddle studio&#34; printed')
    expect(body).toContain('<input type="password" name="token"')
  })

  test('the address sets a cookie that scripts cannot read and other sites cannot use, and leads on', async () => {
    const { port, search } = new URL(open.url)
    const foreign = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' }
    const path = `/runs?sort=seed&token=${open.key}`
    const { status, headers, body } = await send(open, { path, headers: { ...page, ...foreign } })
    expect(status).toBe(200)
    expect(body).toContain('<meta http-equiv="refresh" content="0;url=/runs?sort=seed">')
    const [cookie] = headers['set-cookie']!
    expect(cookie).toMatch(new RegExp(`^heddle-${port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`))
    expect(cookie).not.toContain(open.key)
    const given = { cookie: `other=1; ${cookie!.split(';')[0]}` }
    expect((await send(open, { path: '/api/choices', headers: given })).status).toBe(200)
    // Another studio's cookie is of no use here.
    expect((await send(closed, { path: '/api/choices', headers: given })).status).toBe(401)
    expect((await send(open, { path: `//evil.example/${search}`, headers: page })).body).toContain(
      'content="0;url=/evil.example/"',
    )
  })

  test('a token of the user is one more, and its cookie ends with it', async () => {
    const bearer = { authorization: 'Bearer correct-horse-battery' }
    expect((await send(closed, { path: '/api/choices', headers: bearer })).status).toBe(200)
    expect((await send(open, { path: '/api/choices', headers: bearer })).status).toBe(401)
    expect((await ask(closed, { path: '/api/choices' })).status).toBe(200)
    expect(cookieOf(open.key, 'a')).not.toBe(cookieOf(open.key, 'b'))
  })

  test('is the same when the studio is started again, in a file for its owner alone', async () => {
    expect(closed.key).toBe(open.key)
    const file = join(folder, 'studio/key')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    // One that others could have written is not used.
    const before = readFileSync(file, 'utf8')
    chmodSync(file, 0o644)
    expect(studioKey(folder)).not.toBe(before)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('after ten wrong tokens in a minute no further one is looked at, and the key still opens', async () => {
    const other = await startStudio({ ...none, store, token: 'correct-horse-battery' })
    const guess = (text: string): Promise<Reply> => send(other, { path: `/?token=${text}` })
    const statuses: number[] = []
    for (let i = 0; i < 12; i++) statuses.push((await guess(`guess-${i}`)).status)
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
    const { status, headers, body } = await guess('correct-horse-battery')
    expect([status, JSON.parse(body).error]).toEqual([
      429,
      'Too many wrong tokens: wait a minute, then try again.',
    ])
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    expect((await guess(other.key)).status).toBe(200)
    await other.close()
  })
})

describe('requests that do not end', () => {
  test('HEAD of a stream is answered at once', async () => {
    for (const path of ['/api/events', '/api/curves?runs=0']) {
      expect((await ask(open, { method: 'HEAD', path })).status, path).toBe(404)
    }
  })

  test('half-sent bodies, half heads and silent connections are closed', async () => {
    const impatient = await startStudio({ ...none, store, requestMs: 300 })
    const { port } = new URL(impatient.origin)
    const head = `POST /api/check HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${impatient.key}\r\n`
    const half = [`${head}content-type: application/json\r\ncontent-length: 1000\r\n\r\n{"data":`, head, '']
    await Promise.all(
      half.map(
        text =>
          new Promise<void>(resolve => {
            const socket = connect(Number(port), '127.0.0.1', () => socket.write(text))
            socket.on('close', () => resolve()).resume()
          }),
      ),
    )
    await impatient.close()
  })
})

describe('in words', () => {
  const wrong = async (asked: Asked): Promise<[number, string]> => {
    const { status, body } = await ask(open, asked)
    return [status, JSON.parse(body).error]
  }

  test('of what is wrong with a request', async () => {
    expect(await wrong({ path: '/api/compare?runs=x' })).toEqual([
      400,
      'The request: runs must be the ids of 2 to 60 runs with commas between them (an id is 12 digits and letters a to f), not "x".',
    ])
    expect(await wrong(post('/api/jobs', { ...job, seeds: ['a'] }))).toEqual([
      400,
      'The request: seeds[0] must be a whole number of at least 0, not "a".',
    ])
    expect(await wrong(post('/api/jobs', { ...job, model: 'a b' }))).toEqual([
      400,
      'The request: model must be a name of letters, digits, "_", "." and "-", at most 60 of them, that begins with a letter or digit, not "a b".',
    ])
    expect(await wrong(post('/api/jobs', { ...job, seeds: [] }))).toEqual([
      400,
      'The request: seeds must have 1 to 100 entries, not 0.',
    ])
    expect(await wrong(post('/api/check', { data: 'a' }))).toEqual([
      400,
      'The request: the option "nodes" is required.',
    ])
    expect(await wrong({ ...post('/api/check', {}), body: '{' })).toEqual([
      400,
      'The body of this request is not JSON.',
    ])
  })

  test.each([
    ['GET', '/api/runs/ffffffffffff'],
    ['GET', '/api/runs/nothing'],
    ['GET', '/api/data/run:ffffffffffff'],
    ['GET', '/api/data/run:ffffffffffff/train/labels'],
    ['GET', '/api/data/nothing'],
    ['GET', '/api/jobs/nothing/log'],
    ['POST', '/api/jobs/nothing/stop'],
    ['POST', '/api/runs/ffffffffffff/resume'],
    ['POST', '/api/runs/ffffffffffff/stop'],
    ['DELETE', '/api/runs/ffffffffffff/tags/a'],
    ['GET', '/api/runs/ffffffffffff/diff/ffffffffffff'],
    ['GET', '/api/runs/ffffffffffff/model'],
    ['GET', '/api/runs/ffffffffffff/template'],
    ['GET', '/api/runs/ffffffffffff/evaluation'],
    ['GET', '/api/runs/ffffffffffff/predictions'],
    ['GET', '/api/curves?runs=ffffffffffff'],
    ['GET', '/api/compare?runs=ffffffffffff,eeeeeeeeeeee'],
  ])('%s %s names what is not there', async (method, path) => {
    const { status, body } = await ask(open, { method, path })
    expect(status).toBe(404)
    expect(JSON.parse(body).error).toMatch(/^There is no (run|dataset|job) "/)
  })

  test('an address with a stray "%" is one that the app does not know', async () => {
    for (const path of ['/runs/%', '/runs/%c0%ae']) {
      const { status, headers } = await ask(open, { path })
      expect([status, headers['content-type']], path).toEqual([200, 'text/html; charset=utf-8'])
      expect((await send(open, { path })).status).toBe(401)
    }
  })
})

test('an experiment that is code is listed, and runs when it is chosen', async () => {
  let ran = 0
  const mine = experiment({
    name: 'mine',
    data: fashionMnistMini(),
    models: { only: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
    train: train as never,
  })
  const load = async () => {
    ran++
    return { experiment: mine, baseDir: folder }
  }
  const studio = await startStudio({ ...none, store, files: [{ name: 'experiments/mine.ts', load }] })
  const choices = async (): Promise<Choices> => JSON.parse((await ask(studio, { path: '/api/choices' })).body)
  const before = await choices()
  expect([before.files, ran]).toEqual([['experiments/mine.ts'], 0])
  expect(before.templates.map(({ experiment }) => experiment)).not.toContain('mine')
  const other = await ask(studio, post('/api/experiments', { file: '../../etc/passwd' }))
  expect([other.status, ran]).toEqual([404, 0])
  expect((await ask(studio, post('/api/experiments', { file: 'experiments/mine.ts' }))).status).toBe(200)
  const after = await choices()
  expect([after.files, ran]).toEqual([[], 1])
  expect(after.templates.map(({ experiment }) => experiment)).toContain('mine')
  await studio.close()
})

test('the app is below 600 kB as it is sent, charts included', async () => {
  const { body } = await ask(open, { path: '/' })
  const named = [...body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(match => match[1]!)
  expect(named.length).toBeGreaterThan(1)
  const folder = new URL('../../../build/studio/assets/', import.meta.url)
  const sizes = readdirSync(folder).map(file => gzipSync(readFileSync(new URL(file, folder))).length)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(600_000)
})

test('a port that is taken is told, with another one to try', async () => {
  const port = Number(new URL(open.url).port)
  const second = startStudio({ ...none, store, port })
  await expect(second).rejects.toThrow(
    new HeddleError(
      `Port ${port} is in use, perhaps by another studio. Choose another: --port ${port + 1}, or --port 0 for any free one.`,
    ),
  )
})
