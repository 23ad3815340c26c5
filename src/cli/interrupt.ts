import { exitCodes, Interruption } from '../base/interruption.ts'

/**
 * Runs `work` with a signal that the first Ctrl-C, SIGTERM or SIGHUP aborts; the second one ends the process at once.
 * Between two commands the system's own rule holds: the process just ends.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const onSignal = (name: keyof typeof exitCodes): void => {
    if (controller.signal.aborted) process.exit(exitCodes[name])
    controller.abort(new Interruption(name))
  }
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[]
  for (const name of names) process.on(name, onSignal as NodeJS.SignalsListener)
  try {
    return await work(controller.signal)
  } finally {
    for (const name of names) process.off(name, onSignal as NodeJS.SignalsListener)
  }
}
