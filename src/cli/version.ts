import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeIn } from '../runs/environment.ts'
import { wallDate } from '../store/wall-clock.ts'

const ownFolder = fileURLToPath(new URL('../../', import.meta.url))

/** Heddle's own, from package.json: src/cli and dist/cli are equally deep. */
export function ownVersion(): string {
  const text = readFileSync(join(ownFolder, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** The Heddle that trained, and when. */
export interface Build {
  readonly version: string
  /** `null`: it was not run from a checkout. */
  readonly commit: string | null
  /** The checkout had changes that are not committed. */
  readonly isDirty: boolean
  /** `2026-11-30`, UTC. */
  readonly date: string
}

/** This Heddle, today; its commit where it is a checkout. */
export async function ownBuild(): Promise<Build> {
  const code = existsSync(join(ownFolder, '.git')) ? await codeIn(ownFolder) : null
  return {
    version: ownVersion(),
    commit: code?.commit ?? null,
    isDirty: code !== null && code.diff !== '',
    date: wallDate(),
  }
}
