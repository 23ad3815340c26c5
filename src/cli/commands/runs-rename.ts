import { argument, command } from '../command.ts'
import { runName, withStore } from '../named-run.ts'
import { runArgument } from '../options.ts'

export default command({
  summary: 'give a run a name, which lists show',
  args: { run: runArgument, name: argument('in quotes; an empty text removes the name') },
  examples: [
    ['heddle runs rename last "the one of the paper"', "heddle runs ls --where 'name:paper' finds it"],
  ],
  run: ({ run, name }) => withStore(async store => store.rename(await store.find(await runName(run)), name)),
})
