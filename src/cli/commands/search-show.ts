import { dateOf } from '../../base/text.ts'
import { toJson } from '../../protocol/json.ts'
import { storedView } from '../../search/stored-search.ts'
import { tableText } from '../../show/data-table.ts'
import { sectionText } from '../../show/section-text.ts'
import { studySection } from '../../show/study-section.ts'
import { foldedTrials } from '../../show/trials-table.ts'
import { command, on } from '../command.ts'
import { withStore } from '../named-run.ts'
import { jsonOption, searchArgument, storeOption } from '../options.ts'

export default command({
  summary: 'show a search: its trials, what its repeats say, and whether its test images are sealed',
  args: { search: searchArgument },
  options: { all: on('the table of all trials, repeats too, in their order'), ...storeOption, ...jsonOption },
  examples: [
    ['heddle search show', 'the newest search'],
    ['heddle search show my-search --all', 'all of its trials'],
  ],
  async run({ search, all, json, store: where }, { terminal }) {
    await withStore(
      async store => {
        const view = await storedView(store, await store.studies.find(search))
        const width = terminal.columns
        if (json) terminal.print(toJson(view, 2))
        else if (all) {
          const { table, same } = foldedTrials(view, view.trials)
          terminal.print(tableText(table, { width }))
          if (same !== '') terminal.print(`\n${same}`)
        } else {
          const { name, id, user, createdAt } = view
          terminal.print(`Search ${name} (${id}), begun ${dateOf(createdAt)} by ${user}\n`)
          terminal.print(sectionText(studySection(view), { width }))
        }
      },
      { store: where },
    )
  },
})
