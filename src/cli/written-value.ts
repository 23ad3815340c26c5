import { readFile, stat } from 'node:fs/promises'
import { extname, relative } from 'node:path'
import { UsageError } from '../base/errors.ts'
import { boundedJson } from '../base/json.ts'
import { hintFor } from '../base/keras-names.ts'
import { show } from '../base/schema.ts'

/** What a file of an experiment or a search holds, before it is checked. */
export interface WrittenValue {
  readonly value: unknown
  /** How messages name the file. */
  readonly name: string
  /** Only read. Other files are run. */
  readonly isJson: boolean
}

/** Reads JSON; runs TypeScript and JavaScript, with `heddle` being this one, and takes what they export. Throws a `UsageError` that names the file. */
export async function writtenValue(file: string, cwd: string): Promise<WrittenValue> {
  const name = relative(cwd, file).startsWith('..') ? file : relative(cwd, file)
  const isJson = extname(file) === '.json'
  return { value: await (isJson ? readJson : execute)(file, name), name, isJson }
}

/** An experiment has some thousands; corrected labels, the longest part, some hundred thousand. */
const MAX_JSON = 10_000_000

async function readJson(file: string, name: string): Promise<unknown> {
  try {
    const { size } = await stat(file)
    if (size > MAX_JSON) throw new SyntaxError(`it is longer than ${MAX_JSON} characters`)
    return boundedJson(await readFile(file, 'utf8'), MAX_JSON)
  } catch (error) {
    throw new UsageError(`${name} is not JSON: ${(error as Error).message}.`)
  }
}

/** Runs a TypeScript or JavaScript module without a build step and returns what it exports. */
async function execute(file: string, name: string): Promise<unknown> {
  const { createJiti } = await import('jiti')
  // The library that this process runs, wherever the file lies, so that its errors are recognised. No cache is written to the disk.
  const virtualModules = {
    heddle: await import('heddle'),
    'heddle/analysis': await import('heddle/analysis'),
    'heddle/explain': await import('heddle/explain'),
    'heddle/testing': await import('heddle/testing'),
  }
  const jiti = createJiti(import.meta.url, { fsCache: false, virtualModules })
  try {
    return await unlessStuck(async () => {
      const exported = await jiti.import<{ default?: unknown } | undefined>(file)
      return await (exported?.default ?? exported)
    })
  } catch (error) {
    throw new UsageError(describe(error, { file, name, modules: virtualModules }), { cause: error })
  }
}

/**
 * The result of `work`. Rejects if the process has nothing left to wait for before there is one: Node would end it then, without a word.
 */
function unlessStuck<T>(work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onStuck = (): void =>
      reject(
        new Error(
          'it waits for a promise that is never resolved. Look for an "await" at the top level, or for a promise that it exports, whose resolve is never called.',
        ),
      )
    process.once('beforeExit', onStuck)
    work()
      .then(resolve, reject)
      .finally(() => process.off('beforeExit', onStuck))
  })
}

type Modules = Readonly<Record<string, object>>

/** `experiment.ts:12: conv2d: unknown option …`: the innermost place in the user's file, and what went wrong there. */
function describe(
  error: unknown,
  { file, name, modules }: { readonly file: string; readonly name: string; readonly modules: Modules },
): string {
  const { message, stack } = (error ?? {}) as { message?: unknown; stack?: unknown }
  const [, line] =
    String(stack)
      .split(`${file}:`)[1]
      ?.match(/^(\d+)/) ?? []
  const what = typeof message === 'string' ? message : `threw ${show(error)}`
  const readable = what
    // How a transpiled import reads.
    .replace(/\(0 , _\w+\.(\w+)\)/g, '$1')
    // The parser's own line: "ParseError: Unexpected token" and below it the place, which is said already.
    .replace(/^ParseError: /, 'syntax error: ')
    .replace(/\s*\n\s*\S+:\d+:\d+\s*$/, '')
  // An export that does not exist is undefined, so that the message of the engine is all that is known of it.
  const [, absent] = /^(\w+) is not (?:a function|defined)$/.exec(readable) ?? []
  const elsewhere = Object.keys(modules).find(module => Object.hasOwn(modules[module]!, absent ?? ''))
  const hint = elsewhere
    ? ` Import it from '${elsewhere}'.`
    : absent && hintFor(absent, Object.keys(modules.heddle!))
  const help = hint ? `: 'heddle' exports no ${absent}.${hint}` : ''
  return `${name}${line ? `:${line}` : ''}: ${readable}${help}`
}
