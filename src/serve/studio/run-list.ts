import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { epochMeasures, testMeasures } from '../../nn/metrics/index.ts'
import {
  changeFields,
  exportFields,
  runListFields,
  viewFields,
  viewQueryFields,
} from '../../protocol/requests.ts'
import { FilterError, runFilter } from '../../protocol/run-filter.ts'
import type { RunRow, RunsChange } from '../../protocol/studio.ts'
import { exportRuns } from '../../store/archive.ts'
import { wallClock } from '../../store/wall-clock.ts'
import type { Api } from '../refusals.ts'
import type { StudioContext } from './context.ts'
import { rowOf } from './watch.ts'

const measures = [...epochMeasures, ...testMeasures]

/** The list of runs: filtered, changed many at once, exported, and views of it with names. */
export function runListRoutes(app: Api, { store, watch }: StudioContext): void {
  app.get(
    '/runs',
    { schema: { querystring: runListFields } },
    async ({ query }): Promise<{ rows: RunRow[] }> => {
      const test = filterOf(query.where ?? '')
      const tags = await store.allTags()
      const runs = await store.list({ place: query.place ?? 'list' })
      const rows = await Promise.all(runs.map(run => rowOf(store, run, tags.get(run.id) ?? [])))
      return { rows: rows.filter(test) }
    },
  )

  app.post(
    '/runs/change',
    { schema: { body: changeFields } },
    async ({ body: { ids, to, tag } }): Promise<RunsChange> => {
      const isTag = to === 'tag' || to === 'untag'
      if (isTag !== (tag !== null))
        throw new UsageError(`Give a tag for "tag" and "untag", and for no other change.`)
      const change = (id: string): Promise<void> =>
        to === 'tag' ? store.tag(id, tag!) : to === 'untag' ? store.untag(id, tag!) : store.move(id, to)
      const done: string[] = []
      const refused: { id: string; error: string }[] = []
      for (const id of ids) {
        try {
          await store.run(id)
          await change(id)
          done.push(id)
        } catch (error) {
          if (!(error instanceof HeddleError)) throw error
          refused.push({ id, error: error.message })
        }
      }
      await watch.look()
      return { changed: done, refused }
    },
  )

  app.post('/bin/empty', async () => {
    const swept = await store.gc()
    await watch.look()
    return swept
  })

  app.put(
    '/views/:view',
    { schema: { params: viewFields, body: viewQueryFields } },
    async ({ params, body }) => {
      await store.views.put({ name: params.view, query: body.query })
      await watch.look()
      return {}
    },
  )

  app.delete('/views/:view', { schema: { params: viewFields } }, async ({ params }) => {
    await store.views.remove(params.view)
    await watch.look()
    return {}
  })

  /** An archive for `heddle runs import`. */
  app.get('/runs-archive', { schema: { querystring: exportFields } }, async ({ query }, reply) => {
    const folder = await mkdtemp(join(tmpdir(), 'heddle-export-'))
    const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
    try {
      const path = join(folder, 'runs.tar')
      await exportRuns(path, query.runs.split(','), store)
      const stream = createReadStream(path)
      stream.on('close', () => void remove())
      reply.type('application/x-tar').header('content-disposition', 'attachment; filename="runs.tar"')
      return reply.send(stream)
    } catch (error) {
      await remove()
      throw error
    }
  })
}

function filterOf(where: string): ReturnType<typeof runFilter> {
  try {
    return runFilter(where, { measures, now: wallClock() })
  } catch (error) {
    throw error instanceof FilterError ? new UsageError(error.pointed) : error
  }
}
