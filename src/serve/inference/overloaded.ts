import { HeddleError } from '../../base/errors.ts'

export const OVERLOADED =
  'The server has more requests than it can answer in time. Send this one again later.'

/** The server has more to do than it may keep waiting: 503, with the time after which to try again. */
export class Overloaded extends HeddleError {
  override name = 'Overloaded'
  retryAfterSeconds = 1

  /** `seconds`: until the queue is empty, as far as that is known. */
  static after(seconds: number): Overloaded {
    const error = new Overloaded(OVERLOADED)
    error.retryAfterSeconds = retrySeconds(seconds)
    return error
  }
}

/** The header has whole seconds. */
export function retrySeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds))
}
