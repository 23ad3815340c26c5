import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { cachePlaces } from '../sources/places.ts'
import { Segment } from './segment.ts'

/** What the cache holds for one folder of pictures, under one preparation or for one frozen part of a model. */
export interface Kept {
  /** The folder of the cache that holds it. */
  readonly place: string
  readonly what: 'pictures' | 'features'
  /** The folder that the pictures come from; `null`: nothing whole is there. */
  readonly root: string | null
  readonly count: number
  readonly bytes: number
}

/** What was computed from pictures and is kept. All of it can be made again. */
export function keptIn(env: NodeJS.ProcessEnv): Kept[] {
  const places = cachePlaces(env)
  return Object.entries(places).flatMap(([what, folder]) =>
    namesIn(folder).map(name => keptAt(join(folder, name), what as Kept['what'])),
  )
}

function keptAt(place: string, what: Kept['what']): Kept {
  const segments = namesIn(place).flatMap(name => {
    try {
      return [new Segment(join(place, name)).index]
    } catch {
      return []
    }
  })
  const bytes = namesIn(place).reduce((sum, name) => sum + sizeOf(join(place, name)), 0)
  const count = segments.reduce((sum, { rows }) => sum + rows.length, 0)
  return { place, what, root: segments[0]?.root ?? null, count, bytes }
}

/** Whether the pictures are no longer where they were. */
export function isGone({ root }: Kept): boolean {
  return root === null || !existsSync(root)
}

/** A process that uses it reads on; the next one makes it again. */
export function removeKept({ place }: Kept): void {
  rmSync(place, { recursive: true, force: true })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
