import type { FastifyInstance, InjectOptions } from 'fastify'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { preparation } from '../../data/preparation.ts'
import { referenceBackend } from '../../engine/backends/reference.ts'
import { sequential } from '../../model/graph.ts'
import { createNetwork, type Network } from '../../network/network.ts'
import { predict } from '../../network/predict.ts'
import { applyTemperature } from '../../network/temperature.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import { networkSource } from './model-source.ts'
import type { InferenceOptions } from './options.ts'
import { inferenceApp, startInference } from './server.ts'

const backend = referenceBackend()
const classNames = ['cat', 'dog "rex"', 'bird\n']
const token = 'a-token-of-the-test'
const json = { 'content-type': 'application/json' }

function network(seed: number, size: readonly [number, number, number] = [4, 4, 1]): Network {
  const layers = [flatten(), dense({ units: classNames.length, activation: 'softmax' })]
  const made = createNetwork(sequential(layers), { inputShape: size, seed, backend })
  made.about = {
    ...made.about,
    classNames,
    preparation: preparation({ colorMode: 'grayscale', imageSize: [4, 4] }),
  }
  return made
}

const networks = { pets1: network(1), pets2: network(2) }
networks.pets2.about = { ...networks.pets2.about, temperature: 2 }
const options: InferenceOptions = {
  sources: [
    networkSource({ name: 'pets', version: '1' }, networks.pets1),
    networkSource({ name: 'pets', version: '2' }, networks.pets2),
  ],
  backend,
  host: '127.0.0.1',
  port: 0,
  token: null,
  tls: null,
  logLevel: 'silent',
  limits: { maxBatch: 4, maxQueue: 8, maxBodyBytes: 20_000, maxPixels: 1e6, requestMs: 5000 },
  watchMs: 60_000,
}

let app: FastifyInstance
let closed: FastifyInstance
let png: Buffer
let pixels: Uint8Array

