import { execFile } from 'node:child_process'
import { availableParallelism, cpus, hostname } from 'node:os'
import { promisify } from 'node:util'
import type { Backend } from '../engine/backend.ts'

/** On what a run was made. */
export interface Environment {
  /** Of Heddle. */
  readonly version: string
  readonly node: string
  readonly host: string
  readonly platform: string
  readonly arch: string
  readonly cpu: string
  readonly cores: number
  readonly backend: string
  readonly threads: number
  /** `null`: the experiment lies in no git repository. */
  readonly git: { readonly commit: string; readonly isDirty: boolean } | null
}

export function environmentOf(
  { description, threads }: Backend,
  { version, code }: { readonly version: string; readonly code: Code | null },
): Environment {
  return {
    version,
    node: process.version,
    host: hostname(),
    platform: process.platform,
    arch: process.arch,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    backend: description,
    threads,
    git: code && { commit: code.commit, isDirty: code.diff !== '' },
  }
}

/** What decides whether two machines give the same bits: the engine and its instruction set, not its threads. */
export function arithmeticOf({ backend }: Pick<Environment, 'backend'>): string {
  return backend.replace(/, \d+ threads?/, '')
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
