import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type KnownExperiment, startStudio } from '../../serve/server.ts'
import { UsageError } from '../../spec/errors.ts'
import { integer } from '../../spec/fields.ts'
import { chooseEngine } from '../choose-engine.ts'
import { experimentFiles } from '../find-experiment.ts'
import { interruptible } from '../interrupt.ts'
import { loadExperiment } from '../load-experiment.ts'
import { openStore } from '../open-store.ts'
import { resolveSettings } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

export interface StudioFlags {
  readonly port?: string
  readonly host?: string
  readonly token?: string
  /** False: `--no-open`. */
  readonly open: boolean
  readonly store?: string
  readonly dataDir?: string
}

const PORT = 4330

/** `heddle studio`: serves the web app until Ctrl-C. */
export async function studio(flags: StudioFlags, terminal: Terminal): Promise<void> {
  const { host = '127.0.0.1' } = flags
  const port = flags.port === undefined ? PORT : integer(PORT, { min: 0 }).parse(Number(flags.port), '--port')
  if (port > 65535) throw new UsageError(`--port must be at most 65535, not ${port}.`)
  const token = tokenOf(flags)
  const store = await openStore({ ...process.env, ...(flags.store && { HEDDLE_STORE: flags.store }) })
  try {
    await interruptible(async signal => {
      const backend = chooseEngine(resolveSettings({}, process.env), terminal)
      const experiments = await experimentsIn(process.cwd(), terminal)
      const server = await startStudio({
        store,
        host,
        port,
        token,
        backend,
        experiments,
        dataDir: flags.dataDir,
      })
      try {
        terminal.print(server.url)
        terminal.log({ text: `The studio shows the runs of ${store.folder}. Ctrl-C ends it.`, style: 'dim' })
        if (flags.open) openBrowser(server.url)
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

/** What lies in experiments/, here and in Heddle's own folder. One that cannot be read is told and left out. */
async function experimentsIn(cwd: string, terminal: Terminal): Promise<KnownExperiment[]> {
  const own = fileURLToPath(new URL('../../..', import.meta.url))
  const found = new Map<string, KnownExperiment>()
  for (const file of [...experimentFiles(cwd), ...experimentFiles(own)]) {
    try {
      const { experiment } = await loadExperiment(file, cwd)
      if (!found.has(experiment.name)) found.set(experiment.name, { experiment, baseDir: dirname(file) })
    } catch (error) {
      terminal.notice(`left out: ${(error as Error).message}`)
    }
  }
  return [...found.values()]
}

/** Whoever can reach another address than this machine's own must know something. */
function tokenOf({ host = '127.0.0.1', token }: StudioFlags): string | null {
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(host)
  if (token !== undefined && !/^[\w.-]{8,}$/.test(token)) {
    throw new UsageError('--token must have at least 8 letters, digits, "-", "_" or ".".')
  }
  if (isLoopback) return token ?? null
  if (token === undefined) {
    const made = randomBytes(12).toString('hex')
    throw new UsageError(
      `--host ${host} lets others reach the studio, and with it this machine: give it a token, such as --token ${made}.`,
    )
  }
  return token
}

/** Where there is no browser, the address that was printed is enough. */
function openBrowser(url: string): void {
  const [command, args] =
    process.platform === 'darwin'
      ? ['open', [url]]
      : process.platform === 'win32'
        ? ['cmd', ['/c', 'start', '', url]]
        : ['xdg-open', [url]]
  spawn(command as string, args as string[], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
}
