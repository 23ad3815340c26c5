import { useEffect, useRef, useState } from 'react'
import { megabytes, plural } from '../../../src/base/text.ts'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { send } from '../api.ts'
import { useCommands } from '../commands/commands.ts'
import { IconButton } from '../design/icon-button.tsx'
import { ask } from '../parts/ask.tsx'
import { Problem } from '../parts/messages.tsx'
import { notice } from '../parts/notices.tsx'
import { useSent } from '../parts/use-sent.ts'
import { Publish } from '../publish/publish.tsx'
import { go, Link, setQuery } from '../router.tsx'
import { changeRuns } from './change-runs.ts'
import type { Shelf } from './list-choice.ts'

/** What can be done to the runs that are chosen. */
export function Selection({
  rows,
  shelf,
  binned,
}: {
  readonly rows: readonly RunRow[]
  readonly shelf: Shelf
  /** How many are in the bin. */
  readonly binned: number
}) {
  const { error, isBusy, sent } = useSent()
  const [isTagging, setTagging] = useState(false)
  const ids = rows.map(({ id }) => id)
  const isAny = ids.length > 0
  const change = (to: 'list' | 'archive' | 'bin'): void => {
    sent(changeRuns(rows, to).then(() => setQuery({ select: undefined })))
  }
  useCommands(
    isAny
      ? [
          ...(ids.length > 1
            ? [
                {
                  name: 'Compare the chosen runs',
                  keys: 'c',
                  run: () => go(`/compare?runs=${ids.join(',')}`),
                },
              ]
            : []),
          { name: 'Tag the chosen runs', keys: 't', run: () => setTagging(true) },
          ...(shelf === 'list'
            ? [{ name: 'Archive the chosen runs', keys: 'e', run: () => change('archive') }]
            : [{ name: 'Put the chosen runs back into the list', keys: 'u', run: () => change('list') }]),
          ...(shelf === 'bin'
            ? []
            : [{ name: 'Put the chosen runs into the bin', keys: '#', run: () => change('bin') }]),
        ]
      : [],
  )
  if (!isAny && shelf !== 'bin') return null
  return (
    <div className="strip selection" role="toolbar" aria-label="Chosen runs">
      {isAny && (
        <>
          <span>{ids.length} chosen</span>
          {ids.length > 1 && <Link href={`/compare?runs=${ids.join(',')}`}>Compare</Link>}
          {ids.length === 2 && <Link href={`/runs/${ids[0]}/diff/${ids[1]}`}>What differs</Link>}
          <TagForm rows={rows} isOpen={isTagging} onOpen={setTagging} />
          {shelf !== 'list' && (
            <button type="button" disabled={isBusy} onClick={() => change('list')}>
              Restore
            </button>
          )}
          {shelf === 'list' && (
            <button type="button" disabled={isBusy} onClick={() => change('archive')}>
              Archive
            </button>
          )}
          {shelf !== 'bin' && (
            <button type="button" disabled={isBusy} onClick={() => change('bin')}>
              Delete
            </button>
          )}
          <Publish rows={rows} />
          {ids.length <= MOST_EXPORTED && (
            <a className="button" href={`/api/runs-archive?runs=${ids.join(',')}`} download>
              Export
            </a>
          )}
          <button
            type="button"
            className="plain"
            onClick={() => setQuery({ select: undefined }, { step: true })}
          >
            Clear
          </button>
        </>
      )}
      {shelf === 'bin' && binned > 0 && (
        <button
          type="button"
          disabled={isBusy}
          onClick={() => void emptyBin(binned).then(work => work && sent(work()))}
        >
          Empty the bin
        </button>
      )}
      <Problem error={error} />
    </div>
  )
}

/** As many as one address can name. */
const MOST_EXPORTED = 1000

async function emptyBin(binned: number): Promise<(() => Promise<void>) | null> {
  const isSure = await ask({
    text: `Remove ${plural(binned, 'run')} in the bin for good, with their networks and checkpoints?`,
    yes: 'Remove for good',
  })
  if (!isSure) return null
  return async () => {
    const { runs, bytes } = await send<{ runs: number; bytes: number }>('POST', '/bin/empty')
    notice({ text: `${plural(runs, 'run')} removed, ${megabytes(bytes)} freed.` })
  }
}

function TagForm({
  rows,
  isOpen,
  onOpen,
}: {
  readonly rows: readonly RunRow[]
  readonly isOpen: boolean
  readonly onOpen: (isOpen: boolean) => void
}) {
  const { error, sent } = useSent()
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (isOpen) field.current!.focus()
  }, [isOpen])
  const own = [...new Set(rows.flatMap(({ tags }) => tags))].slice(0, 12)
  if (!isOpen) {
    return (
      <button type="button" onClick={() => onOpen(true)}>
        Tag
      </button>
    )
  }
  return (
    <form
      className="strip"
      onSubmit={event => {
        event.preventDefault()
        const form = event.currentTarget
        const tag = String(new FormData(form).get('tag')).trim()
        if (tag) sent(changeRuns(rows, 'tag', tag).then(() => form.reset()))
      }}
    >
      <input
        name="tag"
        aria-label="Tag for all chosen runs"
        placeholder="Tag, then Enter"
        size={14}
        ref={field}
      />
      {own.map(tag => (
        <span className="tag" key={tag}>
          {tag}
          <IconButton
            icon="close"
            label={`Remove the tag ${tag} from all chosen runs`}
            onClick={() => sent(changeRuns(rows, 'untag', tag))}
          />
        </span>
      ))}
      <button type="button" className="plain" onClick={() => onOpen(false)}>
        Done
      </button>
      <Problem error={error} />
    </form>
  )
}
