import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The path of one of Heddle's own files, such as `build/studio/index.html`, by its path in the checkout. As packages, `heddle` has what
 * the library needs, and `@heddle/cli` what only the command line does.
 */
export function ownFile(path: string): string {
  // src/base and dist/base are equally deep.
  const own = join(fileURLToPath(new URL('../../', import.meta.url)), path)
  if (existsSync(own)) return own
  try {
    return join(dirname(createRequire(import.meta.url).resolve('@heddle/cli/package.json')), path)
  } catch {
    return own
  }
}
