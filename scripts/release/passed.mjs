// Notes beside an engine's file: where it passed the contract suite. A machine that a release does not have leaves such a note, too.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const hashOf = file => createHash('sha256').update(readFileSync(file)).digest('hex')
const noteOf = engine => `${engine}.passed.json`

export function notePassed(engine, where) {
  writeFileSync(noteOf(engine), `${JSON.stringify({ sha256: hashOf(engine), where }, null, 2)}\n`)
}

/** The place where this file passed, in words; `null`: none, or it was another build. */
export function passedAt(engine) {
  if (!existsSync(noteOf(engine))) return null
  const { sha256, where } = JSON.parse(readFileSync(noteOf(engine), 'utf8'))
  return sha256 === hashOf(engine) ? where : null
}
