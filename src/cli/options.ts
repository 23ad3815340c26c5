import { availableCores } from '../base/available-cores.ts'
import { UsageError } from '../base/errors.ts'
import { custom, integer, oneOf, text } from '../base/schema.ts'
import { plural } from '../base/text.ts'
import type { Backend } from '../engine/backend.ts'
import { type BackendName, backendNames, chooseBackend } from '../engine/backends/choose.ts'
import { isPostgres, parseAddress } from '../store/postgres/address.ts'
import { argument, argumentOr, listOf, type Origins, off, on, oneOrMore, option } from './command.ts'
import { dataFolder, OutFolder } from './output-paths.ts'
import { STORE_FOLDER } from './store-folder.ts'
import type { Terminal } from './terminal.ts'

// What several commands take, each declared here and nowhere else.

/** 0, 1, 2, … */
export const natural = integer(undefined, { min: 0 })

export const experimentArgument = argument(
  'a .ts, .js or .json file, the name of one in experiments/, or a folder with a folder of images for each class',
)
export const runArgument = argument('the first digits of its id, or "last"')
export const modelArgument = argument(
  'a run, "last", an experiment, experiment/model, or a .safetensors file',
)
export const modelsArgument = oneOrMore(
  'runs, experiments, or experiment/model: seeds of one configuration are one model',
)
export const searchArgument = argumentOr('last', 'its name, the first digits of its id, or "last"')
export const dataArgument = argumentOr(
  'fashion-mnist',
  'a name, a folder of images or IDX files, a .csv, an experiment, or a run',
)

export const engineOptions = {
  threads: option(integer(), {
    help: 'threads of the native engine',
    variable: 'HEDDLE_THREADS',
    otherwise: 'all cores',
  }),
  backend: option(oneOf(backendNames), { help: 'the engine', variable: 'HEDDLE_BACKEND', fallback: 'auto' }),
}

const dataDir = option(dataFolder, { value: 'folder', help: "where the dataset's files are (HEDDLE_DATA)" })

export const dataOptions = { dataDir }

/** Data of a run that was made before. */
export const storedDataOptions = {
  dataDir: {
    ...dataDir,
    help: "where the dataset's files are (HEDDLE_DATA; default: where the run had them)",
  },
}

export const backbone = option(text(), {
  value: 'file',
  help: 'for a folder of photos: train a new head behind the layers of this model file, and the small network beside it',
})

export const skipUnreadable = on('leave out pictures that cannot be read, and name them (default: an error)')

/** Labelled data in the place of what a run was trained on. */
export const labelledData = option(text(), {
  value: 'data',
  help: 'labelled data instead: a name, a folder, a .csv, an experiment, a run',
})

export const splitOption = option(oneOf(['train', 'test']), {
  help: 'which images of the data',
  otherwise: 'test',
})

/** Places of images in a split. */
export const indexOption = option(listOf(natural), 'these images, counted from 0, such as 0,5')

export const modelOption = option(listOf(text()), {
  short: 'm',
  value: 'names',
  help: 'only these models, such as a,b',
})

export const seed = option(natural, {
  help: 'seed of the random numbers',
  variable: 'HEDDLE_SEED',
  fallback: 1,
})

export const seedOptions = {
  seed,
  seeds: option(integer(), 'train with each of the seeds 1 to n'),
}

/** More runs than this are a slip of the finger. */
const MAX_SEEDS = 10_000

/** Those of `seedOptions`. Throws a `UsageError` if both are typed. */
export function seedsOf(
  { seed, seeds }: { readonly seed: number; readonly seeds: number | undefined },
  origins: Origins,
): readonly number[] {
  if (seeds === undefined) return [seed]
  if (origins.seed === 'flag')
    throw new UsageError('Give either --seed (one run with that seed) or --seeds (runs 1 to n), not both.')
  if (seeds > MAX_SEEDS) throw new UsageError(`--seeds must be at most ${MAX_SEEDS}, not ${seeds}.`)
  return Array.from({ length: seeds }, (_, i) => i + 1)
}

/** For commands that train the runs of an experiment. */
export const resume = on('continue what this command has begun: finished runs are not trained again')

export const checkpointSteps = option(integer(), {
  help: 'also write a checkpoint every n steps',
  otherwise: 'each epoch, each minute',
})

const storeAddress = custom<string, string>(undefined, (value, path) => {
  const isTyped = path.startsWith('--')
  if (isTyped && isPostgres(String(value)) && parseAddress(String(value)).password !== undefined)
    throw new UsageError(
      `${path} with a password would show it to every user of this machine, in the list of processes. Set HEDDLE_STORE instead, or leave the ` +
        'password out and set PGPASSWORD.',
    )
  return String(value)
})

export const storeOption = {
  store: option(storeAddress, {
    value: 'store',
    help: 'the run store: a folder, or postgres://user@host/database',
    variable: 'HEDDLE_STORE',
    fallback: STORE_FOLDER,
  }),
}

/** For commands that may make a store. */
export const filesOption = {
  files: option(text(), {
    value: 's3://bucket/prefix',
    help: 'where a new store in PostgreSQL keeps models and checkpoints',
    variable: 'HEDDLE_FILES',
    otherwise: 'in the database',
  }),
}

export const userOption = option(text(), {
  value: 'name',
  help: 'who begins the runs, shown where several users share a store',
  variable: 'HEDDLE_USER',
  otherwise: "the system's user",
})

export const jsonOption = { json: on('print JSON') }

export const robustness = off('leave out the test on distorted images')

/** A folder that is empty or new, for what a command writes. */
export const outOption = option(
  custom<string | OutFolder, OutFolder>(undefined, path => new OutFolder(String(path))),
  { value: 'folder', help: 'write pictures and the numbers as JSON there; it must be empty or new' },
)

interface AskedEngine {
  readonly backend: BackendName
  readonly threads: number | undefined
}

/** The backend that `engineOptions` ask for; a notice names what could not be met. */
export function chooseEngine(
  { backend: name, threads }: AskedEngine,
  terminal: Terminal,
  onNotice: (message: string) => void = () => {},
): Backend {
  const backend = chooseBackend(name, {
    onNotice,
    ...(threads !== undefined && { threads }),
  })
  if (threads !== undefined && threads !== backend.threads) {
    terminal.notice(
      `The ${backend.name} engine runs on one thread, not on the ${threads} that you asked for.`,
    )
  }
  const cores = availableCores()
  if (threads !== undefined && threads === backend.threads && threads > cores) {
    terminal.notice(
      `${threads} threads share ${plural(cores, 'core')}: more threads than cores make training slower, not faster.`,
    )
  }
  return backend
}

/** The same for what takes long: training, and measuring speed. A notice also says that a faster engine is missing. */
export function trainingEngine(asked: AskedEngine, terminal: Terminal): Backend {
  return chooseEngine(asked, terminal, message => terminal.notice(message))
}
