import { dirname } from 'node:path'
import { UsageError } from '../base/errors.ts'
import { parseSearch, type Search } from '../search/search.ts'
import { withPretrainedParts } from '../train/pretrained-parts.ts'
import { findExperiment } from './find-experiment.ts'
import { checkPaths } from './load-experiment.ts'
import { writtenValue } from './written-value.ts'

export interface LoadedSearch {
  readonly search: Search
  /** The folder that the relative paths of its data start from, absolute. */
  readonly baseDir: string
}

/**
 * Finds and reads the file of a search. JSON is only read; TypeScript and JavaScript are run. Throws a `UsageError` that names the
 * file and its fault.
 */
export async function loadSearch(wanted: string, cwd: string): Promise<LoadedSearch> {
  const file = findExperiment(wanted, cwd, 'search')
  const { value, name, isJson } = await writtenValue(file, cwd)
  if ((value as { kind?: unknown } | null | undefined)?.kind === 'experiment') {
    throw new UsageError(
      `${name} is an experiment, and a search also needs the space of its parameters: search({ experiment, space: { … } }).`,
    )
  }
  const search = parseSearch(value, name)
  if (isJson) checkPaths(search.spec.experiment, name, cwd)
  const baseDir = dirname(file)
  return { search: await withFiles(search, { baseDir, name }), baseDir }
}

/** The search with the files of pretrained parts read; models that a function makes have none. */
async function withFiles(
  search: Search,
  { baseDir, name }: { readonly baseDir: string; readonly name: string },
): Promise<Search> {
  const { spec } = search
  if (!Object.values(spec.experiment.models).some(({ pretrained }) => pretrained)) return search
  if (spec.reads !== null) {
    throw new UsageError(
      `${name}: models that a function makes cannot begin with pretrained({ … }). Give the experiment the model, and let the space change its options.`,
    )
  }
  return parseSearch({ ...spec, experiment: await withPretrainedParts(spec.experiment, { baseDir }) }, name)
}
