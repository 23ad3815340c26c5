import { UsageError } from '../base/errors.ts'
import { kindOf } from '../base/files.ts'
import type { Search, SearchSpec } from '../search/search.ts'
import { isAtEnd, storedSearch } from '../search/stored-search.ts'
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
  /** The id of the search in the store that is continued; left out: it is new. */
  readonly id?: string
}

/** What was typed instead of what the search says. */
export type SearchChanges = Partial<Pick<SearchSpec, 'sampler' | 'scheduler' | 'trials' | 'minutes' | 'seed'>>

/** A new search, by its file. */
export async function newSearch(wanted: string, changes: SearchChanges): Promise<NamedSearch> {
  const { search, baseDir } = await loadSearch(wanted, process.cwd())
  return { search: changed(search, changes), baseDir, dataDir: null }
}

/** The id of the newest search of a name, if it did not come to its end: a new one is perhaps not what was meant. */
export async function unfinishedSearch(store: RunStore, name: string): Promise<string | null> {
  const row = (await store.studies.list()).find(one => one.name === name)
  const known = row && (await storedSearch(store, row.id).catch(() => null))
  return known && !isAtEnd(known.study) ? known.row.id : null
}

/**
 * A search of the store that is to be continued: by its name, the first digits of its id, `last`, or its file, which may have been changed
 * since. Throws a `UsageError` for a search that only its file can continue.
 */
export async function knownSearch(
  store: RunStore,
  wanted: string,
  changes: SearchChanges,
): Promise<NamedSearch & { readonly id: string }> {
  if (await isSearchFile(store, wanted)) {
    const { search, baseDir } = await loadSearch(wanted, process.cwd())
    const id = await store.studies.find(search.spec.name)
    const { setup } = await storedSearch(store, id)
    return { search: changed(search, changes), baseDir, dataDir: setup.source.dataDir, id }
  }
  const id = await store.studies.find(wanted)
  const { row, setup, search } = await storedSearch(store, id)
  if (search.spec.reads !== null) {
    throw new UsageError(
      `A function in its file makes the models of the search ${row.name}. Name that file: heddle search --resume FILE.`,
    )
  }
  return { search: changed(search, changes), ...setup.source, id }
}

/** The id of a search that is named as `knownSearch` says. */
export async function searchId(store: RunStore, wanted: string): Promise<string> {
  if (!(await isSearchFile(store, wanted))) return store.studies.find(wanted)
  return store.studies.find((await loadSearch(wanted, process.cwd())).search.spec.name)
}

/** Whether a text means a file by its ending, and not a search of such a name. One that is missing is then missed as a file. */
async function isSearchFile(store: RunStore, wanted: string): Promise<boolean> {
  if (!isExperimentFile(wanted)) return false
  return kindOf(wanted) === 'file' || !(await store.studies.list()).some(({ name }) => name === wanted)
}

function changed(search: Search, changes: SearchChanges): Search {
  return Object.freeze({ ...search, spec: Object.freeze({ ...search.spec, ...changes }) })
}
