import { plural } from '../base/text.ts'
import { availableCores } from '../engine/available-cores.ts'
import type { Backend } from '../engine/backend.ts'
import { type BackendName, chooseBackend } from '../engine/backends/choose.ts'
import type { Terminal } from './terminal.ts'

/** The backend that `engineOptions` ask for; a notice names what could not be met. */
export function chooseEngine(
  { backend: name, threads }: { readonly backend: BackendName; readonly threads: number | undefined },
  terminal: Terminal,
): Backend {
  const backend = chooseBackend(name, {
    onNotice: message => terminal.notice(message),
    ...(threads !== undefined && { threads }),
  })
  if (threads !== undefined && threads !== backend.threads) {
    terminal.notice(
      `The ${backend.name} engine runs on one thread, not on the ${threads} that you asked for.`,
    )
  }
  const cores = availableCores()
  if (threads !== undefined && threads === backend.threads && threads > cores) {
    terminal.notice(
      `${threads} threads share ${plural(cores, 'core')}: more threads than cores make training slower, not faster.`,
    )
  }
  return backend
}
