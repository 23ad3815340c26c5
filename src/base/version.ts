import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ownFolder = fileURLToPath(new URL('../../', import.meta.url))

/** Heddle's own, from package.json: src/base and dist/base are equally deep. */
export function ownVersion(): string {
  const text = readFileSync(join(ownFolder, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
