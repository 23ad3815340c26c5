import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MissingError } from '../../base/errors.ts'
import { kindOf } from '../../base/files.ts'
import { required, textLike } from '../../base/schema.ts'
import type { Published } from '../../protocol/publication.ts'
import { type Publication, publicationFields } from '../../protocol/tasks.ts'
import type { Api } from '../refusals.ts'
import type { StudioContext } from './context.ts'
import { KeptTasks } from './kept-tasks.ts'

const madeFields = { made: required(textLike(/^[0-9a-f]{24}$/, 'the number of what was made')) } as const

/** Figures and reports about runs: made by a process of its own, to be downloaded as an archive while the studio runs. */
export async function publicationRoutes(app: Api, { env }: StudioContext): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-made-'))
  const tasks = new KeptTasks<Published>({ folder, env, field: 'files' })
  app.addHook('onClose', async () => {
    tasks.close()
    await rm(folder, { recursive: true, force: true })
  })
  const archiveOf = (made: string): string => join(folder, `${made}.zip`)
  const ofOne = { schema: { params: madeFields } }

  /** What is asked for, the oldest first: pages that were closed or loaded again find it here. */
  const asked = new Map<string, Omit<Publication, 'made' | 'state'>>()

  app.post('/publications', { schema: { body: publicationFields } }, async ({ body }) => {
    const made = randomBytes(12).toString('hex')
    await tasks.start(made, { kind: 'publish', ...body, to: archiveOf(made) })
    asked.set(made, { what: body.what, title: body.title, runs: body.runs.length })
    return { made }
  })

  app.get('/publications', async (): Promise<Publication[]> => {
    const all = [...asked].reverse()
    return Promise.all(all.map(async ([made, about]) => ({ made, ...about, state: await tasks.of(made) })))
  })

  // Stops it where it is being made.
  app.delete('/publications/:made', ofOne, async ({ params: { made } }) => {
    tasks.stop(made)
    asked.delete(made)
    await rm(archiveOf(made), { force: true })
    return {}
  })

  app.get('/publications/:made/archive', ofOne, async ({ params: { made } }, reply) => {
    if (kindOf(archiveOf(made)) !== 'file')
      throw new MissingError('This archive is not there, or not ready yet: make it again.')
    reply.type('application/zip').header('content-disposition', 'attachment')
    return createReadStream(archiveOf(made))
  })
}
