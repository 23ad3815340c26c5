import { plural } from '../../base/text.ts'
import { importRuns } from '../../store/archive.ts'
import { argument, command } from '../command.ts'
import { withStore } from '../named-run.ts'

export default command({
  summary: 'add the runs of an archive to the store, without changing those it has already',
  args: { file: argument('as heddle runs export writes it') },
  examples: [['heddle runs import runs.tar', 'every file is checked first']],
  async run({ file }, { terminal }) {
    const { imported, known } = await withStore(store => importRuns(file, store), { make: true })
    const there = known.length > 0 ? `, ${known.length} of them there already` : ''
    terminal.print(`${plural(imported.length + known.length, 'run')} in ${file}${there}`)
  },
})
