import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RandomStream } from '../../base/random.ts'
import { preparation } from '../../data/preparation.ts'
import { referenceBackend } from '../../engine/backends/reference.ts'
import { sequential } from '../../model/graph.ts'
import { createNetwork } from '../../network/network.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import { networkSource } from './model-source.ts'
import { inferenceApp } from './server.ts'

const backend = referenceBackend()
let app: FastifyInstance

beforeAll(async () => {
  const layers = [flatten(), dense({ units: 2, activation: 'softmax' })]
  const network = createNetwork(sequential(layers), { inputShape: [4, 4, 1], backend })
  network.about = {
    ...network.about,
    preparation: preparation({ colorMode: 'grayscale', imageSize: [4, 4] }),
  }
  app = await inferenceApp({
    sources: [networkSource({ name: 'pets', version: '1' }, network)],
    backend,
    host: '127.0.0.1',
    port: 0,
    token: null,
    tls: null,
    logLevel: 'silent',
    limits: { maxBatch: 4, maxQueue: 64, maxBodyBytes: 100_000, maxPixels: 1e6, requestMs: 5000 },
    watchMs: 60_000,
  })
}, 60_000)
afterAll(() => app.close())

// 4 x 4 pixels of grey.
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAAAAACMmsGiAAAAHElEQVR4nGNg4BKRYzCycQtgSMmraGKYtmDVFgAkBAWhFDdZyAAAAABJRU5ErkJggg==',
  'base64',
)
const types = [
  'image/png',
  'application/json',
  'application/json; charset=utf-8',
  'multipart/form-data; boundary=xyz',
  'multipart/form-data; boundary="',
  'multipart/form-data',
  'application/octet-stream',
  'text/plain',
  'nonsense',
  '',
]
const urls = [
  '/predict',
  '/models/pets/predict',
  '/models/pets/versions/1/predict',
  '/models/%00/predict',
  '/models/../predict',
]
const starts = [
  '{"image":"',
  '{"images":["',
  '{"images":[[[[[[',
  '{"__proto__":{"a":1}}',
  '--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n',
  '--xyz\r\nContent-Disposition: form-data; name="__proto__"\r\n\r\n',
  '--xyz\r\n'.repeat(50),
  'GIF89a',
  'BM',
  'RIFF0000WEBPVP8X',
  '\xff\xd8\xff\xe0',
  '',
]

const random = new RandomStream(1)
let drawn = 0
const next = (): number => random.uniform(drawn++)
const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!

/** Bytes that are nearly a request: a start, parts of a picture, some bytes changed, cut anywhere. */
function nearly(): Buffer {
  const parts = [
    Buffer.from(pick(starts), 'latin1'),
    pick([PNG, Buffer.from(PNG.toString('base64')), Buffer.alloc(0)]),
  ]
  if (next() < 0.3) parts.push(Buffer.from(pick(['"}', '"]}', '\r\n--xyz--\r\n', '\r\n--xyz'])))
  const bytes = Buffer.concat(parts)
  const changes = Math.floor(next() * 6)
  for (let i = 0; i < changes && bytes.length > 0; i++)
    bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256)
  return next() < 0.4 ? bytes.subarray(0, Math.floor(next() * bytes.length)) : bytes
}

test('2,000 malformed requests: each gets an answer with a reason, and none is a fault of the server', async () => {
  const seen = new Map<number, number>()
  for (let round = 0; round < 40; round++) {
    const requests = Array.from({ length: 50 }, () => ({
      method: 'POST' as const,
      url: pick(urls),
      payload: nearly(),
      headers: { host: '127.0.0.1', 'content-type': pick(types) },
    }))
    const answers = await Promise.all(requests.map(request => app.inject(request)))
    for (const [i, { statusCode, body }] of answers.entries()) {
      seen.set(statusCode, (seen.get(statusCode) ?? 0) + 1)
      if (statusCode === 200) continue
      const what = `${requests[i]!.headers['content-type']} ${requests[i]!.payload.toString('base64')}`
      expect(statusCode, what).toBeGreaterThanOrEqual(400)
      expect(statusCode, what).toBeLessThan(500)
      expect(JSON.parse(body).error, what).toMatch(/\w+ \w+/)
    }
  }
  expect([...seen.keys()].sort()).toEqual([200, 400, 404, 413, 415, 422])
  const alive = await app.inject({
    method: 'POST',
    url: '/predict',
    payload: PNG,
    headers: { host: '127.0.0.1' },
  })
  expect(alive.statusCode).toBe(200)
}, 60_000)
