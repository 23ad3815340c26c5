import { oneOf } from '../../base/schema.ts'
import { count, megabytes, plural } from '../../base/text.ts'
import { isGone, type Kept, keptIn, removeKept } from '../../data/packs/kept.ts'
import { toJson } from '../../protocol/json.ts'
import { left, right, table } from '../../show/table.ts'
import { command, option } from '../command.ts'
import { jsonOption } from '../options.ts'

export default command({
  summary: 'show what is kept of folders of pictures, and remove it',
  description:
    'Prepared pictures, and what frozen parts of models make of them, are kept below HEDDLE_CACHE, so that they are computed once. ' +
    'All of it can be made again.',
  options: {
    remove: option(oneOf(['gone', 'all']), 'remove what is kept: of folders that are gone, or all'),
    ...jsonOption,
  },
  examples: [
    ['heddle data cache', 'what is kept, and how large it is'],
    ['heddle data cache --remove gone', 'remove what was made of folders that are no longer there'],
  ],
  run({ remove, json }, { terminal }) {
    const kept = keptIn(process.env)
    const removed = remove ? kept.filter(one => remove === 'all' || isGone(one)) : []
    for (const one of removed) removeKept(one)
    const shown = remove ? removed : kept
    if (json) {
      terminal.print(toJson(shown, 2))
      return
    }
    if (remove) {
      terminal.print(
        `${plural(removed.length, 'part')} of the cache removed, ${megabytes(bytesOf(removed))} freed.`,
      )
      return
    }
    if (kept.length === 0) {
      terminal.print('The cache holds no pictures and no features.')
      return
    }
    const rows = kept.map(one => [
      one.root === null ? '?' : isGone(one) ? `${one.root} (gone)` : one.root,
      one.what,
      count(one.count),
      megabytes(one.bytes),
    ])
    terminal.print(
      table(
        [left('Folder'), left('Kept'), right('Images'), right('Size')],
        [...rows, ['All', '', '', megabytes(bytesOf(kept))]],
        { width: terminal.columns },
      ),
    )
  },
})

function bytesOf(kept: readonly Kept[]): number {
  return kept.reduce((sum, { bytes }) => sum + bytes, 0)
}
