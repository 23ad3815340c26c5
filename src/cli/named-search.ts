import { UsageError } from '../base/errors.ts'
import { kindOf } from '../base/files.ts'
import { parseSearch, type Search, type SearchSpec } from '../search/search.ts'
import { storedSearch } from '../search/stored-search.ts'
import type { RunStore } from '../store/store.ts'
import { isExperimentFile } from './find-experiment.ts'
import { loadSearch } from './load-search.ts'

/** A search that a command was asked to run. */
export interface NamedSearch {
  readonly search: Search
  /** The folder that the relative paths of its data start from. */
  readonly baseDir: string
  /** Where the data was looked for. */
  readonly dataDir: string | null
  /** The id of the search in the store that is continued; `null`: it is new. */
  readonly id: string | null
}

/** What was typed instead of what the search says. */
export type SearchChanges = Partial<Pick<SearchSpec, 'sampler' | 'scheduler' | 'trials' | 'minutes' | 'seed'>>

/** A new search, by its file. */
export async function newSearch(wanted: string, changes: SearchChanges): Promise<NamedSearch> {
  const { search, baseDir } = await loadSearch(wanted, process.cwd())
  return { search: changed(search, changes), baseDir, dataDir: null, id: null }
}

/**
 * A search of the store that is to be continued: by its name, the first digits of its id, `last`, or its file, which may have been changed
 * since. Throws a `UsageError` for a search that only its file can continue.
 */
export async function knownSearch(
  store: RunStore,
  wanted: string,
  changes: SearchChanges,
): Promise<NamedSearch> {
  if (kindOf(wanted) === 'file' && isExperimentFile(wanted)) {
    const { search, baseDir } = await loadSearch(wanted, process.cwd())
    const id = await store.studies.find(search.spec.name)
    const { setup } = await storedSearch(store, id)
    return { search: changed(search, changes), baseDir, dataDir: setup.source.dataDir, id }
  }
  const id = await store.studies.find(wanted)
  const { row, setup } = await storedSearch(store, id)
  const search = parseSearch(setup.search, `The stored search ${id}`)
  if (search.spec.reads !== null) {
    throw new UsageError(
      `A function in its file makes the models of the search ${row.name}. Name that file: heddle search --resume FILE.`,
    )
  }
  return { search: changed(search, changes), ...setup.source, id }
}

function changed(search: Search, changes: SearchChanges): Search {
  return Object.freeze({ ...search, spec: Object.freeze({ ...search.spec, ...changes }) })
}
