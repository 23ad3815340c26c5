import type { FastifyReply } from 'fastify'
import { MissingError } from '../../base/errors.ts'
import { toJson } from '../../protocol/json.ts'
import { curvesFields } from '../../protocol/requests.ts'
import type { CurvePart } from '../../protocol/studio.ts'
import type { RunStore } from '../../store/store.ts'
import type { Api } from '../refusals.ts'
import { coalesced } from './coalesced.ts'
import type { StudioContext } from './context.ts'

/** How far a client is with a run. */
interface Cursor {
  readonly run: string
  readonly step: number
  readonly epoch: number
  readonly usage: number
  readonly happening: number
}

const SILENCE_MS = 15_000
/** Ten pages of a browser with as many curves as can be told apart. */
const MOST_RUNS = 200

/** Server-sent events: all runs, jobs and searches (`/events`), and the curves of some (`/curves`), from where the client was. */
export function eventRoutes(app: Api, { store, watch, jobs, searches }: StudioContext): void {
  app.get('/events', { exposeHeadRoute: false }, async (_request, reply) => {
    const send = open(reply)
    send('jobs', jobs.jobs)
    // Each as soon as it listens: the store may fail before the next one does.
    whenClosed(
      reply,
      jobs.listen(all => send('jobs', all)),
    )
    whenClosed(reply, await watch.listen(changed => send('runs', changed)))
    whenClosed(reply, await searches.listen(rows => send('searches', rows)))
  })

  app.get(
    '/curves',
    { exposeHeadRoute: false, schema: { querystring: curvesFields } },
    async ({ headers, query: { runs, after } }, reply) => {
      const wanted = runs.split(',').slice(0, MOST_RUNS)
      const known = cursorsOf(headers['last-event-id'] ?? after)
      const cursors = new Map<string, Cursor>()
      for (const id of wanted) {
        const run = await store.find(id).catch(error => {
          // One that was removed meanwhile does not stop the others, which other pages show.
          if (wanted.length > 1 && error instanceof MissingError) return null
          throw error
        })
        if (run !== null)
          cursors.set(run, known.get(run) ?? { run, step: -1, epoch: -1, usage: -1, happening: 0 })
      }
      const send = open(reply)
      const tell = coalesced(async () => {
        try {
          for (const cursor of cursors.values()) {
            if (reply.raw.destroyed) return
            const { part, next } = await partAfter(store, cursor)
            if (next === cursor) continue
            cursors.set(cursor.run, next)
            send('curve', part, [...cursors.values()].map(textOf).join(','))
          }
        } catch (error) {
          reply.raw.destroy(error as Error)
        }
      })
      const stop = await watch.listen(() => void tell())
      whenClosed(reply, stop)
    },
  )
}

type Send = (event: string, data: object, id?: string) => void

/** Makes an answer a stream of events. */
function open(reply: FastifyReply): Send {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
  })
  raw.write('retry: 1000\n\n')
  keepAlive(reply)
  return (event, data, id) => {
    if (raw.destroyed) return
    raw.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${serialized(data)}\n\n`)
  }
}

const texts = new WeakMap<object, string>()

/** The same news goes to many pages: it is written once. */
function serialized(data: object): string {
  const text = texts.get(data) ?? toJson(data)
  texts.set(data, text)
  return text
}

/** Also where the client has gone while it was being answered. */
function whenClosed({ raw }: FastifyReply, stop: () => void): void {
  if (raw.destroyed) stop()
  else raw.on('close', stop)
}

function keepAlive(reply: FastifyReply): void {
  const timer = setInterval(() => reply.raw.write(': still here\n\n'), SILENCE_MS)
  whenClosed(reply, () => clearInterval(timer))
}

/** What a run has measured since `cursor`; all of it at first, and where the run was set back meanwhile. */
async function partAfter(store: RunStore, cursor: Cursor): Promise<{ part: CurvePart; next: Cursor }> {
  const { run } = cursor
  const happenings = await store.happenings(run, cursor.happening)
  const isAnew = cursor.happening === 0 || happenings.some(({ kind }) => kind === 'resumed')
  const [fromStep, fromEpoch, fromUsage] = isAnew
    ? [0, 0, 0]
    : [cursor.step + 1, cursor.epoch + 1, cursor.usage + 1]
  const steps = await store.steps(run, fromStep)
  const epochs = await store.epochs(run, fromEpoch)
  const usage = await store.usage(run, fromUsage)
  const part: CurvePart = {
    run,
    ...(isAnew && { restart: true as const }),
    steps: steps.map(({ run: _, ...step }) => step),
    epochs: epochs.map(({ run: _, ...epoch }) => epoch),
    usage: usage.map(({ run: _, ...row }) => row),
    happenings: happenings.map(({ run: _, ...happening }) => happening),
  }
  if (steps.length + epochs.length + usage.length + happenings.length === 0) return { part, next: cursor }
  const next = {
    run,
    step: steps.at(-1)?.step ?? fromStep - 1,
    epoch: epochs.at(-1)?.epoch ?? fromEpoch - 1,
    usage: usage.at(-1)?.step ?? fromUsage - 1,
    happening: happenings.at(-1)?.id ?? cursor.happening,
  }
  return { part, next }
}

function textOf({ run, step, epoch, usage, happening }: Cursor): string {
  return `${run}:${step}:${epoch}:${usage}:${happening}`
}

/** What cannot be read is as if it were not there: the client is then told everything. */
function cursorsOf(header: string | string[] | null): Map<string, Cursor> {
  const parts = String(header ?? '').matchAll(
    /([0-9a-f]{12}):(-?\d{1,15}):(-?\d{1,15}):(-?\d{1,15}):(\d{1,15})/g,
  )
  return new Map(
    [...parts].map(([, run, step, epoch, usage, happening]) => [
      run!,
      {
        run: run!,
        step: Number(step),
        epoch: Number(epoch),
        usage: Number(usage),
        happening: Number(happening),
      },
    ]),
  )
}
