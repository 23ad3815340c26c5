import { join } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { sizeOf } from '../../base/shape.ts'
import { shortFingerprint } from '../../base/text.ts'
import { augmentationField } from '../../data/augment/index.ts'
import { augmentedVersions } from '../../data/augment/versions.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { DataAudit } from '../../protocol/audit.ts'
import { type DataPage, type LabelCorrections, mostImages, type Split } from '../../protocol/data.ts'
import {
  augmentFields,
  dataFields,
  indicesFields,
  labelFields,
  markFields,
  marksFields,
  retrainFields,
  splitFields,
} from '../../protocol/requests.ts'
import type { Job } from '../../protocol/studio.ts'
import type { TaskState } from '../../protocol/tasks.ts'
import { withoutLogs } from '../../runs/described.ts'
import { storedRun } from '../../runs/stored.ts'
import { augmentFor } from '../../train/augment.ts'
import type { Api } from '../refusals.ts'
import type { StudioContext } from './context.ts'
import { checkUncorrected, LabelMarks } from './corrections.ts'
import { KeptTasks } from './kept-tasks.ts'

/** What there is to see of a dataset, and labels that users found wrong. */
export function dataRoutes(app: Api, { store, datasets, jobs, env }: StudioContext): void {
  const marks = new LabelMarks(store.folder)
  const audits = new KeptTasks<DataAudit>({ folder: join(store.folder, 'audits'), env, field: 'findings' })
  app.addHook('onClose', async () => audits.close())

  app.get('/data', async () => ({ names: datasets.names }))

  app.get('/data/:name', { schema: { params: dataFields } }, async ({ params }): Promise<DataPage> => {
    const name = await datasets.ownName(params.name)
    const data = await datasets.load(name)
    const { classNames, imageShape, fingerprint, train, validation, test } = data
    const counts = { train: train.count, validation: validation?.count ?? 0, test: test.count }
    return {
      name,
      classNames,
      imageShape,
      fingerprint,
      counts,
      corrections: await marks.of(markedAs(name, data), data),
    }
  })

  /** Two bytes each, the lower one first. */
  app.get(
    '/data/:name/:split/labels',
    { schema: { params: splitFields } },
    async ({ params: { name, split } }, reply) => {
      const { labels } = (await datasets.load(name))[split]
      reply.type('application/octet-stream')
      return Buffer.from(Uint16Array.from(labels).buffer)
    },
  )

  app.get(
    '/data/:name/:split/images',
    { schema: { params: splitFields, querystring: indicesFields } },
    async ({ params: { name, split }, query }, reply) => {
      const data = await datasets.load(name)
      reply.type('application/octet-stream')
      return Buffer.concat(imagesOf(data, split, query.indices.split(',').map(Number)))
    },
  )

  app.post(
    '/data/:name/augmented',
    { schema: { params: dataFields, body: augmentFields } },
    async ({ params: { name }, body }, reply) => {
      const data = await datasets.load(name)
      const images = imagesOf(data, body.split, body.indices)
      const augmentation = augmentationField.parse(body.augmentation, 'augmentation')
      const options = { augmentation, pixelRange: 'raw' } as const
      const augment = augmentFor(options, { shape: data.imageShape, seed: body.seed })
      const versions = augment
        ? augmentedVersions(
            images.map(pixels => ({ label: '', pixels })),
            { augment, versions: body.versions },
          ).map(([, ...changed]) => changed)
        : images.map(pixels => Array<Uint8Array>(body.versions).fill(pixels))
      const flat = versions.flat()
      checkSize(flat.length, data)
      reply.type('application/octet-stream')
      return Buffer.concat(flat)
    },
  )

  app.put(
    '/data/:name/:split/labels/:index',
    { schema: { params: labelFields, body: markFields } },
    ({ params: { name, split, index }, body: { label, was } }) =>
      mark(name, { split, indices: [index], label, was }),
  )

  app.put(
    '/data/:name/:split/labels',
    { schema: { params: splitFields, body: marksFields } },
    ({ params: { name, split }, body: { indices, label } }) => mark(name, { split, indices, label }),
  )

  async function mark(
    name: string,
    marked: { split: Split; indices: readonly number[]; label: string; was?: string | null },
  ): Promise<LabelCorrections> {
    const data = await datasets.load(name)
    for (const index of marked.indices) data[marked.split].check(index)
    if (!data.classNames.includes(marked.label)) {
      throw new UsageError(
        `${name} has no class "${marked.label}": its classes are ${data.classNames.join(', ')}.`,
      )
    }
    checkUncorrected(name, await datasets.source(name))
    return marks.mark(markedAs(await datasets.ownName(name), data), data, marked)
  }

  const ofData = { schema: { params: dataFields } }

  app.get(
    '/data/:name/audit',
    ofData,
    async ({ params: { name } }): Promise<TaskState<DataAudit>> =>
      audits.of((await datasets.load(name)).fingerprint),
  )

  app.post('/data/:name/audit', ofData, async ({ params: { name } }): Promise<TaskState<DataAudit>> => {
    const { fingerprint } = await datasets.load(name)
    await audits.start(fingerprint, { kind: 'audit', data: await datasets.source(name) })
    return audits.of(fingerprint)
  })

  app.post(
    '/data/:name/retrain',
    { schema: { params: dataFields, body: retrainFields } },
    async ({ params: { name }, body }): Promise<{ jobs: readonly Job[] }> => {
      const data = await datasets.load(name)
      const runs = await Promise.all(body.runs.map(id => store.run(id)))
      const other = runs.find(({ fingerprint }) => fingerprint !== data.fingerprint)
      if (other)
        throw new UsageError(
          `The run ${other.id} was trained on other data than ${name}: choose one that was.`,
        )
      const own = await datasets.ownName(name)
      const corrected = await marks.correctedSource(markedAs(own, data), await datasets.source(name), data)
      const queued: Job[] = []
      for (const run of runs) {
        const { experiment } = await storedRun(store, run)
        queued.push(await jobs.train({ ...withoutLogs(experiment), data: corrected }, run.seed))
      }
      return { jobs: queued }
    },
  )
}

/** The user's own pictures change on their page: their labels are marked for the pictures as they are. */
function markedAs(name: string, { fingerprint }: Dataset): string {
  return name.startsWith('pictures/') ? `${name} ${shortFingerprint(fingerprint)}` : name
}

/** Bytes `[height, width, channels]` of each. */
function imagesOf(data: Dataset, split: Split, indices: readonly number[]): Uint8Array[] {
  checkSize(indices.length, data)
  return indices.map(i => data[split].at(i))
}

function checkSize(count: number, { imageShape }: Dataset): void {
  const most = mostImages(sizeOf(imageShape))
  if (count > most)
    throw new UsageError(
      `At most ${most} images of ${imageShape.join(' × ')} are sent at once, not ${count}.`,
    )
}
