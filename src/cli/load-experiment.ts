import { readFile, stat } from 'node:fs/promises'
import { dirname, extname, isAbsolute, relative, resolve } from 'node:path'
import { didYouMean, UsageError } from '../base/errors.ts'
import { boundedJson } from '../base/json.ts'
import { hintFor } from '../base/keras-names.ts'
import { show } from '../base/schema.ts'
import { type DataSource, skippingUnreadable } from '../data/source.ts'
import { type ExperimentSpec, parseExperiment } from '../train/experiment.ts'
import { filesOfRuns } from '../train/run-experiment.ts'
import { findExperiment, findImageFolder } from './find-experiment.ts'
import { type PhotoExperiment, photoExperiment } from './photo-experiment.ts'

export interface LoadedExperiment {
  readonly experiment: ExperimentSpec
  /** The folder that its relative paths start from, absolute. */
  readonly baseDir: string
  /** What was chosen for a folder of images. */
  readonly chosen?: PhotoExperiment['chosen']
}

/**
 * Finds and reads an experiment. JSON is only read; TypeScript and JavaScript are run, with `heddle` being this one. For a folder of
 * images an experiment is made, with images of `imageSize`. Throws a `UsageError` that names the file for whatever is wrong with it.
 */
export async function loadExperiment(
  wanted: string,
  cwd: string,
  { imageSize }: { readonly imageSize?: number | undefined } = {},
): Promise<LoadedExperiment> {
  const folder = findImageFolder(wanted, cwd)
  if (folder !== null) return { ...(await photoExperiment(folder, imageSize)), baseDir: dirname(folder) }
  const file = findExperiment(wanted, cwd)
  if (imageSize !== undefined) {
    throw new UsageError(
      `--image-size is for a folder of images; ${wanted} is an experiment: set imageSize in it.`,
    )
  }
  const name = relative(cwd, file).startsWith('..') ? file : relative(cwd, file)
  const isJson = extname(file) === '.json'
  const experiment = parseExperiment(isJson ? await readJson(file, name) : await execute(file, name), name)
  if (isJson) checkPaths(experiment, name, cwd)
  return { experiment, baseDir: dirname(file) }
}

/** The experiment that a command names, with its `--model`, `--image-size` and `--skip-unreadable` applied. */
export async function namedExperiment(
  wanted: string,
  {
    model,
    imageSize,
    skipUnreadable,
  }: {
    readonly model?: readonly string[] | undefined
    readonly imageSize?: number | undefined
    readonly skipUnreadable?: boolean
  },
): Promise<LoadedExperiment> {
  const loaded = await loadExperiment(wanted, process.cwd(), { imageSize })
  const picked = pickModels(loaded.experiment, model)
  return { ...loaded, experiment: { ...picked, data: asAsked(picked.data, { skipUnreadable }) } }
}

/** Only the models that were asked for, in the order of the file. Throws a `UsageError` for an unknown one. */
export function pickModels(
  experiment: ExperimentSpec,
  wanted: readonly string[] | undefined,
): ExperimentSpec {
  if (!wanted) return experiment
  const known = Object.keys(experiment.models)
  for (const name of wanted) {
    if (!known.includes(name)) {
      throw new UsageError(
        `There is no model "${name}" in ${experiment.name}.${didYouMean(name, known)} Models: ${known.join(', ')}.`,
      )
    }
  }
  const only = <T>(byModel: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(byModel).filter(([name]) => wanted.includes(name)))
  return { ...experiment, models: only(experiment.models), overrides: only(experiment.overrides) }
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
    const exported = await jiti.import<{ default?: unknown } | undefined>(file)
    return exported?.default ?? exported
  } catch (error) {
    throw new UsageError(describe(error, { file, name, modules: virtualModules }), { cause: error })
  }
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

/** JSON may come from strangers: what it writes stays below the working folder. */
function checkPaths(experiment: ExperimentSpec, name: string, cwd: string): void {
  for (const { kind, path } of filesOfRuns(experiment, [1])) {
    const inside = relative(cwd, resolve(cwd, path))
    if (isAbsolute(path) || inside === '' || inside.startsWith('..')) {
      throw new UsageError(
        `${name}: ${kind}: the path ${show(path)} leads out of the working folder, and a JSON experiment may only read files below it. ` +
          'Use a relative path below it.',
      )
    }
  }
}

/** The source, with unreadable pictures left out if `--skip-unreadable` was given. Throws a `UsageError` if it has no picture files. */
export function asAsked<S extends DataSource>(
  source: S,
  { skipUnreadable: skips }: { readonly skipUnreadable?: boolean | undefined },
): S {
  if (!skips) return source
  const skipping = skippingUnreadable(source)
  if (skipping) return skipping
  throw new UsageError(
    '--skip-unreadable is for folders of images, and this data is not one: leave the flag out.',
  )
}
