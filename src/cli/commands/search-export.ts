import { oneOf } from '../../base/schema.ts'
import { csvLine } from '../../base/text.ts'
import { toJson } from '../../protocol/json.ts'
import type { StudyView } from '../../protocol/study.ts'
import { storedView } from '../../search/stored-search.ts'
import { command, option } from '../command.ts'
import { withStore } from '../named-run.ts'
import { searchArgument, storeOption } from '../options.ts'

export default command({
  summary: 'print all trials of a search for other programs',
  args: { search: searchArgument },
  options: {
    as: option(oneOf(['csv', 'jsonl', 'events']), {
      help: 'a table of the trials, a line of JSON for each trial, or for each event of the log',
      fallback: 'csv',
    }),
    ...storeOption,
  },
  examples: [
    ['heddle search export my-search > trials.csv', 'a row for each trial, repeats too'],
    ['heddle search export my-search --as events', 'what was known when; times are milliseconds since 1970'],
  ],
  async run({ search, as, store: where }, { terminal }) {
    await withStore(
      async store => {
        const id = await store.studies.find(search)
        if (as === 'events') {
          for (const line of await store.studies.events(id)) terminal.print(toJson(line))
          return
        }
        const view = await storedView(store, id)
        if (as === 'csv') terminal.print(csvOf(view))
        else for (const trial of view.trials) terminal.print(toJson(trial))
      },
      { store: where },
    )
  },
})

/** A column for each fact, objective and parameter. */
function csvOf({ trials, objectives, parameters }: StudyView): string {
  const names = parameters.map(({ name }) => name)
  const facts = [
    'trial',
    'origin',
    'of',
    'state',
    'seed',
    'run',
    'epochs',
    'maxEpochs',
    'seconds',
    'reason',
  ] as const
  const lines = trials.map(trial => [
    ...facts.map(name => trial[name]),
    ...objectives.map((_, i) => trial.values?.[i] ?? null),
    ...names.map(name => trial.parameters[name] ?? null),
  ])
  return [[...facts, ...objectives.map(({ name }) => name), ...names], ...lines].map(csvLine).join('\n')
}
