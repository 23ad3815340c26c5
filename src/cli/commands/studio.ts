import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { writePrivate } from '../../serve/key.ts'
import { signedIn } from '../../serve/sign-in.ts'
import { withoutToken } from '../../serve/studio/command.ts'
import type { ExperimentFile, KnownExperiment } from '../../serve/studio/context.ts'
import { startStudio } from '../../serve/studio/server.ts'
import type { RunStore } from '../../store/store.ts'
import { chooseEngine } from '../choose-engine.ts'
import { experimentFiles } from '../find-experiment.ts'
import { interruptible } from '../interrupt.ts'
import { loadExperiment } from '../load-experiment.ts'
import { openOwnStore } from '../open-store.ts'
import { resolveSettings, wholeNumber } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

export interface StudioFlags {
  readonly port?: string
  readonly host?: string
  /** Refused: see `tokenOf`. */
  readonly token?: string
  readonly tokenFile?: string
  /** False: `--no-open`. */
  readonly open: boolean
  readonly store?: string
  readonly dataDir?: string
}

const PORT = 4330

/** `heddle studio`: serves the web app until Ctrl-C. */
export async function studio(flags: StudioFlags, terminal: Terminal): Promise<void> {
  const { host = '127.0.0.1' } = flags
  const port = flags.port === undefined ? PORT : wholeNumber({ name: '--port', text: flags.port }, 0)
  if (port > 65535) throw new UsageError(`--port must be at most 65535, not ${port}.`)
  const token = await tokenOf(flags, process.env)
  const store = await storeOf({ ...process.env, ...(flags.store && { HEDDLE_STORE: flags.store }) }, terminal)
  try {
    await interruptible(async signal => {
      const backend = chooseEngine(resolveSettings({}, process.env), terminal)
      const { experiments, files } = await experimentsIn(process.cwd(), terminal)
      const server = await startStudio({
        store,
        host,
        port,
        token,
        backend,
        experiments,
        files,
        dataDir: flags.dataDir,
      })
      try {
        terminal.print(server.url)
        terminal.log({ text: `The studio shows the runs of ${store.where}. Ctrl-C ends it.`, style: 'dim' })
        if (flags.open) openBrowser(server.url, store.where)
        if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve))
      } finally {
        await server.close()
        const run = server.stopped()
        if (run) terminal.notice(`A training was stopped. Go on with: heddle resume ${run}`)
      }
    })
  } finally {
    await store.close()
  }
}

/** The store that trainings go into; where none can be made or written, what is there can be looked at. */
async function storeOf(env: NodeJS.ProcessEnv, terminal: Terminal): Promise<RunStore> {
  try {
    return await openOwnStore(env, { make: true })
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    const store = await openOwnStore(env)
    terminal.notice(`${error.message} You can look at what is there, but not train.`)
    return store
  }
}

/**
 * What lies in experiments/, here and in Heddle's own folder. JSON is read, and so is the code that came with Heddle; other
 * code is listed only: opening a folder to look at its runs must not run what is in it.
 */
async function experimentsIn(
  cwd: string,
  terminal: Terminal,
): Promise<{ readonly experiments: KnownExperiment[]; readonly files: ExperimentFile[] }> {
  const own = fileURLToPath(new URL('../../..', import.meta.url))
  const experiments: KnownExperiment[] = []
  const files: ExperimentFile[] = []
  const load = async (file: string): Promise<KnownExperiment> => {
    const { experiment } = await loadExperiment(file, cwd)
    return { experiment, baseDir: dirname(file) }
  }
  const isHome = resolve(cwd) === resolve(own)
  const here = isHome ? [] : experimentFiles(cwd)
  for (const file of here.filter(file => extname(file) !== '.json')) {
    files.push({ name: relative(cwd, file), load: () => load(file) })
  }
  for (const file of [...here.filter(file => extname(file) === '.json'), ...experimentFiles(own)]) {
    try {
      experiments.push(await load(file))
    } catch (error) {
      terminal.notice(`left out: ${(error as Error).message}`)
    }
  }
  return { experiments, files }
}

const TOKEN = /^[\w.~-]{16,200}$/

/** The user's own token, from a file or the environment: command lines are shown to every user of a machine. */
async function tokenOf({ token, tokenFile }: StudioFlags, env: NodeJS.ProcessEnv): Promise<string | null> {
  if (token !== undefined) {
    throw new UsageError(
      '--token would show the token to every user of this machine, in the list of processes. Put it into a file and name that: --token-file FILE, or set HEDDLE_TOKEN.',
    )
  }
  const [text, from] =
    tokenFile === undefined ? [env.HEDDLE_TOKEN, 'HEDDLE_TOKEN'] : [await textOf(tokenFile), tokenFile]
  if (text === undefined || text === '') return null
  if (TOKEN.test(text)) return text
  throw new UsageError(
    `The token of ${from} must have 16 to 200 letters, digits, "-", "_", "." or "~", so that it cannot be guessed. Without one Heddle makes its own.`,
  )
}

async function textOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`--token-file ${file} cannot be read: ${error.message}.`)
  })
  if (text.trim() === '') throw new UsageError(`--token-file ${file} is empty: write the token into it.`)
  return text.trim()
}

/**
 * By a file that only its owner can read, which leads on: the command line of the browser is seen by every user of the machine.
 * Where there is no browser, the address that was printed is enough.
 */
function openBrowser(url: string, storeFolder: string): void {
  const file = join(storeFolder, 'studio', 'open.html')
  try {
    writePrivate(file, signedIn(url))
  } catch {
    return
  }
  const [command, args] =
    process.platform === 'darwin'
      ? ['open', [file]]
      : process.platform === 'win32'
        ? ['cmd', ['/c', 'start', '', file]]
        : ['xdg-open', [file]]
  spawn(command as string, args as string[], {
    stdio: 'ignore',
    detached: true,
    env: withoutToken(process.env),
  })
    .on('error', () => {})
    .unref()
}
