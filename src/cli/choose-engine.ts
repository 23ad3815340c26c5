import type { Backend } from '../engine/backend.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import type { RunSettings } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** The backend that flags and variables ask for; says what became of a wish that could not be met. */
export function chooseEngine({ backend: name, threads }: RunSettings, terminal: Terminal): Backend {
  const backend = chooseBackend(name, {
    onNotice: message => terminal.notice(message),
    ...(threads !== undefined && { threads }),
  })
  if (threads !== undefined && threads !== backend.threads) {
    terminal.notice(`The ${backend.name} engine runs on one thread: ${threads} threads were asked for.`)
  }
  return backend
}
