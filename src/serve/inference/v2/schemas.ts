import type { RouteSchema } from '../openapi.ts'
import { errorSchema } from '../schemas.ts'
import { datatypes, INPUT, MAX_IMAGES, OUTPUT } from './signature.ts'

// What the routes of the protocol take and give, for the OpenAPI document; `request.ts` checks what is sent.

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const count = { type: 'integer', minimum: 0 } as const
const list = (items: object) => ({ type: 'array', items })
const object = (properties: Readonly<Record<string, object>>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
})

const shape = list({ type: 'integer' })
const tensor = object({ name: text, datatype: text, shape })
const duration = object({ count, ns: count })
const durations = (...names: readonly string[]) =>
  object(Object.fromEntries(names.map(name => [name, duration])))

const asked = {
  type: 'object',
  required: ['inputs'],
  properties: {
    id: { type: ['string', 'null'], maxLength: 256 },
    parameters: { type: ['object', 'null'], properties: { binary_data_output: flag } },
    inputs: {
      ...list({
        type: 'object',
        required: ['name', 'shape', 'datatype', 'data'],
        properties: {
          name: { const: INPUT },
          shape: {
            ...list({ type: 'integer', minimum: 1 }),
            minItems: 2,
            description: `[images, …], of up to ${MAX_IMAGES} images`,
          },
          datatype: { enum: datatypes },
          data: { type: 'array', description: 'Numbers, flat or nested; of BYTES: picture files in base64' },
        },
      }),
      minItems: 1,
      maxItems: 1,
    },
    outputs: {
      type: ['array', 'null'],
      maxItems: 1,
      items: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { const: OUTPUT },
          parameters: {
            type: ['object', 'null'],
            properties: {
              binary_data: flag,
              classification: { ...count, description: 'The most probable classes, as texts' },
            },
          },
        },
      },
    },
  },
}

const answered = object(
  {
    id: text,
    model_name: text,
    model_version: text,
    outputs: list(
      object({ name: text, datatype: text, shape, data: { type: 'array' }, parameters: { type: 'object' } }, [
        'name',
        'datatype',
        'shape',
      ]),
    ),
  },
  ['model_name', 'model_version', 'outputs'],
)

const statistics = object({
  model_stats: list(
    object({
      name: text,
      version: text,
      last_inference: count,
      inference_count: count,
      execution_count: count,
      inference_stats: durations(
        'success',
        'fail',
        'queue',
        'compute_input',
        'compute_infer',
        'compute_output',
        'cache_hit',
        'cache_miss',
      ),
      batch_stats: list(
        object({
          batch_size: count,
          compute_input: duration,
          compute_infer: duration,
          compute_output: duration,
        }),
      ),
    }),
  ),
})

const bodies = {
  server: object({ name: text, version: text, extensions: list(text) }),
  live: object({ live: flag }),
  ready: object({ ready: flag }),
  modelReady: object({ name: text, ready: flag }),
  model: object({
    name: text,
    versions: list(text),
    platform: text,
    inputs: list(tensor),
    outputs: list(tensor),
  }),
  config: { type: 'object', description: "Triton's configuration of a model" },
  statistics,
  index: list(object({ name: text, version: text, state: text, reason: text })),
}

const errors = (...statuses: readonly number[]) =>
  Object.fromEntries(statuses.map(status => [status, errorSchema]))

/** The schema of a route that answers with one of the bodies above. */
export function described(summary: string, body: keyof typeof bodies, url: string): RouteSchema {
  return {
    summary,
    tags: ['Open Inference Protocol'],
    ...paramsIn(url),
    response: { 200: { description: summary, ...bodies[body] }, ...errors(400, 401, 404, 413, 415, 503) },
  }
}

/** Clients ask for the ones that are ready: all are, so it is not read. */
const indexBody = {}

export const indexSchema: RouteSchema = {
  ...described('The models, with their state', 'index', ''),
  body: { required: false, content: { 'application/json': { schema: indexBody } } },
}

export function inferSchema(url: string): RouteSchema {
  const binary = { schema: { description: 'JSON, and tensors as bytes after it' } }
  return {
    summary: 'Ask a model about tensors or picture files',
    tags: ['Open Inference Protocol'],
    ...paramsIn(url),
    headers: {
      type: 'object',
      properties: {
        'Inference-Header-Content-Length': {
          type: 'integer',
          minimum: 0,
          description: 'The length of the JSON, where tensors follow it',
        },
      },
    },
    body: { content: { 'application/json': { schema: asked }, 'application/octet-stream': binary } },
    response: {
      200: {
        description: 'The output of the model',
        content: { 'application/json': { schema: answered }, 'application/octet-stream': binary },
      },
      ...errors(400, 401, 404, 413, 415, 422, 503),
    },
  }
}

function paramsIn(url: string) {
  const names = [...url.matchAll(/:(\w+)/g)].map(([, name]) => name!)
  return names.length > 0 && { params: object(Object.fromEntries(names.map(name => [name, text]))) }
}
