import { useState } from 'react'
import type { ImageTags, Split } from '../../../src/protocol/data.ts'
import { send } from '../api.ts'
import { IconButton } from '../design/icon-button.tsx'
import { Problem } from '../parts/messages.tsx'
import { useGet } from '../parts/use-get.ts'
import { useSent } from '../parts/use-sent.ts'

/** The tags of a dataset's images, and a way to change them. */
export function useImageTags(name: string) {
  const path = `/data/${encodeURIComponent(name)}`
  const { data, error } = useGet<ImageTags>(`${path}/tags`)
  const [own, setOwn] = useState<ImageTags | null>(null)
  const { error: refused, sent } = useSent()
  const change = (split: Split, tag: string, indices: readonly number[], does: 'add' | 'remove'): void =>
    sent(send<ImageTags>('PUT', `${path}/${split}/tags`, { tag, indices, does }).then(setOwn))
  return { tags: own ?? data ?? {}, error: error ?? refused, change }
}

/** Tags for images that are chosen: a new one for all of them, and those that some of them have. */
export function TagImages({
  name,
  split,
  indices,
  onChoose,
}: {
  /** That of the dataset. */
  readonly name: string
  readonly split: Split
  readonly indices: readonly number[]
  /** Chooses all images of a tag. */
  readonly onChoose: (indices: readonly number[]) => void
}) {
  const { tags, error, change } = useImageTags(name)
  const chosen = new Set(indices)
  const all = Object.entries(tags).filter(([, of]) => of[split].length > 0)
  if (all.length === 0 && indices.length === 0) return null
  return (
    <div className="strip">
      {all.map(([tag, of]) => (
        <span className="tag" key={tag}>
          <button type="button" className="plain" onClick={() => onChoose(of[split])}>
            {tag} {of[split].length}
          </button>
          {of[split].some(index => chosen.has(index)) && (
            <IconButton
              icon="close"
              label={`Remove the tag ${tag} from the chosen images`}
              onClick={() => change(split, tag, indices, 'remove')}
            />
          )}
        </span>
      ))}
      {indices.length > 0 && (
        <form
          onSubmit={event => {
            event.preventDefault()
            const form = event.currentTarget
            const tag = String(new FormData(form).get('tag')).trim()
            if (tag === '') return
            change(split, tag, indices, 'add')
            form.reset()
          }}
        >
          <input
            name="tag"
            aria-label="Tag for the chosen images"
            placeholder="Tag them, then Enter"
            maxLength={60}
            size={18}
            autoComplete="off"
          />
        </form>
      )}
      <Problem error={error} />
    </div>
  )
}
