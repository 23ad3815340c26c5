import { HeddleError } from '../base/errors.ts'

/** What could not be recorded: each problem is shown when it happens and once more at the end, in case it has scrolled away. */
export class Problems {
  readonly #tell: (message: string) => void
  #count = 0

  constructor(tell: (message: string) => void) {
    this.#tell = tell
  }

  readonly tell = (message: string): void => {
    this.#count++
    this.#tell(message)
  }

  /** `null`: all is recorded. */
  error(): HeddleError | null {
    if (this.#count === 0) return null
    return new HeddleError(
      'The training is done, but the run store could not record all of it: the messages above say why.',
    )
  }

  check(): void {
    const error = this.error()
    if (error) throw error
  }
}
