// Notes beside an engine's file: where it passed the contract suite. A machine that a release does not have leaves such a note, too.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist')
const hashOf = file => createHash('sha256').update(readFileSync(file)).digest('hex')
const noteOf = engine => `${engine}.passed.json`

export function notePassed(engine, where) {
  const note = { sha256: hashOf(engine), where, suite: suiteHash() }
  writeFileSync(noteOf(engine), `${JSON.stringify(note, null, 2)}\n`)
}

/** The place where this file passed, in words; `null`: none, or it was another build. `sameSuite`: nor by another suite than today's. */
export function passedAt(engine, { sameSuite = false } = {}) {
  if (!existsSync(noteOf(engine))) return null
  const { sha256, where, suite } = JSON.parse(readFileSync(noteOf(engine), 'utf8'))
  return sha256 === hashOf(engine) && (!sameSuite || suite === suiteHash()) ? where : null
}

/** The suite compares an engine with the library, so its hash is the library's. */
function suiteHash() {
  const hash = createHash('sha256')
  const files = readdirSync(dist, { recursive: true }).filter(name => name.endsWith('.js'))
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(dist, file)))
  return hash.digest('hex')
}
