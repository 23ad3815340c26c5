import { MissingError, UsageError } from '../base/errors.ts'
import type { Run } from './rows.ts'
import type { FindOptions, RunFilter, RunStore } from './store.ts'

type Lists = Pick<RunStore, 'list' | 'where'>

/** See `RunStore.find`. */
export async function findRun(
  store: Lists,
  wanted: string,
  { newest = false, place }: FindOptions = {},
): Promise<Run> {
  if (wanted === 'last') {
    const [last] = await store.list({ limit: 1, place })
    if (last) return last
    if (place !== undefined) throw new UsageError(`There are no runs in the ${place} of ${store.where}.`)
    const [trial] = await store.list({ limit: 1, study: 'any' })
    if (trial) throw onlyTrials(`All runs in ${store.where}`)
    const [elsewhere] = await store.list({ limit: 1, place: 'any' })
    if (elsewhere) throw putAway(`All runs in ${store.where}`)
    throw new UsageError(`There are no runs in ${store.where} yet.`)
  }
  const named = await runsNamed(store, wanted, { place })
  const models = [...new Set(named.map(({ model }) => model))]
  if (named.length === 1) return named[0]!
  if (newest && models.length === 1) return named.find(({ status }) => status === 'finished') ?? named[0]!
  if (newest && models.length > 1) {
    throw new UsageError(
      `${wanted} has several models: name one, as in ${models.map(model => `${wanted}/${model}`).join(', ')}.`,
    )
  }
  if (named.length > 1) throw several(`There are ${named.length} runs of ${wanted}`, named)
  const isId = /^[0-9a-f]+$/.test(wanted)
  const found = isId ? await store.list({ id: wanted, study: 'any', place: 'any' }) : []
  if (found.length === 1) return found[0]!
  if (found.length > 1) throw several(`Several runs begin with "${wanted}"`, found)
  if ((await runsNamed(store, wanted, { study: 'any' })).length > 0) throw onlyTrials(`All runs of ${wanted}`)
  if ((await runsNamed(store, wanted, { place: 'any' })).length > 0) throw putAway(`All runs of ${wanted}`)
  throw new MissingError(
    `There is no run "${wanted}" in ${store.where}. "heddle runs ls" lists them; "last" is the newest, and an experiment or experiment/model names runs too.`,
  )
}

/** See `RunStore.unfinished`. */
export async function unfinishedRuns(store: Lists, wanted: string): Promise<Run[]> {
  const named = wanted === 'last' ? [] : await runsNamed(store, wanted)
  if (named.length === 0) {
    const run = await findRun(store, wanted)
    if (run.status !== 'finished') return [run]
    throw new UsageError(`The run ${run.id} is finished: there is nothing to resume.`)
  }
  const unfinished = named.filter(({ status }) => status === 'interrupted' || status === 'failed')
  if (unfinished.length > 0) return unfinished.reverse()
  throw new UsageError(
    `No run of ${wanted} is interrupted or failed: there is nothing to resume. "heddle runs ls --experiment ${named[0]!.experiment}" lists them.`,
  )
}

function onlyTrials(what: string): UsageError {
  return new UsageError(
    `${what} are trials of searches. Name one by its id: "heddle search best" shows that of the winner, and "heddle runs ls --search any" lists all.`,
  )
}

function putAway(what: string): UsageError {
  return new UsageError(
    `${what} are in the archive or the bin: "heddle runs ls --archive" and "heddle runs ls --bin" list them. Name one by its id.`,
  )
}

/** As many are listed where a name means several. */
const LISTED = 10

function several(what: string, runs: readonly Run[]): UsageError {
  const list = runs
    .slice(0, LISTED)
    .map(({ id, experiment, model, seed }) => `${id} (${experiment}/${model}, seed ${seed})`)
  return new UsageError(`${what}: ${list.join(', ')}.`)
}

/** The runs of an experiment, or of `experiment/model`, the newest first. */
async function runsNamed(
  store: Lists,
  wanted: string,
  among: Pick<RunFilter, 'study' | 'place'> = {},
): Promise<Run[]> {
  const own = await store.list({ experiment: wanted, ...among })
  const slash = wanted.lastIndexOf('/')
  if (own.length > 0 || slash < 0) return own
  return store.list({ experiment: wanted.slice(0, slash), model: wanted.slice(slash + 1), ...among })
}
