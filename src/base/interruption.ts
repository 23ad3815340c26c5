/** What a shell expects of a process that a signal ended: 128 and the signal's number. */
export const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** The reason of a signal aborted by Ctrl-C, SIGTERM, or a terminal that was closed (SIGHUP). */
export class Interruption extends Error {
  override name = 'Interruption'
  readonly exitCode: number

  constructor(signal: keyof typeof exitCodes = 'SIGINT') {
    super('Interrupted.')
    this.exitCode = exitCodes[signal]
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
