import { UsageError } from '../../../base/errors.ts'
import { nameOfPath } from '../../../data/sources/name-of-path.ts'
import {
  addedPictureFields,
  movedPicturesFields,
  nameFields,
  picturesFields,
  plannedFields,
  renamedClassFields,
  resultFields,
  setFields,
  shownPictureFields,
  trainedFields,
} from '../../../protocol/picture-requests.ts'
import {
  type AddedPicture,
  MOST_PICTURE_BYTES,
  type PictureAudit,
  type PicturePlan,
  type PictureResult,
  type PictureSetPage,
  type PictureSetRow,
} from '../../../protocol/pictures.ts'
import type { Job } from '../../../protocol/studio.ts'
import type { Api } from '../../refusals.ts'
import type { StudioContext } from '../context.ts'
import type { PictureFolder } from './picture-folder.ts'
import { PictureLooks } from './picture-looks.ts'
import { pictureResult } from './picture-result.ts'
import { zipPictures } from './zip-pictures.ts'

/** Names of ten thousand pictures. */
const LIST_BYTES = 4 << 20
/** Bodies of pictures that are in memory at the same time. */
const MOST_BODIES = 12
const COVERS = 4

/** Your own pictures: they are added, sorted into classes and looked at. */
export async function pictureRoutes(app: Api, context: StudioContext): Promise<void> {
  const { pictures, datasets, jobs } = context
  const looks = new PictureLooks()
  const ofSet = { schema: { params: setFields } }

  app.get('/pictures', async (): Promise<{ sets: readonly PictureSetRow[] }> => {
    const sets = pictures.names.map(async name => rowOf(name, await pictures.get(name)))
    return { sets: await Promise.all(sets) }
  })

  app.post('/pictures', { schema: { body: nameFields } }, async ({ body }) =>
    (await pictures.add(body.name)).page(),
  )

  app.get('/pictures/:set', ofSet, async ({ params }) => (await pictures.get(params.set)).page())

  app.get(
    '/pictures/:set/audit',
    ofSet,
    async ({ params }): Promise<PictureAudit> => looks.audit(await pictures.get(params.set)),
  )

  app.get(
    '/pictures/:set/picture',
    { schema: { params: setFields, querystring: shownPictureFields } },
    async ({ params, query: { id, version, size } }, reply) => {
      const folder = await pictures.get(params.set)
      const bytes = await looks.thumbnail(folder, { id, version }, size)
      // The version is a part of the address.
      return reply
        .type('image/webp')
        .header('cache-control', 'private, max-age=31536000, immutable')
        .send(bytes)
    },
  )

  /** Changes the folder, and answers with what it is then. */
  const changed = async (
    { set }: { readonly set: string },
    change: (folder: PictureFolder) => Promise<void>,
  ): Promise<PictureSetPage> => {
    const folder = await pictures.get(set)
    await change(folder)
    return folder.page()
  }

  app.post(
    '/pictures/:set/classes',
    { schema: { params: setFields, body: nameFields } },
    async ({ params, body }) => changed(params, folder => folder.addClass(body.name)),
  )

  app.post(
    '/pictures/:set/rename',
    { schema: { params: setFields, body: renamedClassFields } },
    async ({ params, body }) => changed(params, folder => folder.renameClass(body.name, body.to)),
  )

  app.post(
    '/pictures/:set/remove-class',
    { schema: { params: setFields, body: nameFields } },
    async ({ params, body }) => changed(params, folder => folder.removeClass(body.name)),
  )

  app.post(
    '/pictures/:set/move',
    { bodyLimit: LIST_BYTES, schema: { params: setFields, body: movedPicturesFields } },
    async ({ params, body }) => changed(params, folder => folder.move(body.pictures, body.to)),
  )

  app.post(
    '/pictures/:set/remove',
    { bodyLimit: LIST_BYTES, schema: { params: setFields, body: picturesFields } },
    async ({ params, body }) => changed(params, folder => folder.remove(body.pictures)),
  )

  app.post('/pictures/:set/undo', ofSet, async ({ params }) => changed(params, folder => folder.undo()))

  app.get(
    '/pictures/:set/plan',
    { schema: { params: setFields, querystring: plannedFields } },
    async ({ params, query: { backbone } }): Promise<PicturePlan> => {
      const folder = await pictures.get(params.set)
      const { experiment, chosen } = await datasets.ofPictures.of(folder, backbone)
      const backbones = await datasets.ofPictures.backbones()
      return { chosen, experiment: experiment.name, dataset: nameOfPath(folder.path), backbones }
    },
  )

  app.post(
    '/pictures/:set/train',
    { schema: { params: setFields, body: trainedFields } },
    async ({ params, body }): Promise<Job[]> => {
      const { experiment } = await datasets.ofPictures.of(await pictures.get(params.set), body.backbone)
      const added: Job[] = []
      for (let seed = 1; seed <= body.seeds; seed++) added.push(await jobs.train(experiment, seed))
      return added
    },
  )

  app.get(
    '/pictures/:set/results/:run',
    { schema: { params: resultFields } },
    async ({ params }): Promise<PictureResult> =>
      pictureResult(await pictures.get(params.set), params.run, context),
  )

  app.get('/pictures/:set/zip', ofSet, async ({ params }, reply) => {
    const archive = await zipPictures(await pictures.get(params.set))
    return reply.type('application/zip').header('content-disposition', 'attachment').send(archive)
  })

  // Bytes are taken by this one route: everywhere else, a body is JSON.
  await app.register(async (bytes: Api) => {
    bytes.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_, body, done) =>
      done(null, body),
    )
    let bodies = 0
    bytes.addHook('onRequest', async (_, reply) => {
      if (bodies >= MOST_BODIES)
        return reply
          .code(503)
          .send({ error: 'Too many pictures arrive at once: send them one after the other.' })
      bodies++
      reply.raw.once('close', () => {
        bodies--
      })
    })
    bytes.post(
      '/pictures/:set/files',
      { bodyLimit: MOST_PICTURE_BYTES, schema: { params: setFields, querystring: addedPictureFields } },
      async ({ params, query, body }): Promise<AddedPicture> => {
        const folder = await pictures.get(params.set)
        if (!(body instanceof Uint8Array))
          throw new UsageError(
            'A picture is sent as the bytes of its file (content-type: application/octet-stream).',
          )
        return looks.add(folder, { ...query, bytes: body })
      },
    )
  })
}

async function rowOf(name: string, folder: PictureFolder): Promise<PictureSetRow> {
  // A folder that a page cannot show is listed, and says why when it is opened.
  const { classes } = await folder.list().catch(() => ({ classes: [] }))
  return {
    name,
    classes: classes.length,
    pictures: classes.reduce((sum, { pictures }) => sum + pictures.length, 0),
    covers: classes.flatMap(({ pictures }) => pictures.slice(0, 1)).slice(0, COVERS),
  }
}
