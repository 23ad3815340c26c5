import { UsageError } from '../base/errors.ts'
import type { Run } from '../store/rows.ts'
import type { RunStore } from '../store/store.ts'

/** The runs of one configuration, each with a seed of its own. */
export interface RunGroup {
  readonly name: string
  readonly runs: readonly Run[]
}

export interface GroupedRuns {
  readonly groups: readonly RunGroup[]
  /** What was left out. */
  readonly notes: readonly string[]
}

/**
 * The models that runs, experiments and `experiment/model` name, in their order. Runs that differ in their seed alone are one
 * model; of the same seed the newest counts, as its repetitions say nothing new. `experiment/model` is one model, as it was trained last.
 */
export async function groupRuns(store: RunStore, wanted: readonly string[]): Promise<GroupedRuns> {
  const found = new Map<string, Run>()
  const notes: string[] = []
  for (const one of wanted) {
    const { runs, unfinished } = await runsOf(store, one)
    const { latest, older } = one.includes('/') ? latestConfiguration(runs) : { latest: runs, older: 0 }
    for (const run of latest) found.set(run.id, run)
    if (older > 0)
      notes.push(
        `${one} was also trained with other settings: ${older === 1 ? 'that run is' : `those ${older} runs are`} left out, and the ` +
          'newest settings count. Name runs by their ids to compare settings.',
      )
    if (unfinished > 0)
      notes.push(
        `${one} has ${unfinished} more ${unfinished === 1 ? 'run that did not reach its end: it is' : 'runs that did not reach their end: they are'} left out.`,
      )
  }
  const { kept, repeated } = withoutRepetitions([...found.values()])
  if (repeated > 0)
    notes.push(
      `${repeated} ${repeated === 1 ? 'run repeats' : 'runs repeat'} the seed of another: the newest of each counts.`,
    )
  return { groups: named(kept), notes }
}

async function runsOf(
  store: RunStore,
  wanted: string,
): Promise<{ readonly runs: readonly Run[]; readonly unfinished: number }> {
  const [experiment, model] = wanted.split('/') as [string, string | undefined]
  const all = await store.list({ experiment, model, sort: 'createdAt' })
  if (all.length === 0) {
    if (model === undefined) return { runs: [await store.run(await store.find(wanted))], unfinished: 0 }
    throw new UsageError(`There is no run of ${wanted}. "heddle runs ls" lists what has been trained.`)
  }
  const runs = all.filter(({ status }) => status === 'finished')
  if (runs.length === 0) throw new UsageError(`None of the ${all.length} runs of ${wanted} reached its end.`)
  return { runs, unfinished: all.length - runs.length }
}

function latestConfiguration(runs: readonly Run[]): {
  readonly latest: readonly Run[]
  readonly older: number
} {
  const newest = runs.reduce((a, b) => (b.createdAt > a.createdAt ? b : a))
  const latest = runs.filter(({ configuration }) => configuration === newest.configuration)
  return { latest, older: runs.length - latest.length }
}

function withoutRepetitions(runs: readonly Run[]): {
  readonly kept: readonly Run[]
  readonly repeated: number
} {
  const newest = new Map<string, Run>()
  for (const run of runs) {
    const key = `${run.configuration} ${run.seed}`
    const other = newest.get(key)
    if (!other || other.createdAt < run.createdAt) newest.set(key, run)
  }
  return {
    kept: runs.filter(run => newest.get(`${run.configuration} ${run.seed}`) === run),
    repeated: runs.length - newest.size,
  }
}

/** Grouped by configuration, in the order of their first runs. */
function named(runs: readonly Run[]): RunGroup[] {
  const byConfiguration = new Map<string, Run[]>()
  for (const run of runs)
    byConfiguration.set(run.configuration, [...(byConfiguration.get(run.configuration) ?? []), run])
  const groups = [...byConfiguration.values()]
  const experiments = new Set(runs.map(({ experiment }) => experiment))
  const short = ({ experiment, model }: Run): string =>
    experiments.size > 1 ? `${experiment}/${model}` : model
  const names = groups.map(([first]) => short(first!))
  return groups.map((members, i) => {
    const isUnique = names.filter(name => name === names[i]).length === 1
    // The same model trained in another way.
    return {
      name: isUnique ? names[i]! : `${names[i]} (${members[0]!.configuration.slice(0, 6)})`,
      runs: members,
    }
  })
}
