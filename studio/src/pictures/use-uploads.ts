import { useEffect, useRef, useState } from 'react'
import { type AddedPicture, MOST_PICTURE_BYTES } from '../../../src/protocol/pictures.ts'
import { send } from '../api.ts'

/** A file on its way into a class. */
export interface Upload {
  readonly class: string
  readonly name: string
  readonly file: Blob
}

/** How far the sending is, and what became of the files. */
export interface Uploaded {
  readonly total: number
  readonly done: number
  readonly added: number
  /** The class had the same picture already. */
  readonly there: number
  /** Left out, each with the reason. */
  readonly refused: readonly string[]
}

const NOTHING: Uploaded = { total: 0, done: 0, added: 0, there: 0, refused: [] }
const AT_ONCE = 3
/** The page shows what has come this often. */
const EACH_MS = 600

/** Sends pictures, a few at once; `onChange` is called when there is something new to show. */
export function useUploads(set: string, onChange: () => void) {
  const [state, setState] = useState<Uploaded>(NOTHING)
  const waiting = useRef<Upload[]>([])
  const working = useRef(0)
  const batch = useRef('')
  const latest = useRef(onChange)
  latest.current = onChange
  const due = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  /** Once in a while; and at once when all have come. */
  const show = (): void => {
    due.current ??= setTimeout(() => {
      due.current = undefined
      latest.current()
    }, EACH_MS)
  }
  // Files that were not sent yet stay where they are when the page is left.
  useEffect(() => () => void waiting.current.splice(0), [])

  const work = async (): Promise<void> => {
    working.current++
    for (let next = waiting.current.shift(); next; next = waiting.current.shift()) {
      const result = await sent(set, next, batch.current).catch((error: Error) => error)
      setState(before => {
        const { done, added, there, refused } = before
        const after = { ...before, done: done + 1 }
        if (result instanceof Error) return { ...after, refused: [...refused, result.message] }
        return result.isThere ? { ...after, there: there + 1 } : { ...after, added: added + 1 }
      })
      show()
    }
    working.current--
    if (working.current > 0) return
    clearTimeout(due.current)
    due.current = undefined
    latest.current()
  }

  /** What is added with the batch before it, or while that is on its way, belongs to it. */
  const add = (
    uploads: readonly Upload[],
    { refused = [], of = String(Date.now()) }: { refused?: readonly string[]; of?: string } = {},
  ): void => {
    const isNew = working.current === 0 && of !== batch.current
    if (isNew) batch.current = of
    setState(before => {
      const start = isNew ? NOTHING : before
      return {
        ...start,
        total: start.total + uploads.length,
        refused: [...start.refused, ...refused],
      }
    })
    waiting.current.push(...uploads)
    const workers = Math.min(AT_ONCE - working.current, uploads.length)
    for (let i = 0; i < workers; i++) void work()
  }
  const stop = (): void => {
    const left = waiting.current.splice(0).length
    setState(before => ({ ...before, total: before.total - left }))
  }
  return { state, add, stop, clear: () => setState(NOTHING) }
}

async function sent(set: string, { class: name, name: file, file: bytes }: Upload, batch: string) {
  if (bytes.size > MOST_PICTURE_BYTES) {
    throw new Error(
      `${file}: it has ${Math.round(bytes.size / 1e6)} MB, and at most ${MOST_PICTURE_BYTES / 1e6} MB are taken.`,
    )
  }
  const query = new URLSearchParams({ class: name, name: file, batch })
  try {
    return await send<AddedPicture>('POST', `/pictures/${encodeURIComponent(set)}/files?${query}`, bytes)
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`)
  }
}
