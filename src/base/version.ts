import { readFileSync } from 'node:fs'
import { ownFile } from './own-file.ts'

/** Heddle's own, from package.json. */
export function ownVersion(): string {
  const text = readFileSync(ownFile('package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
