import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HeddleError } from '../../base/errors.ts'
import { ownFile } from '../../base/own-file.ts'
import { withTemporaryFolder } from '../../base/temporary.ts'

/** Inputs for a model in a file. */
interface Question {
  readonly path: string
  /** `[count, ...inputShape]`. */
  readonly shape: readonly number[]
  readonly numbers: Float32Array
}

export interface Answer {
  /** The name of the program, and its version. */
  readonly program: string
  readonly outputs: Float32Array
}

/** A program that can run models of another kind than Heddle's. */
export interface Runtime {
  /** What is looked for, and where. */
  readonly looksFor: string
  /** How it is installed. */
  readonly install: string
  /** `null`: it is not installed. Throws a `HeddleError` if it cannot run the model. */
  ask(question: Question): Promise<Answer | null>
}

/** How the programs of scripts/verify/ end where the runtime is not installed. */
const ABSENT = 3

const program = (name: string): string => ownFile(`scripts/verify/${name}`)

/** A runtime in a process of its own, which a program of scripts/verify/ speaks to. */
export function otherProcess({
  command,
  script,
  ...about
}: Pick<Runtime, 'looksFor' | 'install'> & {
  /** Names of the program that runs the script: the first one that is there is taken. */
  readonly command: readonly string[]
  readonly script: string
}): Runtime {
  return {
    ...about,
    ask: ({ path, shape, numbers }) =>
      withTemporaryFolder('heddle-verify-', async folder => {
        const [inputs, outputs] = [join(folder, 'inputs'), join(folder, 'outputs')]
        await writeFile(inputs, numbers)
        for (const name of command) {
          const ended = await run(name, [program(script), path, shape.join(','), inputs, outputs])
          if (ended === null) continue
          const bytes = Uint8Array.from(await readFile(outputs))
          return { program: ended.trim(), outputs: new Float32Array(bytes.buffer) }
        }
        return null
      }),
  }
}

/** What it printed; `null`: it, or the runtime that it uses, is not installed. */
function run(command: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      if (error.code === 'ENOENT' || (error.code as unknown) === ABSENT) return resolve(null)
      const words = stderr.trim().split('\n').slice(-3).join('\n')
      reject(new HeddleError(`The other program could not run ${args[1]}:\n${words}`, { cause: error }))
    })
  })
}
