/** What a shell expects of a process that a signal ended: 128 and the signal's number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** The reason of a signal aborted by Ctrl-C, SIGTERM, or a terminal that was closed (SIGHUP). */
export class Interruption extends Error {
  override name = 'Interruption'
  readonly exitCode: number

  constructor(signal: keyof typeof exitCodes = 'SIGINT') {
    super('Interrupted.')
    this.exitCode = exitCodes[signal]
  }
}

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
