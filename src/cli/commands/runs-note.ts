import { argument, command } from '../command.ts'
import { runName, withStore } from '../named-run.ts'
import { runArgument } from '../options.ts'

export default command({
  summary: 'write a note on a run',
  args: { run: runArgument, text: argument('in quotes; an empty text removes the note') },
  examples: [['heddle runs note last "dropout helps"', 'heddle runs show prints it']],
  run: ({ run, text }) => withStore(async store => store.note(await store.find(await runName(run)), text)),
})
