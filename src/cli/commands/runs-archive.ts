import { plural } from '../../base/text.ts'
import { anyNumber, command, on } from '../command.ts'
import { withStore } from '../named-run.ts'
import { chosenRuns, whereOption } from '../runs-where.ts'

export default command({
  summary: 'put runs into the archive: they are kept, out of the list and of comparisons',
  args: { runs: anyNumber('the first digits of their ids, or "last"') },
  options: { where: whereOption, restore: on('take them out of the archive') },
  examples: [
    ["heddle runs archive --where 'started < 4w'", 'then: heddle runs ls --archive'],
    ['heddle runs archive --restore 3f9a', 'back into the list'],
  ],
  async run({ runs, where, restore }, { terminal }) {
    const ids = await withStore(async store => {
      const chosen = await chosenRuns(store, { runs, where, place: restore ? 'archive' : 'list' })
      for (const id of chosen) await store.move(id, restore ? 'list' : 'archive')
      return chosen
    })
    const done = restore
      ? 'taken out of the archive'
      : 'put into the archive; "heddle runs ls --archive" lists it'
    terminal.notice(`${plural(ids.length, 'run')} ${done}.`)
  },
})
