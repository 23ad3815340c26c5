import { type DragEvent, type ReactNode, useEffect, useState } from 'react'
import { count, plural } from '../../../src/base/text.ts'
import type { PictureClass } from '../../../src/protocol/pictures.ts'
import type { FoundFile } from './dropped.ts'
import { PictureFiles } from './picture-files.tsx'
import { PictureImage } from './picture-image.tsx'
import type { Picking } from './use-picking.ts'

/** Tiles that are drawn at first, and with each step more. */
const SHOWN = 60

/** A class: its name, how many pictures it has, and the pictures, to be chosen and moved. */
export function ClassCard({
  folder,
  of: { name, pictures },
  number,
  picking,
  isOver,
  isBusy,
  drop,
  onFiles,
  onRename,
  onRemove,
  onCamera,
  camera,
}: {
  readonly folder: string
  readonly of: PictureClass
  /** The key that moves pictures here, for the first nine. */
  readonly number: number
  readonly picking: Picking
  /** Something is dragged above it. */
  readonly isOver: boolean
  /** Pictures are on their way: until they are there, a class keeps its name. */
  readonly isBusy: boolean
  readonly drop: Readonly<Record<'onDragOver' | 'onDragLeave' | 'onDrop', (event: DragEvent) => void>>
  readonly onFiles: (found: FoundFile[]) => void
  readonly onRename: (to: string) => void
  readonly onRemove: () => void
  /** Opens the camera for this class. */
  readonly onCamera: () => void
  /** The camera, where it is open for this class. */
  readonly camera: ReactNode
}) {
  const [most, setMost] = useState(SHOWN)
  // One that keys or a finding have gone to is drawn.
  const last = pictures.findIndex(({ id }) => id === picking.at)
  const shown = pictures.slice(0, Math.max(most, last + 1))
  return (
    <section className="class-card" aria-label={`Class ${name}`} data-dropping={isOver} {...drop}>
      <header className="strip">
        {number <= 9 && (
          <kbd title={`The key ${number} moves selected pictures here`} aria-label={`Key ${number}`}>
            {number}
          </kbd>
        )}
        <ClassName name={name} isBusy={isBusy} onRename={onRename} />
        <span className="quiet">{plural(pictures.length, 'picture')}</span>
        <span className="strip class-tools">
          <PictureFiles label={`Pictures of ${name}`} onFiles={onFiles}>
            Open pictures …
          </PictureFiles>
          {!camera && (
            <button type="button" aria-label={`Record ${name} with the camera`} onClick={onCamera}>
              Camera
            </button>
          )}
          <button
            type="button"
            className="plain"
            aria-label={`Remove the class ${name}`}
            disabled={isBusy}
            onClick={onRemove}
          >
            Remove
          </button>
        </span>
      </header>
      {camera}
      {pictures.length === 0 ? (
        <p className="drop-hint">Drop pictures of {name} here.</p>
      ) : (
        <div
          className="picture-tiles"
          role="listbox"
          aria-multiselectable="true"
          aria-label={`Pictures of ${name}`}
        >
          {shown.map(picture => (
            // biome-ignore lint/a11y/useFocusableInteractive: it is, one of them at a time.
            <div key={picture.id} role="option" aria-label={fileOf(picture.id)} {...picking.tile(picture.id)}>
              <PictureImage folder={folder} picture={picture} />
            </div>
          ))}
        </div>
      )}
      {pictures.length > shown.length && (
        <button type="button" className="plain" onClick={() => setMost(shown.length + 5 * SHOWN)}>
          Show more of the other {count(pictures.length - shown.length)}
        </button>
      )}
    </section>
  )
}

/** A name that is changed where it stands: with Enter, or when the field is left. */
function ClassName({
  name,
  isBusy,
  onRename,
}: {
  readonly name: string
  readonly isBusy: boolean
  readonly onRename: (to: string) => void
}) {
  const [text, setText] = useState(name)
  useEffect(() => setText(name), [name])
  const done = (): void => {
    if (text.trim() === '') setText(name)
    else if (text !== name) onRename(text)
  }
  return (
    <input
      className="class-name"
      aria-label={`Name of the class ${name}`}
      value={text}
      readOnly={isBusy}
      size={Math.min(28, Math.max(8, text.length + 1))}
      spellCheck={false}
      autoComplete="off"
      onChange={event => setText(event.target.value)}
      onBlur={done}
      onKeyDown={event => {
        if (event.key === 'Enter') event.currentTarget.blur()
        if (event.key === 'Escape') setText(name)
      }}
    />
  )
}

function fileOf(id: string): string {
  return id.slice(id.indexOf('/') + 1)
}
