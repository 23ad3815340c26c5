import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Backend } from '../../../engine/backend.ts'
import { createNetwork, dense, flatten, nativeBackend, preparation, sequential } from '../../../index.ts'
import type { Network } from '../../../network/network.ts'
import { outputsOf } from '../../../network/predict.ts'
import { encodePng } from '../../../show/png.ts'
import { networkSource } from '../model-source.ts'
import type { OpenApi } from '../openapi.ts'
import type { InferenceOptions } from '../options.ts'
import { inferenceApp } from '../server.ts'

const backend = nativeBackend({ threads: 1 })
const pixels = Uint8Array.of(0, 64, 128, 255)
const base = '/v2/models/pets'
const options: Omit<InferenceOptions, 'sources'> = {
  ...{ backend, host: '127.0.0.1', port: 0, token: null, tls: null, logLevel: 'silent', watchMs: 60_000 },
  limits: { maxBatch: 4, maxQueue: 16, maxBodyBytes: 10_000, maxPixels: 10_000, requestMs: 10_000 },
}
let app: FastifyInstance
let network: Network
let expected: number[]

beforeAll(async () => {
  const layers = sequential([flatten(), dense({ units: 3, activation: 'softmax' })])
  network = createNetwork(layers, { inputShape: [2, 2, 1], backend })
  network.about = {
    ...network.about,
    classNames: ['cat', 'dog', 'hat'],
    preparation: preparation({ colorMode: 'grayscale', imageSize: 2 }),
  }
  expected = [...(await outputsOf(network, pixels))]
  app = await inferenceApp({ ...options, sources: [networkSource({ name: 'pets', version: '3' }, network)] })
})
afterAll(() => app.close())

const json = (request: object) => ({
  payload: JSON.stringify(request),
  headers: { 'content-type': 'application/json' },
})
const tensor = { name: 'images', shape: [1, 2, 2, 1], datatype: 'UINT8' }
const infer = (
  sent: { readonly payload: string | Buffer; readonly headers?: Record<string, string> },
  place = base,
) => app.inject({ method: 'POST', url: `${place}/infer`, ...sent })
const get = async (url: string) => (await app.inject(url)).json()

test('what clients ask before they begin', async () => {
  expect(await get('/v2')).toMatchObject({
    name: 'heddle',
    extensions: expect.arrayContaining(['binary_tensor_data']),
  })
  expect(await get('/v2/health/live')).toEqual({ live: true })
  expect(await get('/v2/health/ready')).toEqual({ ready: true })
  expect(await get(`${base}/ready`)).toEqual({ name: 'pets', ready: true })
  expect(await get(`${base}/versions/3`)).toEqual({
    ...{ name: 'pets', versions: ['3'], platform: 'heddle' },
    inputs: [{ name: 'images', datatype: 'UINT8', shape: [-1, 2, 2, 1] }],
    outputs: [{ name: 'probabilities', datatype: 'FP32', shape: [-1, 3] }],
  })
  expect(await get(`${base}/config`)).toMatchObject({ input: [{ data_type: 'TYPE_UINT8', dims: [2, 2, 1] }] })
  const index = await app.inject({ method: 'POST', url: '/v2/repository/index' })
  expect(index.json()).toEqual([{ name: 'pets', version: '3', state: 'READY', reason: '' }])
})

test('the same image in every form gets the same answer', async () => {
  const binary = Buffer.from(
    JSON.stringify({
      inputs: [{ ...tensor, parameters: { binary_data_size: 4 } }],
      parameters: { binary_data_output: true },
    }),
  )
  const header = { 'inference-header-content-length': String(binary.length) }
  const body = Buffer.concat([binary, pixels])
  const file = encodePng(pixels, [2, 2, 1]).toString('base64')
  const answers = [
    await infer(json({ inputs: [{ ...tensor, data: [...pixels] }] })),
    await infer(
      json({
        inputs: [{ ...tensor, datatype: 'FP32', data: [...pixels].map(value => Math.fround(value / 255)) }],
      }),
    ),
    await infer(json({ inputs: [{ ...tensor, datatype: 'BYTES', shape: [1], data: [file] }] })),
    await infer(
      { payload: Buffer.from(pixels), headers: { 'inference-header-content-length': '0' } },
      `${base}/versions/3`,
    ),
  ]
  for (const answer of answers) {
    const { model_name, model_version, outputs } = answer.json()
    expect([model_name, model_version, outputs[0].shape]).toEqual(['pets', '3', [1, 3]])
    outputs[0].data.forEach((value: number, i: number) => void expect(value).toBeCloseTo(expected[i]!, 6))
  }
  for (const sent of [
    { payload: body, headers: header },
    { payload: gzipSync(body), headers: { ...header, 'content-encoding': 'gzip' } },
  ]) {
    const { rawPayload, headers } = await infer(sent)
    const bytes = rawPayload.subarray(Number(headers['inference-header-content-length']))
    expect([...new Float32Array(Uint8Array.from(bytes).buffer)]).toEqual(expected)
  }
})

