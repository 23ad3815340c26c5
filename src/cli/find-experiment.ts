import { readdirSync } from 'node:fs'
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from 'node:path'
import { didYouMean, UsageError } from '../base/errors.ts'
import { kindOf } from '../base/files.ts'
import { ownFile } from '../base/own-file.ts'

const extensions = ['.ts', '.mts', '.js', '.mjs', '.json']
const ARCHIVES = ['.zip', '.tar', '.gz', '.tgz', '.7z', '.rar']

/** The folder in which a bare name is looked up, besides the working folder. */
const FOLDER = 'experiments'
/** And last of all: the five reports come with Heddle. */
const OWN = ownFile(FOLDER)

/**
 * The file of an experiment, or of a search, that `wanted` means: a path, with or without its extension, or a name in experiments/, here
 * or Heddle's own. Throws a `UsageError` with the closest file there is.
 */
export function findExperiment(
  wanted: string,
  cwd: string,
  noun: 'experiment' | 'search' = 'experiment',
): string {
  const bare = basename(wanted) === wanted
  const named = bare ? [join(FOLDER, wanted), wanted, join(OWN, wanted)] : [wanted]
  const candidates = [
    wanted,
    ...named.flatMap(path => ['', ...extensions].map(extension => path + extension)),
  ]
  const found = candidates.map(path => resolve(cwd, path)).find(path => kindOf(path) === 'file')
  if (found === undefined) throw notFound(wanted, cwd, noun)
  if (!extensions.includes(extname(found))) {
    throw new UsageError(
      `${noun === 'search' ? 'A search' : 'An experiment'} is a TypeScript, JavaScript or JSON file (${extensions.join(', ')}), not ${wanted}.${
        ARCHIVES.includes(extname(found).toLowerCase())
          ? ' If it is an archive of pictures, unpack it, and name the folder that holds a folder for each class.'
          : ''
      }`,
    )
  }
  return found
}

/**
 * The folder of images that `wanted` names: a folder without an experiment file in it. `null`: it names none. Throws a
 * `UsageError` where it names a folder of folders and an experiment as well; `photos/` is always the folder.
 */
export function findImageFolder(wanted: string, cwd: string): string | null {
  const path = resolve(cwd, wanted)
  if (kindOf(path) !== 'folder' || filesIn(wanted, cwd).length > 0) return null
  if (/[/\\]$/.test(wanted)) return path
  const isBare = basename(wanted) === wanted
  const experiment = [cwd, ...(isBare ? [join(cwd, FOLDER), OWN] : [])].flatMap(folder =>
    extensions.map(extension => resolve(folder, wanted + extension)).filter(file => kindOf(file) === 'file'),
  )[0]
  if (experiment === undefined) return path
  if (!readdirSync(path, { withFileTypes: true }).some(entry => entry.isDirectory())) return null
  const file = experiment.startsWith(OWN) ? `"${wanted}" of Heddle` : relative(cwd, experiment)
  throw new UsageError(
    `${wanted} is a folder, and the experiment ${file} has the same name. ` +
      `Write ${wanted}/ for the folder${experiment.startsWith(OWN) ? ', or rename it' : `, or ${file} for the experiment`}.`,
  )
}

function notFound(wanted: string, cwd: string, noun: string): UsageError {
  const isFolder = kindOf(resolve(cwd, wanted)) === 'folder'
  const folder = isFolder ? wanted : dirname(wanted)
  const files = [...new Set([...filesIn(folder, cwd), ...filesIn(FOLDER, cwd)])]
  const stems = files.map(withoutExtension)
  const own = filesIn(OWN, cwd).map(file => withoutExtension(basename(file)))
  // Every candidate is something that could have been typed.
  const hint = isFolder
    ? ''
    : didYouMean(wanted, [...files, ...stems, ...stems.map(stem => basename(stem)), ...own])
  const there = files.slice(0, 10).join(', ')
  const what = isFolder
    ? `${wanted} is a folder of experiments: name one of its files.`
    : `There is no ${noun} "${wanted}".`
  return new UsageError(
    `${what}${hint} ${there ? `Experiments here: ${there}.` : `There are none in ${resolve(cwd, folder)} either; Heddle's own: ${own.join(', ')}.`}`,
  )
}

/** The experiment files of a folder's `experiments/`, absolute. */
export function experimentFiles(cwd: string): string[] {
  return filesIn(FOLDER, cwd).map(file => resolve(cwd, file))
}

function filesIn(folder: string, cwd: string): string[] {
  const path = resolve(cwd, folder)
  if (kindOf(path) !== 'folder') return []
  return readdirSync(path)
    .filter(name => isExperimentName(name) && kindOf(join(path, name)) === 'file')
    .sort()
    .map(name => (isAbsolute(folder) ? join(folder, name) : relative(cwd, join(path, name))))
}

/** Not the settings of tools that lie beside experiments. */
function isExperimentName(name: string): boolean {
  return (
    extensions.includes(extname(name)) &&
    !/^(package|package-lock|tsconfig.*|biome|knip)\.json$|\.config\.|\.test\.|\.d\.ts$/.test(name)
  )
}

/** By its ending alone. */
export function isExperimentFile(path: string): boolean {
  return extensions.includes(extname(path))
}

function withoutExtension(path: string): string {
  return path.slice(0, path.length - extname(path).length)
}
