import { plural } from '../../base/text.ts'
import { anyNumber, command, on } from '../command.ts'
import { withStore } from '../named-run.ts'
import { chosenRuns, whereOption } from '../runs-where.ts'

export default command({
  summary: 'put runs into the bin',
  aliases: ['delete'],
  args: { runs: anyNumber('the first digits of their ids, or "last"') },
  options: { where: whereOption, restore: on('take them out of the bin') },
  examples: [
    ['heddle runs rm 3f9a', 'heddle runs gc empties the bin'],
    ["heddle runs rm --where 'status = failed and started < 2w'", 'all of which this is true'],
    ["heddle runs rm --restore --where 'tag:baseline'", 'out of the bin again'],
  ],
  async run({ runs, where, restore }, { terminal }) {
    const ids = await withStore(async store => {
      const chosen = await chosenRuns(store, { runs, where, place: restore ? 'bin' : 'list' })
      for (const id of chosen) await store.move(id, restore ? 'list' : 'bin')
      return chosen
    })
    const done = restore ? 'taken out of the bin' : 'put into the bin; "heddle runs gc" empties it'
    terminal.notice(`${plural(ids.length, 'run')} ${done}.`)
  },
})
