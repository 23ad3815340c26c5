import type { FastifyInstance } from 'fastify'
import type { Backend } from '../engine/backend.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { lastHiddenLayer, layerOutputs } from '../explain/index.ts'
import type { Neighbours, Split } from '../protocol/data.ts'
import { storedModel, storedPredictions } from '../runs/stored-run.ts'
import { UsageError } from '../spec/errors.ts'
import { sizeOf } from '../tensor/shape.ts'
import { CommandAnswers } from './command-answers.ts'
import type { StudioContext } from './server.ts'

/** Images whose neighbours are searched: enough to find alike ones, few enough to be quick and to fit into 80 MB. */
const MOST_SEARCHED = 10_000
const MOST_NUMBERS = 20e6
const NEIGHBOURS = 12
const MOST_COMPARED = 60

interface OfRun {
  readonly Params: { readonly id: string }
}

const imageQuery = {
  type: 'object',
  required: ['split', 'index'],
  properties: { split: { enum: ['train', 'test'] }, index: { type: 'integer', minimum: 0 } },
}

const runsQuery = {
  type: 'object',
  required: ['runs'],
  properties: {
    runs: { type: 'string', pattern: '^[0-9a-f]{12}(,[0-9a-f]{12})+$', maxLength: 13 * MOST_COMPARED },
  },
}

/** What runs' predictions say: of one run, of several beside each other, and which images a network sees as alike. */
export function measureRoutes(app: FastifyInstance, { store, datasets }: StudioContext): void {
  const answers = new CommandAnswers({ ...process.env, HEDDLE_STORE: store.folder })
  app.addHook('onClose', async () => answers.close())
  let backend: Backend | undefined
  const dataDir = datasets.dataDir ? ['--data-dir', datasets.dataDir] : []

  app.get<OfRun>('/runs/:id/evaluation', async ({ params }, reply) => {
    const id = await store.find(params.id)
    await storedPredictions(store, await store.run(id))
    reply.type('application/json')
    return answers.of(['evaluate', id, '--no-robustness', ...dataDir])
  })

  /** Numbers of 32 bits, a row of the classes' outputs for each test image. */
  app.get<OfRun>('/runs/:id/predictions', async ({ params }, reply) => {
    const { probabilities } = await storedPredictions(store, await store.run(await store.find(params.id)))
    reply.type('application/octet-stream')
    return Buffer.from(Float32Array.from(probabilities).buffer)
  })

  app.get<{ Querystring: { runs: string } }>(
    '/comparison',
    { schema: { querystring: runsQuery } },
    async ({ query }, reply) => {
      const ids: string[] = []
      for (const id of new Set(query.runs.split(','))) ids.push(await store.find(id))
      reply.type('application/json')
      return answers.of(['compare', ...ids])
    },
  )

  app.get<OfRun & { Querystring: { split: Split; index: number } }>(
    '/runs/:id/neighbours',
    { schema: { querystring: imageQuery } },
    async ({ params, query: { split, index } }): Promise<Neighbours> => {
      const id = await store.find(params.id)
      const data = await datasets.ofRun(id)
      // Threads are started once, and not before somebody asks.
      backend ??= chooseBackend('auto')
      const { network, pixelRange } = await storedModel(store, await store.run(id), backend)
      const size = sizeOf(data.imageShape)
      const { images, labels } = data[split]
      if (index >= labels.length) {
        throw new UsageError(
          `The ${split} split of ${data.name} has the images 0 to ${labels.length - 1}, not ${index}.`,
        )
      }
      const layer = lastHiddenLayer(network.model)
      const width = sizeOf(
        network.model.layers.find(({ name }) => name === layer)?.outputShape ?? data.imageShape,
      )
      const searched = Math.min(MOST_SEARCHED, Math.floor(MOST_NUMBERS / width), data.train.labels.length)
      const rowsOf = (of: Uint8Array) => layerOutputs(network, of, { layer, pixelRange })
      const own = await rowsOf(images.subarray(index * size, (index + 1) * size))
      const others = await rowsOf(data.train.images.subarray(0, searched * size))
      const distances = Array.from({ length: searched }, (_, i) => {
        let sum = 0
        for (let k = 0; k < own.length; k++) sum += (others[i * own.length + k]! - own[k]!) ** 2
        return { index: i, distance: Math.sqrt(sum) }
      })
      const nearest = distances
        .filter(other => split === 'test' || other.index !== index)
        .sort((a, b) => a.distance - b.distance)
        .slice(0, NEIGHBOURS)
      return {
        layer,
        searched,
        images: nearest.map(({ index, distance }) => ({
          index,
          distance,
          label: data.classNames[data.train.labels[index]!]!,
        })),
      }
    },
  )
}
