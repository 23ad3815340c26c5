// What the routes take and give, in JSON schema: it describes them in the OpenAPI document, and checks nothing itself.

const text = { type: 'string' } as const
const probability = {
  type: 'number',
  description: 'An output of the network: a probability if it ends in softmax or sigmoid',
}
const duration = { type: 'number', minimum: 0 } as const

const prediction = {
  label: { ...text, description: 'The name of the class with the largest output' },
  probability,
  confidence: {
    type: ['number', 'null'],
    description:
      'How often such an answer is right on pictures like the validation images: the probability at the temperature that was fitted on them. null: the model file has no temperature, or the outputs are no probabilities of one class',
  },
  probabilities: {
    type: 'object',
    description: 'By the name of the class',
    additionalProperties: probability,
  },
}

const answered = {
  model: text,
  version: text,
  digest: { ...text, description: 'The first digits of the SHA-256 of the layers and weights that answered' },
  milliseconds: {
    type: 'object',
    description: 'The parts of the time: making the input, waiting for the call before, the network',
    properties: { decode: duration, queue: duration, compute: duration },
    required: ['decode', 'queue', 'compute'],
  },
}

const object = (properties: Readonly<Record<string, object>>, optional: readonly string[] = []) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter(name => !optional.includes(name)),
})

const one = object({ ...prediction, ...answered })
const several = object({
  predictions: { type: 'array', items: object({ file: text, ...prediction }, ['file']) },
  ...answered,
})

/** An error in words, of any status from 400 on. */
export const errorSchema = { description: 'What is wrong, and what to do', ...object({ error: text }) }

const errors = Object.fromEntries(
  ['400', '401', '404', '413', '415', '422', '503'].map(status => [status, errorSchema]),
)

const base64 = { ...text, minLength: 1, contentEncoding: 'base64', description: 'A picture file in base64' }

const pictureBody = {
  content: {
    'image/png': { schema: {} },
    'image/jpeg': { schema: {} },
    'image/webp': { schema: {} },
    'application/octet-stream': { schema: {} },
    'multipart/form-data': {
      schema: object({ file: { type: 'array', items: { ...text, format: 'binary' } } }),
    },
    'application/json': {
      schema: {
        type: 'object',
        properties: { image: base64, images: { type: 'array', items: base64, minItems: 1 } },
        additionalProperties: false,
        oneOf: [{ required: ['image'] }, { required: ['images'] }],
      },
    },
  },
}

const params: Readonly<Record<string, object>> = {
  name: { ...text, description: 'The name of a model' },
  version: { ...text, description: 'Its version' },
}

const paramsOf = (names: readonly string[]) =>
  names.length > 0 && { params: object(Object.fromEntries(names.map(name => [name, params[name]!]))) }

export function predictSchema(which: string, names: readonly string[] = []) {
  return {
    summary: `Classify pictures by ${which}`,
    tags: ['predict'],
    ...paramsOf(names),
    body: pictureBody,
    response: { 200: { description: 'One picture, or several', anyOf: [one, several] }, ...errors },
  }
}

const model = object({
  name: text,
  version: text,
  digest: text,
  inputShape: { type: 'array', items: { type: 'integer' } },
  classNames: { type: 'array', items: text },
  preparation: {
    type: ['object', 'null'],
    description: 'How a picture becomes an input',
    additionalProperties: true,
  },
  temperature: {
    type: ['number', 'null'],
    description: 'softmax(log p / temperature) is calibrated; null: unknown',
  },
})

export const modelsSchema = {
  summary: 'The models that are served',
  tags: ['models'],
  response: {
    200: {
      description: 'By name, the newest version last',
      ...object({ models: { type: 'array', items: model } }),
    },
    ...errors,
  },
}

export const versionsSchema = {
  ...modelsSchema,
  summary: 'The versions of a model',
  ...paramsOf(['name']),
}

export const healthSchema = (summary: string) => ({
  summary,
  tags: ['health'],
  response: { 200: object({ status: text }), 503: errorSchema },
})

export const metricsSchema = {
  summary: 'Metrics in the text format of Prometheus',
  tags: ['health'],
  response: { 200: { description: 'Text', content: { 'text/plain': { schema: text } } }, ...errors },
}
