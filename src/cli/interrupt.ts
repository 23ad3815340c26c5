/** The reason of a signal aborted by Ctrl-C or SIGTERM: the command line exits with 130. */
export class Interruption extends Error {
  override name = 'Interruption'
}

/**
 * Runs `work` with a signal that the first Ctrl-C (or SIGTERM) aborts; the second one ends the process at once.
 * Between two commands the system's own rule holds: the process just ends.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort(new Interruption('Interrupted.'))
  }
  const names = ['SIGINT', 'SIGTERM'] as const
  for (const name of names) process.on(name, onSignal)
  try {
    return await work(controller.signal)
  } finally {
    for (const name of names) process.off(name, onSignal)
  }
}

/** `work`, or the signal's reason as soon as it is aborted: for work that takes no signal. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted()
  let stop = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
