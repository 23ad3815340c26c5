import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { LruCache } from '../../base/lru.ts'

/** The command line: src/serve/studio and dist/serve are equally deep. */
export const HEDDLE = fileURLToPath(new URL('../../../bin/heddle.js', import.meta.url))

/** The environment of a command that the studio starts: its store and its data, and not the studio's token. */
export function environmentFor(store: string, dataDir: string | undefined): NodeJS.ProcessEnv {
  const data = dataDir === undefined ? {} : { HEDDLE_DATA: resolve(dataDir) }
  return { ...withoutToken(process.env), ...data, HEDDLE_STORE: store, NO_COLOR: '1' }
}

/** For other processes: the token is the studio's alone. */
export function withoutToken({ HEDDLE_TOKEN: _, ...rest }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return rest
}

/** Size of the cache of answers. */
const MOST = 40

/**
 * Questions that take seconds of arithmetic, put to the command line in a process of its own: pages stay live meanwhile, and
 * the answer is what the command prints. Each is asked once: runs that are finished do not change, and every look at the
 * test images counts.
 */
export class Commands {
  readonly #env: NodeJS.ProcessEnv
  readonly #answers = new LruCache<unknown>(MOST)
  #last: Promise<unknown> = Promise.resolve()

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
  }

  /** What `heddle … --json` prints. Throws its words as a `UsageError` or `HeddleError`. */
  ask<T>(args: readonly string[]): Promise<T> {
    const answer = this.#answers.get(args.join(' '), () => {
      // One at a time: each of them takes all cores.
      this.#last = this.#last.catch(() => {}).then(() => run<T>([...args, '--json'], this.#env))
      return this.#last
    })
    return answer as Promise<T>
  }
}

function run<T>(args: readonly string[], env: NodeJS.ProcessEnv): Promise<T> {
  const child = spawn(process.execPath, [HEDDLE, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  return new Promise((answer, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0) return answer(JSON.parse(stdout) as T)
      const words =
        stderr
          .trim()
          .split('\n')
          .at(-1)
          ?.replace(/^heddle: /, '') || `heddle ${args[0]} ended with ${code}.`
      reject(code === 2 ? new UsageError(words) : new HeddleError(words))
    })
  })
}
