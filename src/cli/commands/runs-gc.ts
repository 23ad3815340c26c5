import { megabytes, plural } from '../../base/text.ts'
import { command } from '../command.ts'
import { withStore } from '../named-run.ts'

export default command({
  summary: 'delete for good the runs in the bin, and files that no run uses',
  examples: [['heddle runs gc', 'prints how much space it freed']],
  async run(_, { terminal }) {
    const { runs, files, bytes } = await withStore(store => store.gc())
    terminal.print(
      `${plural(runs, 'run')} removed, ${plural(files, 'file')} that no run names removed, ${megabytes(bytes)} freed.`,
    )
  },
})