test('what is not in order is refused in words', async () => {
  const bomb = gzipSync(Buffer.alloc(1_000_000))
  const attempts = [
    await infer(json({ inputs: [{ ...tensor, data: [1] }] })),
    await infer(json({ inputs: [{ ...tensor, datatype: 'BYTES', shape: [1], data: ['AAAA'] }] })),
    await infer({ payload: bomb, headers: { 'content-encoding': 'gzip' } }),
    await infer(json({}), '/v2/models/pats'),
    await infer(json({}), `${base}/versions/4`),
    await infer({ payload: '' }),
  ]
  expect(attempts.map(({ statusCode, json }) => `${statusCode} ${json().error}`)).toEqual([
    '400 "data" of "images" has 1 elements, and its shape says 4.',
    expect.stringMatching(/^422 Picture 0: it is not/),
    '400 The unpacked body is larger than 10000 bytes.',
    '404 There is no model "pats". Did you mean "pets"? GET /models lists those that are served.',
    '404 The model "pets" has no version "4", but 3.',
    expect.stringMatching(/^400 The body of a request for an inference is not JSON: /),
  ])
})

test('where too many images wait, a request is refused before its body is read', async () => {
  const { backend: slow, hold } = withPauses()
  const other = createNetwork(network.model.spec, { inputShape: [2, 2, 1], backend: slow })
  const busy = await inferenceApp({
    ...options,
    sources: [networkSource({ name: 'pets', version: '3' }, other)],
  })
  const send = (payload: string) => busy.inject({ method: 'POST', url: `${base}/infer`, payload })
  const images = (count: number) =>
    JSON.stringify({ inputs: [{ ...tensor, shape: [count, 2, 2, 1], data: Array(4 * count).fill(0) }] })
  const { started, release } = hold()
  const computed = send(images(1))
  await started
  const waiting = send(images(16))
  await expect.poll(async () => (await busy.inject('/metrics')).body).toMatch(/^heddle_queue_length\S* 16$/m)
  const refused = await send('no JSON')
  expect(refused.statusCode).toBe(503)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  release()
  expect([(await computed).statusCode, (await waiting).statusCode]).toEqual([200, 200])
  await busy.close()
})

/** The backend of these tests; after `hold`, its next call begins when `release` is called. */
function withPauses() {
  let wait = async (): Promise<void> => {}
  const slow: Backend = {
    ...backend,
    compile(lowered, options) {
      const executable = backend.compile(lowered, options)
      return {
        program: executable.program,
        read: name => executable.read(name),
        write: (name, values) => executable.write(name, values),
        run: async request => {
          await wait()
          return await executable.run(request)
        },
      }
    },
  }
  const hold = () => {
    let release = (): void => {}
    const released = new Promise<void>(resolve => {
      release = resolve
    })
    const started = new Promise<void>(resolve => {
      wait = () => {
        resolve()
        return released
      }
    })
    return { started, release: () => release() }
  }
  return { backend: slow, hold }
}

test('the statistics count images, calls and failures', async () => {
  const before = (await get(`${base}/stats`)).model_stats[0]
  await infer(json({ inputs: [{ ...tensor, shape: [2, 2, 2, 1], data: [...pixels, ...pixels] }] }))
  await infer(json({}))
  const after = (await get('/v2/models/stats')).model_stats[0]
  const grown = (count: (one: typeof after) => number) => count(after) - count(before)
  expect(grown(one => one.inference_count)).toBe(2)
  expect(grown(one => one.execution_count)).toBe(1)
  expect(grown(one => one.inference_stats.success.count)).toBe(1)
  expect(grown(one => one.inference_stats.fail.count)).toBe(1)
  expect(after.last_inference).toBeGreaterThan(Date.UTC(2020))
})

test('the OpenAPI document has every route that answers', async () => {
  const { paths, openapi }: OpenApi = await get('/openapi.json')
  expect(openapi).toBe('3.1.0')
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([
      '/predict',
      '/models',
      '/metrics',
      '/v2',
      '/v2/models/{name}/versions/{version}/infer',
    ]),
  )
  const { parameters, requestBody, responses } = paths['/v2/models/{name}/infer']!.post!
  expect(parameters.map(({ name }) => name)).toEqual(['name', 'Inference-Header-Content-Length'])
  expect(requestBody).toMatchObject({ content: { 'application/json': { schema: { required: ['inputs'] } } } })
  expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '400', '404', '503']))
  const page = await app.inject('/docs')
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
  for (const path of Object.keys(paths)) expect(page.body).toContain(`${path}</code>`)
  expect(page.body).not.toMatch(/<script|src=|url\(/)
})
