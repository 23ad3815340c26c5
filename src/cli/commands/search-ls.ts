import { HeddleError } from '../../base/errors.ts'
import { dateOf } from '../../base/text.ts'
import { oneLine } from '../../base/visible.ts'
import { toJson } from '../../protocol/json.ts'
import { objectiveText } from '../../protocol/study-text.ts'
import { bestOf, searchedOf } from '../../search/best.ts'
import { storedSearch } from '../../search/stored-search.ts'
import { stateOf } from '../../search/study-view.ts'
import { left, right, table } from '../../show/table.ts'
import type { RunStore } from '../../store/store.ts'
import type { StudyRow } from '../../store/studies.ts'
import { command } from '../command.ts'
import { withStore } from '../named-run.ts'
import { jsonOption, storeOption } from '../options.ts'

export default command({
  summary: 'list the searches of the store, the newest first',
  options: { ...storeOption, ...jsonOption },
  examples: [['heddle search ls', 'what was searched, how far it is, and the best of each']],
  async run({ json, store: where }, { terminal }) {
    await withStore(
      async store => {
        const rows: Row[] = []
        for (const row of await store.studies.list()) rows.push(await rowOf(store, row))
        if (json) terminal.print(toJson(rows, 2))
        else if (rows.length === 0) terminal.notice(`No searches in ${store.where}.`)
        else terminal.print(rowTable(rows, terminal.columns))
        for (const { id, problem } of json ? [] : rows)
          if (problem !== null) terminal.notice(`${id} cannot be read: ${oneLine(problem)}`)
      },
      { store: where },
    )
  },
})

interface Row extends Pick<StudyRow, 'id' | 'name' | 'user' | 'createdAt'> {
  readonly state: string
  /** Without repeats. */
  readonly trials: number
  readonly best: string | null
  readonly problem: string | null
}

/** One that a newer version has written, or a damaged one, hides none of the others. */
async function rowOf(store: RunStore, { id, name, user, createdAt }: StudyRow): Promise<Row> {
  const row = { id, name, user, createdAt }
  try {
    const { study, isRunning } = await storedSearch(store, id)
    const { trials, rules } = study
    const best = bestOf(searchedOf(trials))[0]
    return {
      ...row,
      state: stateOf(study, isRunning),
      trials: searchedOf(trials).length,
      best: best ? objectiveText(rules.objectives[0]!, best.reports.at(-1)!.values[0]!) : null,
      problem: null,
    }
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    return { ...row, state: 'unreadable', trials: 0, best: null, problem: error.message }
  }
}

function rowTable(rows: readonly Row[], width: number | undefined): string {
  const isShared = new Set(rows.map(({ user }) => user)).size > 1
  return table(
    [
      { ...left('Search'), whole: true },
      { ...left('Made'), optional: true },
      left('Name'),
      ...(isShared ? [left('User')] : []),
      { ...left('State'), whole: true },
      right('Trials'),
      right('Best'),
    ],
    rows.map(({ id, name, user, createdAt, state, trials, best }) => [
      id.slice(0, 8),
      dateOf(createdAt),
      name,
      ...(isShared ? [user] : []),
      state,
      String(trials),
      best ?? '',
    ]),
    { width },
  )
}
