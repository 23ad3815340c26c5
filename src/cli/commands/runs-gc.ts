import { megabytes, plural } from '../../base/text.ts'
import { command } from '../command.ts'
import { withStore } from '../open-store.ts'

export default command({
  summary: 'remove for good what is in the bin, and files that no run names',
  examples: [['heddle runs gc', 'prints how much space it freed']],
  async run(_, { terminal }) {
    const { runs, files, bytes } = await withStore(store => store.gc())
    terminal.print(
      `${plural(runs, 'run')} removed, ${plural(files, 'file')} that no run names removed, ${megabytes(bytes)} freed.`,
    )
  },
})
