import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { referenceBackend } from '../../../engine/backends/reference.ts'
import { readZip } from '../../../model/files/zip.ts'
import { sequential } from '../../../model/graph.ts'
import { createNetwork } from '../../../network/network.ts'
import { saveModel } from '../../../network/saved-model.ts'
import { dense, flatten } from '../../../nn/layers/index.ts'
import type { PictureAudit, PicturePlan, PictureSetPage } from '../../../protocol/pictures.ts'
import type { Job } from '../../../protocol/studio.ts'
import { openStore } from '../../../store/open.ts'
import type { RunStore } from '../../../store/store.ts'
import { type Studio, startStudio } from '../server.ts'

const root = mkdtempSync(join(tmpdir(), 'heddle-picture-routes-'))
const bytes = { 'content-type': 'application/octet-stream' }
let store: RunStore
let studio: Studio

beforeAll(async () => {
  store = await openStore(join(root, '.heddle'))
  studio = await startStudio({
    host: '127.0.0.1',
    port: 0,
    token: null,
    backend: referenceBackend(),
    experiments: [],
    dataDir: undefined,
    store,
    project: root,
  })
})

afterAll(async () => {
  await studio.close()
  await store.close()
  rmSync(root, { recursive: true })
})

function ask(method: string, path: string, body?: object | Uint8Array, headers = {}): Promise<Response> {
  const isBytes = body instanceof Uint8Array
  const type = body === undefined ? {} : isBytes ? bytes : { 'content-type': 'application/json' }
  return fetch(new URL(`/api${path}`, studio.origin), {
    method,
    headers: { authorization: `Bearer ${studio.key}`, ...type, ...headers },
    ...(body !== undefined && { body: isBytes ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
  })
}

async function answer<T>(...asked: Parameters<typeof ask>): Promise<T> {
  const response = await ask(...asked)
  expect(response.status, asked.slice(0, 2).join(' ')).toBe(200)
  return (await response.json()) as T
}

async function refusal(...asked: Parameters<typeof ask>): Promise<[number, string]> {
  const response = await ask(...asked)
  return [response.status, ((await response.json()) as { error: string }).error]
}

const png = (background: string, side = 40): Promise<Uint8Array> =>
  sharp({ create: { width: side, height: side, channels: 3, background } })
    .png()
    .toBuffer()
const file = (name: string, to = 'rose', set = 'flowers') =>
  `/pictures/${set}/files?${new URLSearchParams({ class: to, name, batch: '1' })}`

test('a folder is made, filled, looked at, changed and taken back', async () => {
  expect(await answer('GET', '/pictures')).toEqual({ sets: [] })
  await answer('POST', '/pictures', { name: 'flowers' })
  expect(await refusal('POST', '/pictures', { name: 'Flowers' })).toEqual([
    400,
    'There is a folder of pictures "flowers" already.',
  ])
  await answer('POST', file('a.png'), await png('#f00'))
  await answer('POST', file('b.png', 'tulip'), await png('#0f0'))
  const page = await answer<PictureSetPage>('GET', '/pictures/flowers')
  expect(page).toMatchObject({ folder: 'pictures/flowers', undo: '2 pictures added' })
  const [{ id, version }] = page.classes[0]!.pictures as [{ id: string; version: string }]
  const small = await ask('GET', `/pictures/flowers/picture?${new URLSearchParams({ id, version })}`)
  expect([small.headers.get('content-type'), small.headers.get('cache-control')]).toEqual([
    'image/webp',
    'private, max-age=31536000, immutable',
  ])
  expect((await sharp(await small.arrayBuffer()).metadata()).width).toBe(40)
  const audit = await answer<PictureAudit>('GET', '/pictures/flowers/audit')
  expect(audit).toMatchObject({
    looked: 2,
    total: 2,
    findings: [{ kind: 'few', severity: 'error' }, { kind: 'blank' }],
  })
  await answer('POST', '/pictures/flowers/move', { pictures: ['rose/a.png'], to: 'tulip' })
  const after = await answer<PictureSetPage>('POST', '/pictures/flowers/undo')
  expect(after.classes.map(({ pictures }) => pictures.map(one => one.id))).toEqual([
    ['rose/a.png'],
    ['tulip/b.png'],
  ])
  expect(await answer('GET', '/pictures')).toMatchObject({
    sets: [{ name: 'flowers', classes: 2, pictures: 2 }],
  })
})

test('pictures that were there before are looked at when the audit is asked for', async () => {
  mkdirSync(join(root, 'pictures/old/cat'), { recursive: true })
  writeFileSync(join(root, 'pictures/old/cat/a.png'), await png('#123456'))
  writeFileSync(join(root, 'pictures/old/cat/b.png'), 'no picture')
  expect(await answer('GET', '/pictures/old/audit')).toEqual({ looked: 0, total: 2, findings: [] })
  await expect.poll(async () => (await answer<PictureAudit>('GET', '/pictures/old/audit')).looked).toBe(2)
  const { findings } = await answer<PictureAudit>('GET', '/pictures/old/audit')
  expect(findings.find(({ kind }) => kind === 'unreadable')).toMatchObject({ pictures: ['cat/b.png'] })
})

test('the folder is a dataset, planned for and packed as it is', async () => {
  await answer('POST', '/pictures', { name: 'many' })
  for (const [name, colour] of Object.entries({ cat: '#a0', dog: '#0a' }))
    for (let i = 0; i < 3; i++)
      await answer('POST', file(`${i}.png`, name, 'many'), await png(`${colour}${i}`))
  const plan = await answer<PicturePlan>('GET', '/pictures/many/plan')
  expect(plan).toMatchObject({ experiment: 'many', dataset: 'many' })
  expect(plan.chosen.map(([name]) => name)).toContain('Held out')
  const { names } = await answer<{ names: string[] }>('GET', '/data')
  expect(names).toContain('pictures/many')
  const data = `/data/${encodeURIComponent('pictures/many')}`
  expect(await answer('GET', data)).toMatchObject({
    classNames: ['cat', 'dog'],
    counts: { train: 4, test: 2 },
  })
  // A label that is marked on the page of the data belongs to the pictures as they were.
  await answer('PUT', `${data}/train/labels/0`, { label: 'dog' })
  expect(await answer('GET', data)).toMatchObject({ corrections: { train: { 0: 'dog' } } })
  // What is loaded is made again when the pictures have changed.
  await answer('POST', file('3.png', 'dog', 'many'), await png('#333'))
  expect(await answer('GET', data)).toMatchObject({
    counts: { train: 5, test: 2 },
    corrections: { train: {} },
  })
  const archive = await ask('GET', '/pictures/many/zip')
  expect(archive.headers.get('content-disposition')).toBe('attachment')
  const found = await readZip(new Uint8Array(await archive.arrayBuffer()), [
    'many/cat/0.png',
    'many/dog/3.png',
  ])
  expect(found.get('many/dog/3.png')).toEqual(Buffer.from(await png('#333')))
  expect(found.size).toBe(2)
  expect((await refusal('GET', '/pictures/many/results/ffffffffffff'))[0]).toBe(404)
  expect((await refusal('POST', '/pictures/many/train', { seeds: 11 }))[0]).toBe(400)
})

test('a network begins from a model file of the project, and from no other file', async () => {
  const layers = [
    flatten(),
    dense({ units: 4, activation: 'relu' }),
    dense({ units: 10, activation: 'softmax' }),
  ]
  const backbone = createNetwork(sequential(layers), {
    inputShape: [8, 8, 3],
    backend: referenceBackend(),
    seed: 1,
  })
  mkdirSync(join(root, 'models'))
  await saveModel(backbone, join(root, 'models/small.safetensors'))
  symlinkSync(join(root, 'models/small.safetensors'), join(root, 'link.safetensors'))
  const planOf = (file: string) => `/pictures/many/plan?${new URLSearchParams({ backbone: file })}`
  const plan = await answer<PicturePlan>('GET', planOf('models/small.safetensors'))
  expect(plan.backbones).toEqual(['models/small.safetensors'])
  expect(plan.chosen.find(([name]) => name === 'Network')![1]).toContain('small.safetensors')
  for (const file of ['link.safetensors', '../x.safetensors', 'secret.png', '/etc/passwd'])
    expect((await refusal('GET', planOf(file)))[0], file).toBe(404)
  const [job] = await answer<Job[]>('POST', '/pictures/many/train', {
    seeds: 1,
    backbone: 'models/small.safetensors',
  })
  expect(job).toMatchObject({ experiment: 'many', model: 'transfer', seed: 1 })
  await answer('POST', `/jobs/${job!.id}/stop`, {})
  rmSync(join(root, 'link.safetensors'))
  rmSync(join(root, 'models'), { recursive: true })
})

test('without the key, or from another site, there are no pictures', async () => {
  for (const path of [
    '/pictures',
    '/pictures/flowers',
    '/pictures/flowers/picture?id=rose/a.png&version=1',
  ]) {
    expect((await fetch(new URL(`/api${path}`, studio.origin))).status).toBe(401)
  }
  const sent = await fetch(new URL(`/api${file('x.png')}`, studio.origin), {
    method: 'POST',
    headers: bytes,
    body: (await png('#00f')) as Uint8Array<ArrayBuffer>,
  })
  expect(sent.status).toBe(401)
  expect(
    (await ask('POST', file('x.png'), await png('#00f'), { origin: 'https://evil.example' })).status,
  ).toBe(403)
})

test('names lead to no other place', async () => {
  writeFileSync(join(root, 'secret.png'), await png('#f00'))
  for (const set of ['..', '../..', 'flowers/../..', '.trash', '/etc', '']) {
    const { status } = await ask('GET', `/pictures/${encodeURIComponent(set)}`)
    expect([404, 400], set).toContain(status)
    expect(
      (await ask('POST', file('a.png', 'rose', encodeURIComponent(set)), await png('#00f'))).status,
    ).toBeGreaterThanOrEqual(400)
  }
  for (const id of [
    '../../secret.png',
    '../../../secret.png',
    'rose/../../../secret.png',
    join(root, 'secret.png'),
  ]) {
    const query = new URLSearchParams({ id, version: '1' })
    expect((await refusal('GET', `/pictures/flowers/picture?${query}`))[0], id).toBe(404)
    expect((await refusal('POST', '/pictures/flowers/remove', { pictures: [id] }))[0]).toBe(404)
  }
  await answer('POST', file('../../../outside.png', '../../outside'), await png('#00f'))
  await answer('POST', '/pictures', { name: '../../outside' })
  expect(readdirSync(root).sort()).toEqual(['.heddle', 'pictures', 'secret.png'])
  expect(readdirSync(join(root, 'pictures')).sort()).toEqual(['-..-outside', 'flowers', 'many', 'old'])
  expect(readdirSync(join(root, 'pictures/flowers')).sort()).toEqual([
    '-..-outside',
    '.trash',
    'rose',
    'tulip',
  ])
  symlinkSync(root, join(root, 'pictures/link'))
  expect((await refusal('GET', '/pictures/link'))[0]).toBe(404)
})

test('only pictures are taken, whatever they are called, and each is decoded first', async () => {
  const refused = async (content: Uint8Array | string): Promise<string> => {
    const [status, error] = await refusal('POST', file('a.png'), Buffer.from(content))
    expect(status).toBe(409)
    return error
  }
  expect(await refused('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')).toContain(
    'an SVG drawing',
  )
  expect(await refused('<!doctype html><script>alert(1)</script>')).toContain('a web page')
  expect(await refused('GIF89a')).toContain('it is not a whole PNG')
  const whole = await png('#00f', 300)
  expect(await refused(whole.subarray(0, whole.length / 2))).not.toBe('')
  expect((await refusal('POST', file('a.png'), new Uint8Array()))[0]).toBe(409)
  expect((await refusal('POST', file('a.png'), { a: 1 }))[0]).toBe(400)
  // Elsewhere bytes are no body.
  expect((await ask('POST', '/pictures', await png('#00f'))).status).toBe(415)
})

test('bombs and huge bodies are refused before they take memory', async () => {
  const size = Buffer.alloc(8)
  size.writeUInt32BE(20_000, 0)
  size.writeUInt32BE(20_000, 4)
  const chunk = (type: string, data: Buffer): Buffer => {
    const head = Buffer.alloc(8)
    head.writeUInt32BE(data.length, 0)
    head.write(type, 4)
    return Buffer.concat([head, data, Buffer.alloc(4)])
  }
  const bomb = Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', Buffer.concat([size, Buffer.from([1, 0, 0, 0, 0])])),
    chunk('IDAT', deflateSync(Buffer.alloc(1 << 20))),
  ])
  expect(await refusal('POST', file('bomb.png'), bomb)).toEqual([
    409,
    'it says that it has 20000 × 20000 pixels; at most 100 million are opened.',
  ])
  size.writeUInt32BE(9_000, 0)
  size.writeUInt32BE(9_000, 4)
  bomb.set(size, 16)
  expect(await refusal('POST', file('bomb.png'), bomb)).toEqual([
    409,
    'it has 9000 × 9000 pixels, and pages take at most 50 million.',
  ])
  expect((await refusal('POST', file('big.png'), Buffer.alloc(31e6)))[0]).toBe(413)
  expect((await refusal('POST', '/pictures/flowers/remove', { pictures: Array(10_001).fill('a') }))[0]).toBe(
    400,
  )
})
