import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface StartOptions {
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
  /** Standard input; absent: there is none. */
  readonly input?: Uint8Array
  /** Called with all of stderr so far, whenever there is more. */
  readonly onStderr?: (stderr: string, child: ChildProcess) => void
}

/** Runs the real command line in a process of its own, without the settings of whoever runs the tests. */
export function heddle(args: readonly string[], options: StartOptions): Promise<Ended> {
  return node([entry, ...args], options)
}

/** Runs a program of Node in the same way. */
export function node(
  args: readonly string[],
  { cwd, env = {}, input, onStderr }: StartOptions,
): Promise<Ended> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('HEDDLE_') && !['NO_COLOR', 'FORCE_COLOR'].includes(name),
  )
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(input)
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
    onStderr?.(stderr, child)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code, stdout, stderr }))
  })
}
