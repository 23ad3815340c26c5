import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'

/**
 * Where Heddle keeps what it downloaded: `HEDDLE_CACHE`, else `$XDG_CACHE_HOME/heddle`, else `~/.cache/heddle`.
 *
 * @example
 * cacheRoot({ HEDDLE_CACHE: '/tmp/cache' }) // '/tmp/cache'
 */
export function cacheRoot(env: NodeJS.ProcessEnv): string {
  if (env.HEDDLE_CACHE) return env.HEDDLE_CACHE
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'heddle')
}

/** The folders of the cache for prepared pictures, and for the outputs of frozen parts of models. */
export function cachePlaces(env: NodeJS.ProcessEnv): Record<'pictures' | 'features', string> {
  return { pictures: join(cacheRoot(env), 'pictures'), features: join(cacheRoot(env), 'features') }
}

/** The folders for data that all users share, each with `datasets` appended, as Debian's dataset packages use them. */
export function systemDatasetDirs(env: NodeJS.ProcessEnv): string[] {
  const shared = env.XDG_DATA_DIRS || '/usr/local/share:/usr/share'
  return shared
    .split(delimiter)
    .filter(dir => isAbsolute(dir))
    .map(dir => join(dir, 'datasets'))
}
