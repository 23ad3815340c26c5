import { UsageError } from '../base/errors.ts'
import { shortFingerprint } from '../base/text.ts'
import type { RunStore } from '../store/store.ts'
import { differencesOf } from './differences.ts'
import { otherModels } from './other-models.ts'
import type { Search } from './search.ts'
import { type SearchClock, searchTime } from './search-time.ts'
import { checkFree, type StoredSearch, type StudySetup, storedSearch } from './stored-search.ts'

export interface Continuing {
  readonly store: RunStore
  readonly onNotice?: ((message: string) => void) | undefined
}

/** The stored search that another version of it is to continue. Throws a `UsageError` that says what has changed. */
export async function unchangedSearch(
  search: Search,
  id: string,
  { store, onNotice }: Continuing,
): Promise<StoredSearch> {
  const known = await storedSearch(store, id)
  checkFree(known)
  const { allowed, refused: changes } = differencesOf(known.search.spec, search.spec)
  const models = await otherModels(search, known.study.trials, store)
  const refused = models === null ? changes : [...changes, models]
  if (refused.length > 0) throw hasChanged(known, refused)
  if (known.study.final)
    onNotice?.(
      'The test images of this search were opened before: a choice by what they said would be a choice by test images.',
    )
  if (allowed.length > 0) onNotice?.(`The search goes on with a change: ${allowed.join('; ')}.`)
  return known
}

/** Throws a `UsageError` if the data of a search is not what it was. */
export function checkSameData(known: StoredSearch, fingerprint: string): void {
  const before = known.setup.fingerprint
  if (before === fingerprint) return
  const [old, now] = [before, fingerprint].map(shortFingerprint)
  throw hasChanged(known, [
    `its data had the fingerprint ${old} and now has ${now}, so that images or labels differ`,
  ])
}

function hasChanged({ row: { id, name } }: StoredSearch, changes: readonly string[]): UsageError {
  return new UsageError(
    `The search ${name} (${id}) cannot go on, as it has changed: ${changes.join('; ')}. Undo the change, or begin a new search without --resume.`,
  )
}

/** What the sessions of a search have taken together, whose numbers of workers may differ. */
export function spentBefore({ study: { spent, rules } }: StoredSearch): SearchClock['before'] {
  return { trained: spent.seconds, elapsed: searchTime(spent.seconds, rules.clock) }
}

/** Makes a search of the store this process' own, which has been checked before its data was loaded; returns its id. */
export async function takeUp(
  { row: { id } }: StoredSearch,
  setup: StudySetup,
  store: RunStore,
): Promise<string> {
  // Another process may have taken it meanwhile.
  checkFree(await storedSearch(store, id))
  await store.studies.change(id, setup)
  return id
}
