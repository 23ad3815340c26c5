import { UsageError } from '../base/errors.ts'
import { integer, oneOf } from '../base/schema.ts'
import { type BackendName, backendNames } from '../engine/backends/choose.ts'

/** The flags of `heddle run` as they were typed. */
export interface RunFlags {
  readonly model?: readonly string[]
  readonly seed?: string
  readonly seeds?: string
  readonly epochs?: string
  readonly batchSize?: string
  readonly threads?: string
  readonly backend?: string
  readonly dataDir?: string
  readonly save?: string
  /** Of a folder of images. */
  readonly imageSize?: string
  readonly skipUnreadable?: boolean
  /** False: `--no-record`. */
  readonly record?: boolean
  /** Go on with what a command like this one has begun. */
  readonly resume?: boolean
  readonly checkpointSteps?: string
  readonly tensorboard?: string
  readonly json?: boolean
  /** Print the experiment instead of training it. */
  readonly printJson?: boolean
}

export interface RunSettings {
  readonly seeds: readonly number[]
  /** Left out: the experiment's own. */
  readonly epochs?: number
  readonly batchSize?: number
  /** Left out: all cores. */
  readonly threads?: number
  readonly backend: BackendName
  /** Also make checkpoints within an epoch, after so many steps. */
  readonly checkpointSteps?: number
}

/** More runs than this are a slip of the finger. */
const MAX_SEEDS = 10_000

/**
 * Flag, then environment, then nothing: what is left out here is up to the experiment file, then to the default.
 * Throws a `UsageError` that names the flag or the variable.
 *
 * @example
 * resolveSettings({ seeds: '3' }, { HEDDLE_EPOCHS: '2' }) // { seeds: [1, 2, 3], epochs: 2, backend: 'auto' }
 */
export function resolveSettings(flags: RunFlags, env: NodeJS.ProcessEnv): RunSettings {
  const epochs = whole(['--epochs', flags.epochs], ['HEDDLE_EPOCHS', env.HEDDLE_EPOCHS])
  const batchSize = whole(['--batch-size', flags.batchSize])
  const threads = whole(['--threads', flags.threads], ['HEDDLE_THREADS', env.HEDDLE_THREADS])
  const checkpointSteps = whole(['--checkpoint-steps', flags.checkpointSteps])
  const backend = given(['--backend', flags.backend], ['HEDDLE_BACKEND', env.HEDDLE_BACKEND])
  return {
    seeds: seedsOf(flags, env),
    ...(epochs !== undefined && { epochs }),
    ...(batchSize !== undefined && { batchSize }),
    ...(threads !== undefined && { threads }),
    ...(checkpointSteps !== undefined && { checkpointSteps }),
    backend: backend ? oneOf(backendNames).parse(backend.text, backend.name) : 'auto',
  }
}

/** Where the options come from that are not left to the experiment file. */
export function originsOf(
  flags: RunFlags,
  env: NodeJS.ProcessEnv,
): Readonly<Record<string, 'flag' | 'environment'>> {
  const options = {
    epochs: [flags.epochs, env.HEDDLE_EPOCHS],
    batchSize: [flags.batchSize, undefined],
    seed: [flags.seed ?? flags.seeds, env.HEDDLE_SEED],
  } as const
  return Object.fromEntries(
    Object.entries(options)
      .filter(([, [flag, variable]]) => flag !== undefined || variable)
      .map(([name, [flag]]) => [name, flag === undefined ? 'environment' : 'flag']),
  )
}

function seedsOf(flags: RunFlags, env: NodeJS.ProcessEnv): readonly number[] {
  const seeds = whole(['--seeds', flags.seeds])
  if (seeds === undefined) {
    const seed = given(['--seed', flags.seed], ['HEDDLE_SEED', env.HEDDLE_SEED])
    return [seed ? wholeNumber(seed, 0) : 1]
  }
  if (flags.seed !== undefined) {
    throw new UsageError('Give either --seed (one run with that seed) or --seeds (runs 1 to n), not both.')
  }
  if (seeds > MAX_SEEDS) throw new UsageError(`--seeds must be at most ${MAX_SEEDS}, not ${seeds}.`)
  return Array.from({ length: seeds }, (_, i) => i + 1)
}

/** A name, for errors, and the text that stands there. */
type Source = readonly [name: string, text: string | undefined]

interface Given {
  readonly name: string
  readonly text: string
}

/** The first that was given; an empty variable was not. */
function given(...sources: Source[]): Given | undefined {
  const found = sources.find(([name, text]) => text !== undefined && (text !== '' || name.startsWith('--')))
  return found && { name: found[0], text: found[1]! }
}

function whole(...sources: Source[]): number | undefined {
  const found = given(...sources)
  return found && wholeNumber(found, 1)
}

/** Digits alone: `Number` would read ' ', '1e3' and '0x10' too. Throws a `UsageError` that names the source. */
export function wholeNumber({ name, text }: Given, min: number): number {
  return integer(undefined, { min }).parse(/^\d+$/.test(text) ? Number(text) : text, name)
}
