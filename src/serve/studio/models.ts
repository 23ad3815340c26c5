import { UsageError } from '../../base/errors.ts'
import { LruCache } from '../../base/lru.ts'
import { integer, oneOf, optional, required, textLike } from '../../base/schema.ts'
import { sizeOf } from '../../base/shape.ts'
import { questions } from '../../insight/explain/asked-model.ts'
import { modelFormats } from '../../model/files/model-formats.ts'
import { writeZip } from '../../model/files/zip.ts'
import { classCountOf } from '../../model/model.ts'
import { goldenOf } from '../../network/golden.ts'
import type { Network } from '../../network/network.ts'
import { modelFileOf } from '../../network/saved-model.ts'
import { webPage } from '../../network/web-page.ts'
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

/** A kind of file, or a page that predicts by itself. */
type Exported = keyof typeof modelFormats | 'web'
const exportFields = {
  to: required(oneOf<Exported>([...(Object.keys(modelFormats) as (keyof typeof modelFormats)[]), 'web'])),
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

  /** The network for another program; files that belong together come in one archive. */
  app.get(
    '/runs/:id/export',
    { schema: { params: runFields, querystring: exportFields } },
    async ({ params, query: { to } }, reply) => {
      const id = await store.find(params.id)
      const network = await models.get(id, async () => storedModel(store, await store.run(id), backend))
      const files = await exported(network, to)
      reply.type('application/octet-stream').header('content-disposition', 'attachment')
      const bytes = files.map(([name, pieces]) => [name, Buffer.concat(pieces)] as const)
      return bytes.length === 1 ? bytes[0]![1] : await writeZip(Object.fromEntries(bytes))
    },
  )

  app.post(
    '/runs/:id/ask',
    { schema: { params: runFields, body: askFields } },
    async ({ params, body: { question, pixels, explain } }): Promise<object> => {
      const id = await store.find(params.id)
      const network = await models.get(id, async () => storedModel(store, await store.run(id), backend))
      if (question === 'facts' || question === 'inspect') return questions[question](network)
      const picture = pictureFor(network, pixels)
      if (question === 'maps' || question === 'outputs') return questions[question](network, picture)
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

/** The files that a network becomes. The examples in them are noise: pictures may be private. */
async function exported(
  network: Network,
  to: Exported,
): Promise<readonly (readonly [name: string, pieces: readonly Uint8Array[]])[]> {
  const golden = await goldenOf(network)
  if (to === 'web') return [...(await webPage(network, { title: 'Heddle', golden, hasPictures: false }))]
  const format = modelFormats[to]
  const { pieces, beside = new Map() } = await format.write(modelFileOf(network), golden)
  return [[`model.${format.ending}`, pieces], ...beside]
}
