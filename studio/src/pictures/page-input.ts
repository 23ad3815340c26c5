import { type DragEvent, useEffect, useRef, useState } from 'react'
import type { FoundFile } from './dropped.ts'
import { TILES } from './use-picking.ts'

/** Ctrl+Z on the page, unless a text is edited. */
export function useUndoKey(undo: () => void): void {
  const latest = useRef(undo)
  latest.current = undo
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey) return
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return
      event.preventDefault()
      latest.current()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

/** Pictures that are pasted into the page. */
export function usePaste(take: (files: FoundFile[]) => void): void {
  const latest = useRef(take)
  latest.current = take
  useEffect(() => {
    const onPaste = ({ clipboardData }: ClipboardEvent): void => {
      const files = [...(clipboardData?.files ?? [])].map(file => ({ folders: [], file }))
      if (files.length > 0) latest.current(files)
    }
    document.addEventListener('paste', onPaste)
    return () => document.removeEventListener('paste', onPaste)
  }, [])
}

/** Dropping files, or tiles of the page, on a class or beside all (`null`). `over`: what they are above; `''` is beside all. */
export function useFileDrop(
  take: (data: DataTransfer, into: string | null) => void,
  dropTiles: (into: string) => void,
) {
  const [over, setOver] = useState<string | null>(null)
  const isTiles = (event: DragEvent): boolean => event.dataTransfer.types.includes(TILES)
  const on = (into: string | null) => ({
    onDragOver: (event: DragEvent): void => {
      const isTaken = into !== null || !isTiles(event)
      if (isTaken) event.preventDefault()
      event.stopPropagation()
      setOver(isTaken ? (into ?? '') : null)
    },
    onDragLeave: (event: DragEvent): void => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(null)
    },
    onDrop: (event: DragEvent): void => {
      event.preventDefault()
      event.stopPropagation()
      setOver(null)
      if (!isTiles(event)) take(event.dataTransfer, into)
      else if (into !== null) dropTiles(into)
    },
  })
  return { over, on }
}
