import { type ReactNode, useRef } from 'react'
import { chosenFiles, type FoundFile } from './dropped.ts'

/** Takes files for a class, or with `null` for the classes that their folders name. */
export type FilesTaken = (found: readonly FoundFile[], into: string | null) => void

/** A button that asks for pictures, or with `folder` for a whole folder of them. */
export function PictureFiles({
  label,
  folder = false,
  onFiles,
  children,
}: {
  /** What is asked for. */
  readonly label: string
  readonly folder?: boolean
  readonly onFiles: (found: FoundFile[]) => void
  readonly children: ReactNode
}) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <button type="button" onClick={() => input.current!.click()}>
        {children}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={label}
        {...(folder
          ? { webkitdirectory: '' }
          : { accept: 'image/png,image/jpeg,image/webp,image/gif,image/bmp' })}
        onChange={event => {
          const { files } = event.target
          if (files && files.length > 0) onFiles(chosenFiles(files))
          // The same files again are a change too.
          event.target.value = ''
        }}
      />
    </>
  )
}
