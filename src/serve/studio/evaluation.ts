import type { FastifyInstance } from 'fastify'
import { argMax } from '../../base/maths.ts'
import { activations } from '../../insight/explain/activations.ts'
import { explainImages } from '../../insight/explain/explain-images.ts'
import type { Comparison } from '../../protocol/comparison.ts'
import type { ModelEvaluation } from '../../protocol/evaluation.ts'
import { classFields, comparedFields, testImageFields } from '../../protocol/requests.ts'
import type { ImagePage, RunClasses, TrainingNeighbour } from '../../protocol/studio.ts'
import { storedPredictions } from '../../runs/stored.ts'
import type { StudioContext } from './context.ts'
import { Networks } from './networks.ts'
import { Questions } from './questions.ts'

/** How many images one request may return. */
const WORST = 50
const NEIGHBOURS = 8
/** The most channels of a layer that a page shows. */
const MOST_MAPS = 24

interface OfImage {
  readonly Params: { readonly id: string; readonly index: number }
  readonly Querystring: { readonly class?: number }
}

/** What there is to say of trained networks: measured on all test images, compared, and asked about single ones. */
export function evaluationRoutes(
  app: FastifyInstance,
  { store, datasets, backend, env }: StudioContext,
): void {
  const questions = new Questions(env)
  const networks = new Networks(store, datasets, backend)

  app.get<{ Params: { id: string }; Querystring: { robustness?: string } }>(
    '/runs/:id/evaluation',
    async ({ params, query }) => {
      const run = await store.find(params.id)
      const robustness = query.robustness !== undefined
      return questions.ask<ModelEvaluation>({ kind: 'evaluate', run, worst: WORST, robustness })
    },
  )

  app.get<{ Querystring: { runs: string } }>(
    '/compare',
    { schema: { querystring: comparedFields } },
    async ({ query }) => {
      const runs = await Promise.all(query.runs.split(',').map(id => store.find(id)))
      return questions.ask<Comparison>({ kind: 'compare', runs })
    },
  )

  app.get<{ Params: { id: string } }>('/runs/:id/classes', async ({ params }): Promise<RunClasses> => {
    const { imageShape, classNames } = await datasets.ofRun(await store.find(params.id))
    return { imageShape, classNames }
  })

  /** 32-bit numbers: each image's label, the class that is predicted (both whole), and the output for that class (a float). */
  app.get<{ Params: { id: string } }>('/runs/:id/predictions', async ({ params }, reply) => {
    const run = await store.run(await store.find(params.id))
    const { labels, probabilities, classNames } = await storedPredictions(store, run)
    const classes = classNames.length
    const predicted = labels.map((_, i) => argMax(probabilities, i * classes, classes))
    const confidence = Float32Array.from(predicted, (k, i) => probabilities[i * classes + k]!)
    reply.type('application/octet-stream')
    return Buffer.concat(
      [labels, predicted, confidence].map(({ buffer, byteOffset, byteLength }) =>
        Buffer.from(buffer, byteOffset, byteLength),
      ),
    )
  })

  app.get<OfImage>(
    '/runs/:id/images/:index',
    { schema: { params: testImageFields, querystring: classFields } },
    async ({ params, query }): Promise<ImagePage> => {
      const id = await store.find(params.id)
      const { network, data } = await networks.of(id)
      const { pixelRange } = network.about
      const image = data.test.at(params.index)
      const classes = query.class === undefined ? {} : { classes: [query.class] }
      const [explanation] = await explainImages(network, { images: image, pixelRange, ...classes })
      const layers = await activations(network, image, { pixelRange })
      return {
        index: params.index,
        label: data.test.labels[params.index]!,
        classNames: network.classNames,
        imageShape: data.imageShape,
        explanation: explanation!,
        activations: layers
          .filter(({ shape }) => shape.length === 3)
          .map(layer => ({ ...layer, maps: layer.maps.slice(0, MOST_MAPS) })),
      }
    },
  )

  app.get<OfImage>(
    '/runs/:id/images/:index/neighbours',
    { schema: { params: testImageFields, querystring: classFields } },
    async ({ params }): Promise<TrainingNeighbour[]> => {
      const id = await store.find(params.id)
      const { data } = await networks.of(id)
      const image = data.test.at(params.index)
      const found = await (await networks.neighbourhood(id)).nearest(image, NEIGHBOURS)
      return found.map(({ index, similarity }) => ({ index, similarity, label: data.train.labels[index]! }))
    },
  )
}
