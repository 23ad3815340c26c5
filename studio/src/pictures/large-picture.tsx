import { useEffect, useRef } from 'react'
import type { PictureSetPage } from '../../../src/protocol/pictures.ts'
import { PictureImage } from './picture-image.tsx'

/** One picture, large; arrow keys go to its neighbours. */
export function LargePicture({
  page,
  order,
  id,
  onOpen,
}: {
  readonly page: PictureSetPage
  readonly order: readonly string[]
  readonly id: string
  readonly onOpen: (id: string | null) => void
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const at = order.indexOf(id)
  const picture = page.classes.flatMap(({ pictures }) => pictures)[at]
  useEffect(() => dialog.current!.showModal(), [])
  useEffect(() => {
    if (!picture) onOpen(null)
  }, [picture, onOpen])
  const turn = (by: number): void => {
    const next = order[at + by]
    if (next !== undefined) onOpen(next)
  }
  return (
    <dialog
      ref={dialog}
      className="large-picture"
      aria-label={id}
      onClose={() => onOpen(null)}
      onKeyDown={event => {
        if (event.key === 'ArrowLeft') turn(-1)
        if (event.key === 'ArrowRight') turn(1)
      }}
    >
      {picture && <PictureImage folder={page.name} picture={picture} size="large" label={id} />}
      <p className="strip">
        <button type="button" disabled={at <= 0} onClick={() => turn(-1)}>
          Back
        </button>
        <button type="button" disabled={at >= order.length - 1} onClick={() => turn(1)}>
          Next
        </button>
        <span>{id}</span>
        <button type="button" onClick={() => onOpen(null)}>
          Close
        </button>
      </p>
    </dialog>
  )
}
