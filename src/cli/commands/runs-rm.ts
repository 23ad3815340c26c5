import { plural } from '../../base/text.ts'
import { command, on } from '../command.ts'
import { runIds, withStore } from '../named-run.ts'
import { runsArgument } from '../options.ts'

export default command({
  summary: 'put runs into the bin',
  aliases: ['delete'],
  args: { runs: runsArgument },
  options: { restore: on('take them out of the bin') },
  examples: [['heddle runs rm 3f9a', 'heddle runs gc empties the bin']],
  async run({ runs, restore }, { terminal }) {
    await withStore(async store => {
      for (const id of await runIds(store, runs)) await store.move(id, restore ? 'list' : 'bin')
    })
    const where = restore ? 'taken out of the bin' : 'put into the bin; "heddle runs gc" empties it'
    terminal.notice(`${plural(runs.length, 'run')} ${where}.`)
  },
})
