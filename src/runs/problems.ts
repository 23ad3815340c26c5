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

  check(): void {
    if (this.#count === 0) return
    throw new HeddleError(
      'The training is done, but the run store could not record all of it: the messages above say why.',
    )
  }
}
