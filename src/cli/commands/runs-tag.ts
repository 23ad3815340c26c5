import { checkedTag } from '../../store/tag.ts'
import { command, on, oneOrMore } from '../command.ts'
import { runName, withStore } from '../named-run.ts'
import { runArgument } from '../options.ts'

export default command({
  summary: 'give a run tags, by which you can find it',
  args: { run: runArgument, tags: oneOrMore('letters, digits and . _ : / -') },
  options: { remove: on('remove these tags') },
  examples: [['heddle runs tag last baseline', 'then: heddle runs ls --tag baseline']],
  async run({ run, tags, remove }, { terminal }) {
    // All of them before the first is written.
    if (!remove) for (const name of tags) checkedTag(name)
    await withStore(async store => {
      const id = await store.find(await runName(run))
      for (const name of tags) await (remove ? store.untag(id, name) : store.tag(id, name))
      terminal.print(`${id}: ${(await store.tags(id)).join(', ') || 'no tags'}`)
    })
  },
})
