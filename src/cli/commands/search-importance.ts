import { toJson } from '../../protocol/json.ts'
import { storedView } from '../../search/stored-search.ts'
import { sectionText } from '../../show/section-text.ts'
import { importanceSection } from '../../show/study-section.ts'
import { command } from '../command.ts'
import { withStore } from '../named-run.ts'
import { jsonOption, searchArgument, storeOption } from '../options.ts'

export default command({
  summary: 'how much each parameter of a search matters',
  args: { search: searchArgument },
  options: { ...storeOption, ...jsonOption },
  examples: [['heddle search importance', 'of the newest search']],
  async run({ search, json, store: where }, { terminal }) {
    await withStore(
      async store => {
        const view = await storedView(store, await store.studies.find(search))
        terminal.print(
          json
            ? toJson(view.importance, 2)
            : sectionText(importanceSection(view), { width: terminal.columns }),
        )
      },
      { store: where },
    )
  },
})
