import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { didYouMean, UsageError } from '../base/errors.ts'
import { show } from '../base/schema.ts'
import { type DataSource, skippingUnreadable } from '../data/source.ts'
import { type ExperimentSpec, parseExperiment } from '../train/experiment.ts'
import { type PhotoExperiment, photoExperiment } from '../train/photo-experiment.ts'
import { withPretrainedParts } from '../train/pretrained-parts.ts'
import { filesOfRuns } from '../train/run-experiment.ts'
import { findExperiment, findImageFolder } from './find-experiment.ts'
import { writtenValue } from './written-value.ts'

export interface LoadedExperiment {
  readonly experiment: ExperimentSpec
  /** The folder that its relative paths start from, absolute. */
  readonly baseDir: string
  /** What was chosen for a folder of images. */
  readonly chosen?: PhotoExperiment['chosen']
}

interface PhotoOptions {
  readonly imageSize?: number | undefined
  /** A model file, relative to the working folder. */
  readonly backbone?: string | undefined
}

/** The file of a search, where an experiment was expected. */
export class SearchFileError extends UsageError {}

/**
 * Finds and reads an experiment. JSON is only read; TypeScript and JavaScript are run, with `heddle` being this one. For a folder of
 * images an experiment is made, with images of `imageSize`. Throws a `UsageError` that names the file for whatever is wrong with it.
 */
export async function loadExperiment(
  wanted: string,
  cwd: string,
  { imageSize, backbone }: PhotoOptions = {},
): Promise<LoadedExperiment> {
  const folder = findImageFolder(wanted, cwd)
  if (folder !== null)
    return { ...(await photoExperiment(folder, { imageSize, backbone })), baseDir: dirname(folder) }
  const file = findExperiment(wanted, cwd)
  if (imageSize !== undefined) {
    throw new UsageError(
      `--image-size is for a folder of images; ${wanted} is an experiment: set imageSize in it.`,
    )
  }
  if (backbone !== undefined) {
    throw new UsageError(
      `--backbone is for a folder of images; ${wanted} is an experiment: begin its model with pretrained({ file }).`,
    )
  }
  const { value, name, isJson } = await writtenValue(file, cwd)
  if ((value as { kind?: unknown } | null | undefined)?.kind === 'search')
    throw new SearchFileError(`${name} is a search, not an experiment: heddle search ${name} runs it.`)
  const experiment = parseExperiment(value, name)
  if (isJson) checkPaths(experiment, name, cwd)
  const baseDir = dirname(file)
  return { experiment: await withPretrainedParts(experiment, { baseDir }), baseDir }
}

/** The experiment that a command names, with its `--model`, `--image-size` and `--skip-unreadable` applied. */
export async function namedExperiment(
  wanted: string,
  {
    model,
    imageSize,
    backbone,
    skipUnreadable,
  }: PhotoOptions & {
    readonly model?: readonly string[] | undefined
    readonly skipUnreadable?: boolean
  },
): Promise<LoadedExperiment> {
  const loaded = await loadExperiment(wanted, process.cwd(), { imageSize, backbone })
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

/** JSON may come from strangers: what it writes stays below the working folder. */
export function checkPaths(experiment: ExperimentSpec, name: string, cwd: string): void {
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
