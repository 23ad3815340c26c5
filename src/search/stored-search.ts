import { UsageError } from '../base/errors.ts'
import {
  integer,
  jsonObject,
  number,
  object,
  optional,
  parseOptions,
  required,
  text,
  type Values,
} from '../base/schema.ts'
import type { StudyView } from '../protocol/study.ts'
import { parseStudyEvent } from '../protocol/study-event.ts'
import { looksAt } from '../runs/looks.ts'
import { isAlive, processIdentity } from '../store/process-identity.ts'
import type { RunStore } from '../store/store.ts'
import type { StudyRow } from '../store/studies.ts'
import { wallClock } from '../store/wall-clock.ts'
import { parseSearch, type Search } from './search.ts'
import { oneByOne } from './search-time.ts'
import { factsOf } from './space.ts'
import { Study } from './study.ts'
import { rulesOf } from './study-rules.ts'
import { studyView } from './study-view.ts'

const fields = {
  search: required(jsonObject()),
  /** The folder in which relative paths start, and the one in which the data was looked for. */
  source: required(object({ baseDir: text(), dataDir: optional(text()) })),
  /** The data of the experiment as it is. */
  fingerprint: required(text()),
  /** Processes that train side by side. */
  workers: required(integer()),
  /** Sessions before this one, in seconds: what was trained, and the time of the search that it took. */
  before: {
    ...object({ trained: number(0, { min: 0 }), elapsed: number(0, { min: 0 }) }),
    fallback: oneByOne.before,
  },
  /** The process that runs it, or ran it last. */
  owner: required(text()),
}

/** What the store keeps of a search besides its events. */
export type StudySetup = Values<typeof fields>

/** A search of the store: what it is, and the state that its events have led to. */
export interface StoredSearch {
  readonly row: StudyRow
  readonly setup: StudySetup
  readonly search: Search
  readonly study: Study
  /** It has not ended, and the process that runs it lives: one that was killed writes no end. */
  readonly isRunning: boolean
}

/**
 * Reads a search of the store; its JSON may come from anywhere, and no code is run. `own` is the same search where a function makes its
 * models. Throws a `HeddleError` for what is wrong with it.
 */
export async function storedSearch(store: RunStore, id: string, own?: Search): Promise<StoredSearch> {
  const row = await store.studies.study(id)
  const setup = parseOptions(`The stored search ${id}`, fields, row.spec)
  const search = own ?? parseSearch(setup.search, `The stored search ${id}`)
  const study = new Study(rulesOf(search, setup))
  const events = await store.studies.events(id)
  for (const { event } of events) study.apply(parseStudyEvent(event))
  const silentMs = wallClock() - (events.at(-1)?.at ?? row.createdAt)
  const isRunning = study.ended === null && isAlive(setup.owner, silentMs)
  return { row, setup, search, study, isRunning }
}

/** Throws a `UsageError` if another process runs the search. */
export function checkFree({ row, setup: { owner }, isRunning }: StoredSearch): void {
  if (!isRunning || owner === processIdentity()) return
  const { pid, host } = JSON.parse(owner) as { readonly pid: number; readonly host: string }
  throw new UsageError(
    `The search ${row.name} (${row.id}) is being run by process ${pid} on ${host}. Wait for its end, or stop that process with Ctrl-C.`,
  )
}

/** Whether nothing is left to do: it has not just been stopped. */
export function isAtEnd({ ended }: Study): boolean {
  return ended !== null && ended.reason !== 'interrupted'
}

/** A search of the store as every surface shows it. */
export async function storedView(store: RunStore, id: string): Promise<StudyView> {
  return viewOf(store, await storedSearch(store, id))
}

async function viewOf(
  store: RunStore,
  { row, setup, search: { spec }, study, isRunning }: StoredSearch,
): Promise<StudyView> {
  const { total } = await looksAt(store, setup.fingerprint)
  const { id, name, user, createdAt } = row
  return studyView(study, {
    ...{ id, name, user, createdAt, looks: total, isRunning },
    sampler: spec.sampler.kind,
    scheduler: spec.scheduler.kind,
    parameters: factsOf(spec.space),
  })
}
