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

/** Where the prepared pictures of one folder are kept. */
export function packFolder(env: NodeJS.ProcessEnv, key: string): string {
  return join(cacheRoot(env), 'pictures', key.slice(0, 32))
}

/** The folders for data that all users share, each with `datasets` appended, as Debian's dataset packages use them. */
export function systemDatasetDirs(env: NodeJS.ProcessEnv): string[] {
  const shared = env.XDG_DATA_DIRS || '/usr/local/share:/usr/share'
  return shared
    .split(delimiter)
    .filter(dir => isAbsolute(dir))
    .map(dir => join(dir, 'datasets'))
}
