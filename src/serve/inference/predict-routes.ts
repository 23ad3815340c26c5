import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { systemClock } from '../../base/clock.ts'
import { MissingError, UsageError, withinLater } from '../../base/errors.ts'
import { answersText, answerText } from './answer-text.ts'
import type { ServedModels } from './model-repository.ts'
import { joinedInputs, type PictureInputs } from './picture-inputs.ts'
import { refuseIfFull } from './refuse-if-full.ts'
import { predictSchema } from './schemas.ts'
import type { ServedModel } from './served-model.ts'
import { bytesOfBase64, filesOfForm, MOST_PICTURES, type Upload } from './uploads.ts'

interface Named {
  readonly name: string
  readonly version?: string
}

/** What a request asks about: one picture, or several with their names. */
type Asked = { readonly one: Uint8Array } | { readonly several: readonly Upload[] }

/** `POST /predict` and `POST /models/:name[/versions/:version]/predict`: pictures in, classes out. */
export function predictRoutes(app: FastifyInstance, models: ServedModels, pictures: PictureInputs): void {
  const answer = async (model: ServedModel, request: FastifyRequest, reply: FastifyReply) => {
    const start = systemClock()
    try {
      const text = await predicted(model, request, start)
      return reply.header('content-type', 'application/json; charset=utf-8').send(text)
    } catch (error) {
      model.statistics.failedAfter(systemClock() - start)
      throw error
    }
  }

  const predicted = async (model: ServedModel, request: FastifyRequest, start: number): Promise<string> => {
    const asked = await askedOf(request)
    const { preparation, statistics } = model
    if (!preparation) {
      throw new UsageError(
        `The model "${model.name}" takes ${model.inputShape.join(' × ')} numbers and no pictures: ask it by POST /v2/models/${model.name}/infer.`,
      )
    }
    const inputOf = ({ name, bytes }: Upload): Promise<Uint8Array> =>
      withinLater(name === null ? 'The picture' : `The picture "${name}"`, () =>
        pictures.input(bytes, preparation),
      )
    const uploads = 'one' in asked ? [{ name: null, bytes: asked.one }] : asked.several
    let decodeMs = 0
    const { outputs, queueMs, computeMs } = await model.predictPrepared(uploads.length, async () => {
      const inputs = await Promise.all(uploads.map(inputOf))
      decodeMs = systemClock() - start
      return joinedInputs(inputs)
    })
    const spent = { decodeMs, queueMs, computeMs }
    const text =
      'one' in asked
        ? answerText(model, outputs, spent)
        : answersText(
            model,
            asked.several.map(({ name }) => name),
            outputs,
            spent,
          )
    statistics.answered({ requestMs: systemClock() - start, decodeMs })
    return text
  }

  const route = (url: string, schema: object, modelOf: (named: Named) => ServedModel): void => {
    const asked = (request: FastifyRequest): ServedModel => modelOf(request.params as Named)
    app.post(url, { schema, onRequest: refuseIfFull(asked) }, (request, reply) =>
      answer(asked(request), request, reply),
    )
  }
  route('/predict', predictSchema('the only model'), () => onlyModel(models))
  route('/models/:name/predict', predictSchema('the newest version of a model', ['name']), ({ name }) =>
    models.get(name),
  )
  route(
    '/models/:name/versions/:version/predict',
    predictSchema('one version of a model', ['name', 'version']),
    ({ name, version }) => models.get(name, version),
  )
}

/** The newest version of the only model. */
function onlyModel(models: ServedModels): ServedModel {
  const names = [...new Set(models.list().map(({ name }) => name))]
  if (names.length === 1) return models.get(names[0]!)
  throw new MissingError(
    names.length === 0
      ? 'There is no model any more: its file was removed.'
      : `This server has several models: POST /models/NAME/predict with one of ${names.join(', ')}.`,
  )
}

async function askedOf({ body, headers }: FastifyRequest): Promise<Asked> {
  if (Buffer.isBuffer(body)) {
    const type = headers['content-type'] ?? ''
    return /^multipart\/form-data/i.test(type) ? { several: await filesOfForm(type, body) } : { one: body }
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new UsageError(
      'Send a picture file as the body, files of a form, or JSON: { "image": "…base64…" } or { "images": ["…", …] }.',
    )
  }
  const { image, images, ...others } = body as Record<string, unknown>
  const [other] = Object.keys(others)
  if (other !== undefined || (image === undefined) === (images === undefined))
    throw new UsageError('The JSON must have either "image" or "images", and nothing else.')
  if (image !== undefined) return { one: bytesOfBase64(image, 'image') }
  if (!Array.isArray(images) || images.length === 0 || images.length > MOST_PICTURES)
    throw new UsageError(`images must be a list of 1 to ${MOST_PICTURES} picture files in base64.`)
  return { several: images.map((one, i) => ({ name: null, bytes: bytesOfBase64(one, `images[${i}]`) })) }
}
