import { LruCache } from '../../base/lru.ts'
import { argMax } from '../../base/maths.ts'
import type { Dataset } from '../../data/dataset.ts'
import { activations } from '../../insight/explain/activations.ts'
import { explainImages } from '../../insight/explain/explain-images.ts'
import { Neighbourhood } from '../../insight/explain/neighbours.ts'
import type { Network } from '../../network/network.ts'
import type { Comparison } from '../../protocol/comparison.ts'
import type { ModelEvaluation } from '../../protocol/evaluation.ts'
import {
  classFields,
  comparedFields,
  robustnessFields,
  runFields,
  testImageFields,
} from '../../protocol/requests.ts'
import type { ImagePage, RunClasses, TrainingNeighbour } from '../../protocol/studio.ts'
import type { Task } from '../../protocol/tasks.ts'
import { storedModel, storedPredictions } from '../../runs/stored.ts'
import { startWorker } from '../../runs/worker-process.ts'
import type { Api } from '../refusals.ts'
import type { StudioContext } from './context.ts'

/** How many images one request may return. */
const WORST = 50
const NEIGHBOURS = 8
/** Training images that neighbours are looked for among: the first ones. */
const MOST_NEIGHBOURS = 10_000
/** The most channels of a layer that a page shows. */
const MOST_MAPS = 24
/** Sizes of the caches of networks and of answers. */
const [MOST_LOADED, MOST_ANSWERS] = [4, 40]

/** A run's network with its data: what single images are asked of. */
interface Asked {
  readonly network: Network
  readonly data: Dataset
  /** Made when it is first asked for. */
  neighbourhood?: Promise<Neighbourhood>
}

/** What there is to say of trained networks: measured on all test images, compared, and asked about single ones. */
export function evaluationRoutes(app: Api, { store, datasets, backend, env }: StudioContext): void {
  const networks = new LruCache<Asked>(MOST_LOADED)
  /** Throws a `UsageError` if the run has kept no network, or its data has changed. */
  const networkOf = (run: string): Promise<Asked> =>
    networks.get(run, async () => {
      const data = await datasets.ofRun(run)
      return { network: await storedModel(store, await store.run(run), backend), data }
    })
  const answers = new LruCache<unknown>(MOST_ANSWERS)
  let last: Promise<unknown> = Promise.resolve()
  /**
   * The result of a task that takes seconds of arithmetic, from a process of its own: pages stay live meanwhile. Each is asked
   * once: runs that are finished do not change, and every look at the test images counts.
   */
  const ask = <T>(task: Task): Promise<T> => {
    const answer = answers.get(JSON.stringify(task), () => {
      // One at a time: each of them takes all cores.
      last = last.catch(() => {}).then(() => startWorker(task, { env }).result)
      return last
    })
    return answer as Promise<T>
  }

  app.get(
    '/runs/:id/evaluation',
    { schema: { params: runFields, querystring: robustnessFields } },
    async ({ params, query }) => {
      const run = await store.find(params.id)
      return ask<ModelEvaluation>({
        kind: 'evaluate',
        run,
        worst: WORST,
        robustness: query.robustness !== null,
      })
    },
  )

  app.get('/compare', { schema: { querystring: comparedFields } }, async ({ query }) => {
    const runs = await Promise.all(query.runs.split(',').map(id => store.find(id)))
    return ask<Comparison>({ kind: 'compare', runs })
  })

  app.get('/runs/:id/classes', { schema: { params: runFields } }, async ({ params }): Promise<RunClasses> => {
    const { imageShape, classNames } = await datasets.ofRun(await store.find(params.id))
    return { imageShape, classNames }
  })

  /** 32-bit numbers: each image's label, the class that is predicted (both whole), and the output for that class (a float). */
  app.get('/runs/:id/predictions', { schema: { params: runFields } }, async ({ params }, reply) => {
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

  app.get(
    '/runs/:id/images/:index',
    { schema: { params: testImageFields, querystring: classFields } },
    async ({ params: { id, index }, query }): Promise<ImagePage> => {
      const { network, data } = await networkOf(await store.find(id))
      const { pixelRange } = network.about
      const image = data.test.at(index)
      const classes = query.class === null ? {} : { classes: [query.class] }
      const [explanation] = await explainImages(network, { images: image, pixelRange, ...classes })
      const layers = await activations(network, image, { pixelRange })
      return {
        index,
        label: data.test.labels[index]!,
        classNames: network.classNames,
        imageShape: data.imageShape,
        explanation: explanation!,
        activations: layers
          .filter(({ shape }) => shape.length === 3)
          .map(layer => ({ ...layer, maps: layer.maps.slice(0, MOST_MAPS) })),
      }
    },
  )

  app.get(
    '/runs/:id/images/:index/neighbours',
    { schema: { params: testImageFields, querystring: classFields } },
    async ({ params }): Promise<TrainingNeighbour[]> => {
      const asked = await networkOf(await store.find(params.id))
      const { network, data } = asked
      const image = data.test.at(params.index)
      const { images } = data.train.first(MOST_NEIGHBOURS)
      asked.neighbourhood ??= Neighbourhood.of(network, images, network.about.pixelRange)
      const found = await (await asked.neighbourhood).nearest(image, NEIGHBOURS)
      return found.map(({ index, similarity }) => ({ index, similarity, label: data.train.labels[index]! }))
    },
  )
}
