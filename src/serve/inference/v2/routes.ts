import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { systemClock } from '../../../base/clock.ts'
import { UsageError, withinLater } from '../../../base/errors.ts'
import type { Rows } from '../batcher.ts'
import type { Health } from '../health-routes.ts'
import { joinedInputs, type PictureInputs } from '../picture-inputs.ts'
import { refuseIfFull } from '../refuse-if-full.ts'
import type { ServedModel } from '../served-model.ts'
import { modelConfig, modelMetadata, serverMetadata } from './description.ts'
import { unpacked } from './inflate.ts'
import { headerLengthOf, readInferRequest } from './request.ts'
import { writeInferResponse } from './response.ts'
import { described, indexSchema, inferSchema } from './schemas.ts'
import type { Images } from './signature.ts'
import { modelStatistics } from './statistics.ts'

export interface V2Options extends Health {
  readonly pictures: PictureInputs
  readonly maxBodyBytes: number
}

interface Named {
  readonly name: string
  readonly version?: string
}

/** Every route of a model is also there for one of its versions. */
const places = ['/v2/models/:name', '/v2/models/:name/versions/:version'] as const
const LENGTH = 'inference-header-content-length'

/**
 * The Open Inference Protocol v2 with binary tensors, classification, and what Triton's clients read of a model. To be registered as a
 * plugin: its bodies are bytes, of any type of content.
 */
export async function v2Routes(app: FastifyInstance, options: V2Options): Promise<void> {
  const { models, isStopping } = options
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  const asked = ({ params }: FastifyRequest): ServedModel => {
    const { name, version } = params as Named
    return models.get(name, version)
  }

  app.get('/v2', { schema: described('The server', 'server', '') }, () => serverMetadata)
  const config = { isOpen: true }
  app.get('/v2/health/live', { config, schema: described('Whether the process works', 'live', '') }, () => ({
    live: true,
  }))
  const ready = described('Whether the server wants requests', 'ready', '')
  app.get('/v2/health/ready', { config, schema: ready }, (_, reply) => {
    const isReady = !isStopping() && models.list().length > 0
    return reply.code(isReady ? 200 : 503).send({ ready: isReady })
  })
  app.post('/v2/repository/index', { schema: indexSchema }, () =>
    models.list().map(({ name, version }) => ({ name, version, state: 'READY', reason: '' })),
  )
  app.get('/v2/models/stats', { schema: described('What all models have done', 'statistics', '') }, () => ({
    model_stats: models.list().map(modelStatistics),
  }))

  for (const place of places) {
    app.get(place, { schema: described('What a model takes and gives', 'model', place) }, request => {
      const model = asked(request)
      return modelMetadata(model, versionsOf(options, model))
    })
    app.get(
      `${place}/ready`,
      { schema: described('Whether a model is ready', 'modelReady', place) },
      request => ({
        name: asked(request).name,
        ready: true,
      }),
    )
    app.get(
      `${place}/config`,
      { schema: described("Triton's configuration of a model", 'config', place) },
      request => modelConfig(asked(request)),
    )
    app.get(
      `${place}/stats`,
      { schema: described('What a model has done', 'statistics', place) },
      request => {
        const { name, version } = asked(request)
        const isVersion = (request.params as Named).version !== undefined
        const chosen = models
          .list()
          .filter(one => one.name === name && (!isVersion || one.version === version))
        return { model_stats: chosen.map(modelStatistics) }
      },
    )
    const config = { unpacks: true }
    const infer = { config, schema: inferSchema(place), onRequest: refuseIfFull(asked) }
    app.post(`${place}/infer`, infer, (request, reply) => answer(asked(request), request, reply, options))
  }
}

function versionsOf({ models }: V2Options, { name }: ServedModel): readonly string[] {
  return models.list().flatMap(one => (one.name === name ? [one.version] : []))
}

async function answer(model: ServedModel, request: FastifyRequest, reply: FastifyReply, options: V2Options) {
  const start = systemClock()
  const { name, version, classNames, statistics } = model
  const { [LENGTH]: length, 'content-encoding': encoding } = request.headers
  try {
    const sent = (request.body as Buffer | undefined) ?? Buffer.alloc(0)
    const body = await unpacked(sent, encoding, options.maxBodyBytes)
    const asked = readInferRequest(body, headerLengthOf(length), model)
    let decodeMs = 0
    const { outputs: probabilities } = await model.predictPrepared(asked.images.count, async () => {
      const rows = await rowsOf(asked.images, model, options)
      decodeMs = systemClock() - start
      return rows
    })
    const written = writeInferResponse({ model: name, version, request: asked, classNames, probabilities })
    statistics.answered({ requestMs: systemClock() - start, decodeMs })
    if (written.headerLength === null)
      return reply.header('content-type', 'application/json').send(written.body)
    return reply
      .header(LENGTH, String(written.headerLength))
      .header('content-type', 'application/octet-stream')
      .send(written.body)
  } catch (error) {
    statistics.failedAfter(systemClock() - start)
    throw error
  }
}

async function rowsOf(
  images: Images,
  { name, preparation }: ServedModel,
  { pictures }: V2Options,
): Promise<Rows> {
  if (images.datatype !== 'BYTES') return images.values
  if (preparation === null) throw new UsageError(`The model "${name}" takes no picture files.`)
  const inputs = images.values.map((file, i) =>
    withinLater(`Picture ${i}`, () => pictures.input(file, preparation)),
  )
  return joinedInputs(await Promise.all(inputs))
}
