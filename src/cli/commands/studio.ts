import { spawn } from 'node:child_process'
import { extname, join, relative, resolve } from 'node:path'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { ownFile } from '../../base/own-file.ts'
import { text } from '../../base/schema.ts'
import { withoutToken } from '../../runs/worker-process.ts'
import { writePrivate } from '../../serve/key.ts'
import { signedIn } from '../../serve/sign-in.ts'
import type { KnownExperiment } from '../../serve/studio/datasets.ts'
import type { ExperimentFile } from '../../serve/studio/experiments.ts'
import { startStudio } from '../../serve/studio/server.ts'
import type { RunStore } from '../../store/store.ts'
import { command, off, option, readOptions } from '../command.ts'
import { experimentFiles } from '../find-experiment.ts'
import { loadExperiment, SearchFileError } from '../load-experiment.ts'
import { openOwnStore, type StoreOptions } from '../named-run.ts'
import {
  dataOptions,
  engineOptions,
  filesOption,
  natural,
  storeOption,
  trainingEngine,
  userOption,
} from '../options.ts'
import type { Terminal } from '../terminal.ts'
import { interruptible } from '../terminal.ts'
import { tokenOf, tokenOptions } from '../token.ts'

const options = {
  port: option(natural, { help: 'the port to listen on; 0: any free one', fallback: 4330 }),
  host: option(text(), {
    value: 'address',
    help: 'listen for other machines too, such as 0.0.0.0',
    fallback: '127.0.0.1',
  }),
  ...tokenOptions('a token of your own, valid besides the one in the printed address'),
  open: off('do not open a browser'),
  ...storeOption,
  ...filesOption,
  user: userOption,
  ...dataOptions,
}

export default command({
  summary: 'train, watch and compare in the browser',
  options,
  examples: [
    ['heddle studio', 'in your browser, for this machine only'],
    ['heddle studio --store ~/all-runs --no-open', "another folder's runs; open the printed address"],
    ['heddle studio --store postgres://ada@lab/runs', 'the runs of a team, from every machine'],
    [
      'heddle studio --host 0.0.0.0 --token-file token',
      'also for other machines, with the token in this file',
    ],
  ],
  notes: `The printed address carries a random token. Other users of this machine cannot open the studio without it.
The studio never runs code to look at a folder: experiments/*.json are read, experiments/*.ts are listed
and run only when you load one on the page "New run".`,
  async run({ port, host, open, store: folder, files, user, dataDir, ...given }, { terminal }) {
    if (port > 65535) throw new UsageError(`--port must be at most 65535, not ${port}.`)
    const token = await tokenOf(given, { env: process.env, without: 'Without one Heddle makes its own.' })
    const store = await storeOf(folder, { files, user }, terminal)
    try {
      await interruptible(async signal => {
        const backend = trainingEngine(readOptions(engineOptions, {}, process.env).values, terminal)
        const { experiments, files } = await experimentsIn(process.cwd(), terminal)
        const server = await startStudio({ store, host, port, token, backend, experiments, files, dataDir })
        try {
          terminal.print(server.url)
          const text = `The studio shows the runs of ${store.where}. Ctrl-C ends it.`
          terminal.log({ text, style: 'dim' })
          if (open) openBrowser(server.url, store.folder)
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
  },
})

/** The store that trainings go into; where none can be made or written, what is there can be looked at. */
async function storeOf(
  folder: string,
  options: Pick<StoreOptions, 'files' | 'user'>,
  terminal: Terminal,
): Promise<RunStore> {
  try {
    return await openOwnStore(folder, { ...options, make: true })
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    const store = await openOwnStore(folder, options)
    terminal.notice(`${error.message} You can look at recorded runs, but not train.`)
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
  const own = ownFile('.')
  const experiments: KnownExperiment[] = []
  const files: ExperimentFile[] = []
  const load = (file: string): Promise<KnownExperiment> => loadExperiment(file, cwd)
  const isHome = resolve(cwd) === resolve(own)
  const here = isHome ? [] : experimentFiles(cwd)
  for (const file of here.filter(file => extname(file) !== '.json')) {
    files.push({ name: relative(cwd, file), load: () => load(file) })
  }
  for (const file of [...here.filter(file => extname(file) === '.json'), ...experimentFiles(own)]) {
    try {
      experiments.push(await load(file))
    } catch (error) {
      if (!(error instanceof SearchFileError)) terminal.notice(`left out: ${(error as Error).message}`)
    }
  }
  return { experiments, files }
}

/**
 * Opens a file that only you can read and that leads to the address with the key: every user of the machine can see the command
 * line of the browser. Without a browser, the printed address is enough.
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