beforeAll(async () => {
  app = await inferenceApp(options)
  const other = { ...options.sources[0]!, place: 'other' }
  closed = await inferenceApp({ ...options, sources: [other], host: '0.0.0.0', token })
  pixels = Uint8Array.from({ length: 16 }, (_, i) => 15 * i)
  png = await sharp(pixels, { raw: { width: 4, height: 4, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer()
}, 60_000)
afterAll(() => Promise.all([app.close(), closed.close()]))

const post = (url: string, payload: Buffer | string | object, headers = {}): Promise<Answer> =>
  ask({ method: 'POST', url, payload, headers })

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: the JSON of an answer
  readonly body: any
  readonly text: string
}

async function ask(request: InjectOptions, of = app): Promise<Answer> {
  const { statusCode, headers, body } = await of.inject({
    ...request,
    headers: { host: '127.0.0.1:8080', ...request.headers },
  })
  const isJson = String(headers['content-type']).startsWith('application/json')
  return { status: statusCode, headers, body: isJson ? JSON.parse(body) : null, text: body }
}

function form(files: Readonly<Record<string, Buffer>>): { readonly body: Buffer; readonly headers: object } {
  const parts = Object.entries(files).flatMap(([name, bytes]) => [
    Buffer.from(`--xyz\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ])
  return {
    body: Buffer.concat([...parts, Buffer.from('--xyz--\r\n')]),
    headers: { 'content-type': 'multipart/form-data; boundary=xyz' },
  }
}

describe('a picture gets what the network predicts for it', () => {
  const expected = async (of: Network) => {
    const [{ className, probabilities }] = (await predict(of, pixels)) as [
      Awaited<ReturnType<typeof predict>>[number],
    ]
    return {
      label: className,
      probabilities: Object.fromEntries([...probabilities].map((one, i) => [classNames[i], one])),
    }
  }

  test('as the body, of any type of content', async () => {
    for (const type of [
      'image/png',
      'application/octet-stream',
      'application/x-www-form-urlencoded',
      'text/plain',
    ]) {
      const { status, body } = await post('/predict', png, { 'content-type': type })
      expect(status).toBe(200)
      expect(body).toMatchObject({ ...(await expected(networks.pets2)), model: 'pets', version: '2' })
      expect(body.probability).toBe(body.probabilities[body.label])
      expect(Object.keys(body.milliseconds)).toEqual(['decode', 'queue', 'compute'])
      expect(body.digest).toMatch(/^[\da-f]{12}$/)
    }
  })

  test('with the calibrated probability of its class, where the file of the model has a temperature', async () => {
    const { body } = await post('/predict', png)
    const [prediction] = await predict(networks.pets2, pixels)
    const calibrated = applyTemperature(prediction!.probabilities, classNames.length, 2)
    expect(body.confidence).toBeCloseTo(calibrated[prediction!.class]!, 6)
    expect(body.confidence).toBeLessThan(body.probability)
    expect((await post('/models/pets/versions/1/predict', png)).body.confidence).toBeNull()
    const { models } = (await ask({ url: '/models/pets' })).body
    expect(models.map(({ temperature }: { temperature: number | null }) => temperature)).toEqual([null, 2])
  })

  test('by name and version', async () => {
    const { body } = await post('/models/pets/versions/1/predict', png)
    expect(body).toMatchObject({ ...(await expected(networks.pets1)), version: '1' })
    expect((await post('/models/pets/predict', png)).body.version).toBe('2')
    expect((await post('/models/pet/predict', png)).body).toEqual({
      error: 'There is no model "pet". Did you mean "pets"? GET /models lists those that are served.',
    })
    expect((await post('/models/pets/versions/3/predict', png)).status).toBe(404)
  })

  test('as JSON with base64, also of a data address and with line breaks', async () => {
    const text = png.toString('base64')
    const wanted = await expected(networks.pets2)
    for (const image of [text, `data:image/png;base64,${text}`, text.replaceAll(/.{20}/g, '$&\n')])
      expect((await post('/predict', { image }, json)).body).toMatchObject(wanted)
    const { body } = await post('/predict', { images: [text, text] }, json)
    expect(body.predictions).toMatchObject([wanted, wanted])
  })

  test('as files of a form, with their names', async () => {
    const { body, headers } = form({ 'a.png': png, 'b.png': png })
    const answer = await post('/predict', body, headers)
    expect(answer.body.predictions).toMatchObject([
      { file: 'a.png', ...(await expected(networks.pets2)) },
      { file: 'b.png' },
    ])
  })
})

describe('what is wrong is said', () => {
  test.each<readonly [string, Buffer | string | object, object, number, string]>([
    ['no picture', 'hello', {}, 422, 'The picture: it is not a whole PNG, JPEG, WebP, GIF or BMP file.'],
    ['an empty body', '', {}, 400, 'Send a picture file as the body'],
    ['no JSON', '{', json, 400, 'is not JSON'],
    ['no JSON at all', '', json, 400, 'is empty: send JSON'],
    ['a list', '[1]', json, 400, 'Send a picture file as the body'],
    ['another key', '{"picture":""}', json, 400, 'either "image" or "images"'],
    ['both keys', '{"image":"","images":[]}', json, 400, 'either "image" or "images"'],
    ['no base64', '{"image":"?"}', json, 400, 'image must be a picture file in base64, not "?".'],
    ['a number', '{"images":[7]}', json, 400, 'images[0] must be a picture file in base64, not 7.'],
    ['no pictures', '{"images":[]}', json, 400, 'images must be a list of 1 to 256'],
    [
      'a form cut short',
      '--xyz\r\n',
      { 'content-type': 'multipart/form-data; boundary=xyz' },
      400,
      'not a whole form',
    ],
    ['a form without a boundary', 'a', { 'content-type': 'multipart/form-data' }, 400, 'not a whole form'],
    [
      'a form without files',
      '--xyz--\r\n',
      { 'content-type': 'multipart/form-data; boundary=xyz' },
      400,
      'no files',
    ],
    ['a large body', Buffer.alloc(30_000), {}, 413, 'larger than this server takes'],
    ['a packed body', 'x', { 'content-encoding': 'gzip' }, 415, 'no compressed bodies'],
  ])('%s', async (_, payload, headers, status, words) => {
    const answer = await post('/predict', payload, headers)
    expect([answer.status, answer.body.error]).toEqual([status, expect.stringContaining(words)])
  })

  test('a picture of a form is named', async () => {
    const { body, headers } = form({ 'good.png': png, 'bad.png': Buffer.from('hello') })
    const answer = await post('/predict', body, headers)
    expect([answer.status, answer.body.error]).toEqual([
      422,
      expect.stringMatching(/^The picture "bad\.png": /),
    ])
  })

  test('an address that is not there', async () => {
    expect(await ask({ url: '/nothing' })).toMatchObject({
      status: 404,
      body: { error: expect.stringMatching(/^There is nothing/) },
    })
    expect((await ask({ url: '/models/%E0%A4%A/x' })).status).toBe(400)
  })
})

test.each([
  ['GET', '/predict', 'POST'],
  ['PUT', '/models/pets/versions/1/predict?x=1', 'POST'],
  ['DELETE', '/models', 'GET, HEAD'],
  ['POST', '/v2/models/pets/ready', 'GET, HEAD'],
] as const)('%s %s is refused with the methods that the address has', async (method, url, allow) => {
  const answer = await ask({ method, url })
  expect(answer).toMatchObject({ status: 405, headers: { allow } })
  expect(answer.body.error).toMatch(/ answers .*, not /)
})

describe('who may ask', () => {
  test('without a token, not the pages of other sites', async () => {
    expect((await ask({ url: '/models', headers: { host: 'evil.example' } })).status).toBe(421)
    expect((await ask({ url: '/models', headers: { origin: 'https://evil.example' } })).status).toBe(403)
    expect((await ask({ url: '/models', headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403)
    expect((await ask({ url: '/models', headers: { origin: 'http://127.0.0.1:8080' } })).status).toBe(200)
  })

  test('with a token, those who have it, under any name of the server; health is open', async () => {
    const headers = { host: 'models.example', authorization: `Bearer ${token}` }
    expect((await ask({ url: '/models', headers }, closed)).status).toBe(200)
    for (const url of ['/models', '/metrics', '/nothing'])
      expect((await ask({ url }, closed)).status).toBe(401)
    for (const url of ['/livez', '/readyz', '/healthz']) expect((await ask({ url }, closed)).status).toBe(200)
    const wrong = { authorization: 'Bearer wrong' }
    const statuses = []
    for (let i = 0; i < 12; i++) statuses.push((await ask({ url: '/models', headers: wrong }, closed)).status)
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401))
    expect(statuses.slice(10)).toEqual([429, 429])
    expect((await ask({ url: '/models', headers }, closed)).status).toBe(200)
  })
})

test('in overload some requests get 503 with Retry-After, and the others their answer', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => post('/predict', png)))
  const statuses = answers.map(({ status }) => status)
  expect(new Set(statuses)).toEqual(new Set([200, 503]))
  const refused = answers.find(({ status }) => status === 503)!
  expect(refused.body.error).toMatch(/^The server has more requests than it can answer in time/)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  expect((await post('/predict', png)).status).toBe(200)
})

test('a form with more pictures than may wait is answered while other pictures wait', async () => {
  const files = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`${i}.png`, png]))
  const { body, headers } = form(files)
  const [one, other, many] = await Promise.all([
    post('/predict', png),
    post('/predict', png),
    post('/predict', body, headers),
  ])
  expect([one.status, other.status, many.status]).toEqual([200, 200, 200])
  expect(many.body.predictions).toHaveLength(65)
})

test('a request keeps its id, unless that would spoil the log', async () => {
  expect((await ask({ url: '/livez', headers: { 'x-request-id': 'abc-1' } })).headers['x-request-id']).toBe(
    'abc-1',
  )
  const own = (await ask({ url: '/livez', headers: { 'x-request-id': 'a b' } })).headers['x-request-id']
  expect(own).toMatch(/^[\da-f]{10}-\w+$/)
})

test('models and their inputs are listed', async () => {
  const { body } = await ask({ url: '/models/pets' })
  expect(body.models).toMatchObject([
    {
      name: 'pets',
      version: '1',
      inputShape: [4, 4, 1],
      classNames,
      preparation: { colorMode: 'grayscale' },
    },
    { version: '2' },
  ])
})

test('what happened is counted', async () => {
  const server = await inferenceApp(options)
  try {
    for (const payload of [png, png, 'no picture'])
      await ask({ method: 'POST', url: '/models/pets/versions/1/predict', payload }, server)
    const { text, headers } = await ask({ url: '/metrics' }, server)
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const value = (name: string): number =>
      Number(
        text
          .split('\n')
          .find(line => line.startsWith(name))
          ?.split(' ')
          .at(-1),
      )
    const one = 'model="pets",version="1"'
    expect(value(`heddle_requests_total{${one},outcome="answered"}`)).toBe(2)
    expect(value(`heddle_requests_total{${one},outcome="failed"}`)).toBe(1)
    expect(value(`heddle_batch_size_sum{${one}}`)).toBe(2)
    expect(value(`heddle_compute_duration_seconds_count{${one}}`)).toBe(2)
    expect(value(`heddle_request_duration_seconds_bucket{${one},le="+Inf"}`)).toBe(2)
    expect(value('heddle_http_responses_total{status="422"}')).toBe(1)
    const predicted = text.split('\n').filter(line => line.startsWith(`heddle_predictions_total{${one},`))
    expect(predicted.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(2)
    expect(text).toContain('class="dog \\"rex\\""')
    expect(text).toContain('class="bird\\n"')
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="(\\.|[^"\\])*",?)+\})? [\d.e+-]+)$/)
  } finally {
    await server.close()
  }
})

test('a server that listens answers, and ends when its requests are answered', async () => {
  const server = await startInference(options)
  const answers = Promise.all(
    Array.from({ length: 3 }, () =>
      fetch(`${server.origin}/predict`, { method: 'POST', body: new Uint8Array(png) }),
    ),
  )
  const taken = Number(new URL(server.origin).port)
  await expect(startInference({ ...options, port: taken })).rejects.toThrow(
    `Port ${taken} is in use, perhaps by another server.`,
  )
  for (const answer of await answers) expect(answer.status).toBe(200)
  await server.close()
  await expect(fetch(`${server.origin}/livez`)).rejects.toThrow()
})
