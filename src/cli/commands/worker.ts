import { resolve } from 'node:path'
import { text } from '../../base/schema.ts'
import { plural } from '../../base/text.ts'
import { ownVersion } from '../../base/version.ts'
import { toJson } from '../../protocol/json.ts'
import type { SliceResult } from '../../protocol/slice.ts'
import { type WorkerEnd, type WorkerEvent, work } from '../../runs/worker.ts'
import type { ClaimedSlice } from '../../store/studies.ts'
import { command, on, option } from '../command.ts'
import { durationField } from '../duration.ts'
import { listenersOn } from '../loading.ts'
import { openOwnStore } from '../named-run.ts'
import {
  dataOptions,
  engineOptions,
  filesOption,
  storeOption,
  trainingEngine,
  userOption,
} from '../options.ts'
import { interruptible, type Piece, sayStopping, type Terminal } from '../terminal.ts'
import { openWhenThere } from '../waiting-store.ts'

const options = {
  ...storeOption,
  ...filesOption,
  study: option(text(), { help: 'only for this search', otherwise: 'any search of the store' }),
  once: on('end after one slice'),
  idleExit: option(durationField, {
    value: 'time',
    help: 'end after this time without work, such as 60s',
    otherwise: 'wait on',
  }),
  ...engineOptions,
  ...dataOptions,
  user: userOption,
  json: on('print events as JSON, one a line'),
}

export default command({
  summary: 'train trials of searches, on this machine',
  description:
    'Train trials of searches that any machine has begun in the same store. A worker takes a slice of a trial, at most a minute long, ' +
    'trains it and takes the next one. If the server of the store does not answer yet, it waits for ten minutes.',
  options,
  examples: [
    ['heddle worker --store postgres://me@db/heddle', 'on as many machines as you have'],
    ['heddle worker --study lr-search --threads 1', 'for one search; it ends with the search'],
    ['heddle worker --idle-exit 10m', 'for a batch job: it ends when there is no more work'],
  ],
  notes: `Ctrl-C or SIGTERM: the slice ends with a checkpoint and goes back, and another worker continues it. A second Ctrl-C ends
the process at once. A worker that dies costs its slice: another one takes it over, with the same result.`,
  async run(
    { store: where, study: wanted, once, idleExit, dataDir, user, files, json, ...engine },
    { terminal },
  ) {
    const backend = trainingEngine(engine, terminal)
    const idleMs = idleExit === undefined ? Infinity : 1000 * idleExit
    await interruptible(async signal => {
      const store = await openWhenThere(() => openOwnStore(where, { make: true, user, files }), {
        ...{ signal, patienceMs: Math.min(PATIENCE_MS, idleMs) },
        onWait: message => terminal.notice(message),
      })
      const stopSaying = sayStopping(signal, terminal)
      try {
        const study = wanted === undefined ? undefined : await store.studies.find(wanted)
        const said = wanted === undefined ? 'any search' : `the search ${wanted}`
        terminal.log({ text: `Works for ${said} of ${store.where}: ${backend.description}.`, style: 'dim' })
        const end = await work({
          ...{ store, study, backend, version: ownVersion(), signal, idleMs },
          loading: {
            ...(dataDir !== undefined && { dataDir: resolve(dataDir) }),
            ...listenersOn(terminal),
          },
          ...(once && { most: 1 }),
          onEvent: json ? event => printEvent(event, terminal) : event => logEvent(event, terminal),
        })
        if (end !== 'stopped') terminal.log({ text: ends[end], style: 'dim' })
      } finally {
        stopSaying()
        await store.close()
      }
      signal.throwIfAborted()
    })
  },
})

/** A cluster may start its database after its workers. */
const PATIENCE_MS = 600_000

const ends: Readonly<Record<Exclude<WorkerEnd, 'stopped'>, string>> = {
  idle: 'There is no more work.',
  most: 'The slice is done.',
  'study ended': 'The search has ended.',
}

function printEvent(event: WorkerEvent, terminal: Terminal): void {
  if (event.type === 'notice') terminal.notice(event.text)
  else terminal.print(toJson(factsOf(event)))
}

function factsOf({ type, slice, ...rest }: Exclude<WorkerEvent, { type: 'notice' }>): object {
  const { study, trial, run, attempt } = slice
  return { type, study, trial, run, attempt, ...rest }
}

function logEvent(event: WorkerEvent, terminal: Terminal): void {
  if (event.type === 'notice') terminal.notice(event.text)
  else if (event.type === 'claimed') terminal.draw(nameOf(event.slice), { text: '  training …' })
  else {
    const text = 'result' in event ? resultText(event.result) : others[event.type]
    terminal.log(
      nameOf(event.slice),
      { text: `  ${text}` },
      { text: `  run ${event.slice.run}`, style: 'dim' },
    )
  }
}

const others = { released: 'given back', lost: 'another worker has it' } as const

function nameOf({ trial }: ClaimedSlice): Piece {
  return { text: `trial ${trial}`, style: 'bold' }
}

function resultText(result: SliceResult): string {
  if (result.type === 'failed') return `failed: ${result.reason}`
  const { epochs, seconds, isDone, isAtTarget } = result
  const end = isDone ? '' : isAtTarget ? ', paused' : ', to be continued'
  return `${plural(epochs, 'epoch')} in ${seconds.toFixed(1)} s${end}`
}
