import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { HeddleError } from '../spec/errors.ts'

/** The command line: src/serve and dist/serve are equally deep. */
const HEDDLE = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url))
/** Numbers of runs that are done do not change. */
const MOST_KEPT = 50

/**
 * What commands answer with `--json`, each asked once: in a process of its own, so that thousands of resamples do not hold
 * up everybody's pages, and one after the other, so that they do not hold up a training either.
 */
export class CommandAnswers {
  readonly #env: NodeJS.ProcessEnv
  readonly #kept = new Map<string, Promise<string>>()
  readonly #ending = new AbortController()
  #last: Promise<unknown> = Promise.resolve()

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
  }

  /** The JSON text. Throws a `HeddleError` with the command's own words. */
  of(args: readonly string[]): Promise<string> {
    const key = JSON.stringify(args)
    const known = this.#kept.get(key)
    if (known) return known
    const answer = this.#last.then(() => this.#run(args))
    this.#last = answer.catch(() => this.#kept.delete(key))
    this.#kept.set(key, answer)
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!)
    return answer
  }

  close(): void {
    this.#ending.abort()
  }

  #run(args: readonly string[]): Promise<string> {
    const { signal } = this.#ending
    const child = spawn(process.execPath, [HEDDLE, ...args, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...this.#env, NO_COLOR: '1' },
      signal,
    })
    let [answer, said] = ['', '']
    child.stdout.setEncoding('utf8').on('data', text => {
      answer += text
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      said = (said + text).slice(-4000)
    })
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', code => {
        if (code === 0) resolve(answer)
        else reject(new HeddleError(wordsOf(said) || `heddle ${args.join(' ')} ended with ${code}.`))
      })
    })
  }
}

/** What it said in the end, without its name. */
function wordsOf(said: string): string {
  const last = said.split('\n').findLast(line => line.startsWith('heddle: '))
  return last?.slice('heddle: '.length) ?? ''
}
