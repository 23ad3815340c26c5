import { checkFree, storedSearch } from '../../search/stored-search.ts'
import { argument, command } from '../command.ts'
import { withStore } from '../named-run.ts'
import { storeOption } from '../options.ts'

export default command({
  summary: 'remove a search; its runs go to the bin',
  aliases: ['delete'],
  args: { search: argument('its name, the first digits of its id, or "last"') },
  options: storeOption,
  examples: [['heddle search rm my-search', 'heddle runs gc empties the bin']],
  async run({ search, store: where }, { terminal }) {
    await withStore(
      async store => {
        const { id, name } = await store.studies.study(await store.studies.find(search))
        // One that cannot be read can be removed.
        const known = await storedSearch(store, id).catch(() => null)
        if (known) checkFree(known)
        await store.studies.remove(id)
        terminal.notice(
          `The search ${name} (${id}) is removed; its runs are in the bin. "heddle runs gc" empties it.`,
        )
      },
      { store: where },
    )
  },
})
