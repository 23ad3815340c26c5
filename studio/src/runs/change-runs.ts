import { plural } from '../../../src/base/text.ts'
import type { RunChange } from '../../../src/protocol/requests.ts'
import type { RunRow, RunsChange } from '../../../src/protocol/studio.ts'
import { send } from '../api.ts'
import { notice } from '../parts/notices.tsx'

const done: Readonly<Record<RunChange, string>> = {
  list: 'back in the list',
  archive: 'in the archive',
  bin: 'in the bin',
  tag: 'tagged',
  untag: 'without the tag',
}

/** Changes runs, says what became of it, and offers to take it back. */
export async function changeRuns(rows: readonly RunRow[], to: RunChange, tag?: string): Promise<void> {
  const { changed, refused } = await sendChange(
    rows.map(({ id }) => id),
    to,
    tag,
  )
  const undo = undoOf(
    rows.filter(({ id }) => changed.includes(id)),
    to,
    tag,
  )
  if (changed.length > 0)
    notice({
      text: `${plural(changed.length, 'run')} ${done[to]}${tag === undefined ? '' : `: ${tag}`}.`,
      ...(undo && { action: { name: 'Undo', run: () => void undo().catch(failed) } }),
    })
  for (const { error } of refused.slice(0, 3)) failed(new Error(error))
  if (refused.length > 3) failed(new Error(`${refused.length - 3} more were refused.`))
}

const failed = ({ message }: Error): void => notice({ text: message, isProblem: true })

function sendChange(ids: readonly string[], to: RunChange, tag: string | undefined): Promise<RunsChange> {
  return send<RunsChange>('POST', '/runs/change', { ids, to, ...(tag !== undefined && { tag }) })
}

/** Back to where each was. */
function undoOf(
  rows: readonly RunRow[],
  to: RunChange,
  tag: string | undefined,
): (() => Promise<unknown>) | null {
  const ids = (some: readonly RunRow[]): string[] => some.map(({ id }) => id)
  if (to === 'tag') {
    const untagged = rows.filter(({ tags }) => !tags.includes(tag!))
    return untagged.length === 0 ? null : () => sendChange(ids(untagged), 'untag', tag)
  }
  if (to === 'untag') {
    const tagged = rows.filter(({ tags }) => tags.includes(tag!))
    return tagged.length === 0 ? null : () => sendChange(ids(tagged), 'tag', tag)
  }
  return async () => {
    for (const place of ['list', 'archive', 'bin'] as const) {
      const some = rows.filter(row => placeOf(row) === place)
      if (some.length > 0) await sendChange(ids(some), place, undefined)
    }
  }
}

function placeOf({ archivedAt, binnedAt }: RunRow): 'list' | 'archive' | 'bin' {
  return binnedAt !== null ? 'bin' : archivedAt !== null ? 'archive' : 'list'
}
