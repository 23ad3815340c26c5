import { UsageError } from '../../base/errors.ts'
import { LruCache } from '../../base/lru.ts'
import { integer, oneOf, optional, required, textLike } from '../../base/schema.ts'
import { sizeOf } from '../../base/shape.ts'
import { questions } from '../../insight/explain/asked-model.ts'
import { classCountOf } from '../../model/model.ts'
import type { Network } from '../../network/network.ts'
import { runFields } from '../../protocol/requests.ts'
import { artefactOf, storedModel } from '../../runs/stored.ts'
import type { Api } from '../refusals.ts'
import type { StudioContext } from './context.ts'

const MOST_LOADED = 4

const askFields = {
  question: required(oneOf(Object.keys(questions) as (keyof typeof questions)[])),
  /** The bytes of a picture of the network's own size, as base64; empty for questions that do not need it. */
  pixels: required(textLike(/^[\w+/=]*$/, 'bytes as base64')),
  /** The class to explain; `null`: the predicted one. */
  explain: required(optional(integer(undefined, { min: 0 }))),
} as const

/** The file of a run's trained network: a page decodes it and predicts by itself, or asks here where it has no engine. */
export function modelRoutes(app: Api, { store, backend }: StudioContext): void {
  const models = new LruCache<Network>(MOST_LOADED)

  app.get('/runs/:id/model', { schema: { params: runFields } }, async ({ params }, reply) => {
    const run = await store.run(await store.find(params.id))
    const { bytes } = await artefactOf(store, run, 'model.safetensors')
    reply.type('application/octet-stream')
    return bytes
  })

  app.post(
    '/runs/:id/ask',
    { schema: { params: runFields, body: askFields } },
    async ({ params, body: { question, pixels, explain } }): Promise<object> => {
      const id = await store.find(params.id)
      const network = await models.get(id, async () => storedModel(store, await store.run(id), backend))
      if (question === 'facts' || question === 'inspect') return questions[question](network)
      const picture = pictureFor(network, pixels)
      if (question === 'maps') return questions.maps(network, picture)
      const classes = classCountOf(network.model)
      if (explain !== null && explain >= classes)
        throw new UsageError(`The run ${id} has ${classes} classes: the last one is ${classes - 1}.`)
      return questions.answer(network, picture, explain)
    },
  )
}

function pictureFor({ model }: Network, base64: string): Uint8Array {
  const { inputShape } = model
  const picture = Buffer.from(base64, 'base64')
  if (picture.length === sizeOf(inputShape)) return picture
  throw new UsageError(
    `The network takes ${inputShape.join(' × ')} bytes, that is ${sizeOf(inputShape)}, not ${picture.length}.`,
  )
}
