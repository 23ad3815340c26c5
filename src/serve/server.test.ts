import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { referenceBackend } from '../engine/backends/reference.ts'
import { HeddleError } from '../spec/errors.ts'
import { RunStore } from '../store/run-store.ts'
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

/** As it is written: nothing tidies the path, and every header can be set. */
function ask(studio: Studio, { method = 'GET', path, headers = {}, body }: Asked): Promise<Reply> {
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
  store = await RunStore.open(folder)
  open = await startStudio({ ...none, store })
  closed = await startStudio({ ...none, store, token: 'correct-horse' })
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
    expect(JSON.parse(body).error).toContain('does not answer to the name "evil.example:')
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
      '{"error":"The studio takes no compressed bodies: send it as it is."}',
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
      400,
      'There is no dataset "/etc". Datasets: fashion-mnist-mini, fashion-mnist.',
    ])
    const logged = { ...train, callbacks: [{ kind: 'csvLogger', path: '/tmp/x.csv' }] }
    const refused = await ask(open, post('/api/jobs', { ...job, train: logged }))
    expect([refused.status, JSON.parse(refused.body).error]).toEqual([
      400,
      'csvLogger writes a file, which a run of the studio does not: its page has every number.',
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
  test.each(['/', '/runs/3f9a', '/api/choices', '/api/nothing', '/assets/nothing.js'])(
    'to %s carries the policy',
    async path => {
      const { headers } = await ask(open, { path })
      const policy = String(headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';")
      expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['access-control-allow-origin']).toBeUndefined()
    },
  )

  test('to what is not there says so in words', async () => {
    const { status, body } = await ask(open, { path: '/api/nothing' })
    expect([status, JSON.parse(body)]).toEqual([404, { error: 'There is no GET /api/nothing.' }])
    const run = await ask(open, { path: '/api/runs/nothing' })
    expect([run.status, JSON.parse(run.body).error]).toEqual([
      400,
      expect.stringContaining('There is no run "nothing" in'),
    ])
    expect((await ask(open, { path: '/api/runs/3f9a' })).status).toBe(400)
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

describe('with a token', () => {
  test('nothing is answered without it', async () => {
    for (const path of [
      '/',
      '/api/choices',
      '/api/events',
      '/?token=wrong',
      '/?token=',
      '/?token=a&token=b',
    ]) {
      expect((await ask(closed, { path })).status, path).toBe(401)
    }
    const bearer = { authorization: 'Bearer wrong' }
    expect((await ask(closed, { path: '/', headers: bearer })).status).toBe(401)
  })

  test('the address sets a cookie that scripts cannot read and other sites cannot use', async () => {
    const { pathname, search } = new URL(closed.url)
    const { status, headers } = await ask(closed, { path: pathname + search })
    expect(status).toBe(200)
    expect(headers['set-cookie']).toEqual(['heddle-token=correct-horse; HttpOnly; SameSite=Strict; Path=/'])
    const cookie = { cookie: 'other=1; heddle-token=correct-horse' }
    expect((await ask(closed, { path: '/api/choices', headers: cookie })).status).toBe(200)
    const bearer = { authorization: 'Bearer correct-horse' }
    expect((await ask(closed, { path: '/api/choices', headers: bearer })).status).toBe(200)
  })
})

test('the app is below 600 kB as it is sent, charts included', async () => {
  const { body } = await ask(open, { path: '/' })
  const named = [...body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(match => match[1]!)
  expect(named.length).toBeGreaterThan(1)
  const folder = new URL('../../build/studio/assets/', import.meta.url)
  const sizes = readdirSync(folder).map(file => gzipSync(readFileSync(new URL(file, folder))).length)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(600_000)
})

test('a port that is taken is told, with another one to try', async () => {
  const port = Number(new URL(open.url).port)
  const second = startStudio({ ...none, store, port })
  await expect(second).rejects.toThrow(
    new HeddleError(
      `Port ${port} is taken: is a studio open already? Another one: --port ${port + 1}, or --port 0.`,
    ),
  )
})
