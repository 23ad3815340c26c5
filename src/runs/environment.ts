import { execFile } from 'node:child_process'
import { hostname } from 'node:os'
import { promisify } from 'node:util'
import { type Machine, thisMachine } from '../base/machine.ts'
import type { Backend } from '../engine/backend.ts'

/** The machine and the software that a run was made with. */
export interface Environment extends Machine {
  /** The version of Heddle. */
  readonly version: string
  readonly host: string
  /** For people; `arithmetic` decides whether two runs can have the same bits. */
  readonly backend: string
  /** See `Backend.arithmetic`. */
  readonly arithmetic: string
  readonly threads: number
  /** `null`: the experiment lies in no git repository. */
  readonly git: { readonly commit: string; readonly isDirty: boolean } | null
}

export function environmentOf(
  { description, arithmetic, threads }: Backend,
  { version, code }: { readonly version: string; readonly code: Code | null },
): Environment {
  return {
    version,
    ...thisMachine(),
    host: hostname(),
    backend: description,
    arithmetic,
    threads,
    git: code && { commit: code.commit, isDirty: code.diff !== '' },
  }
}

/**
 * The environment of a run as the store has it. A run from before `arithmetic` was recorded has it in the text of its backend
 * alone: `native (avx512, 2 threads)`.
 */
export function environmentIn(recorded: unknown): Environment {
  const environment = recorded as Environment
  return {
    ...environment,
    arithmetic: environment.arithmetic ?? environment.backend.replace(/, \d+ threads?/, ''),
  }
}

/** The state of the code that an experiment lies in. */
export interface Code {
  readonly commit: string
  /** What is not committed, as a patch. */
  readonly diff: string
}

/** A larger patch is no edit but data. */
const MAX_DIFF = 5_000_000

/** What git says of a folder; `null` where it says nothing. */
export async function codeIn(folder: string): Promise<Code | null> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('git', args, { cwd: folder, maxBuffer: MAX_DIFF })
    return stdout
  }
  try {
    const commit = (await git('rev-parse', 'HEAD')).trim()
    const diff = await git('diff', 'HEAD').catch(() => `(larger than ${MAX_DIFF} bytes)`)
    return { commit, diff }
  } catch {
    return null
  }
}
