import { HeddleError } from '../../base/errors.ts'

/** The server has more to do than it may keep waiting: 503, with the time after which to try again. */
export class Overloaded extends HeddleError {
  override name = 'Overloaded'
  readonly retryAfterSeconds: number

  /** `seconds`: until the queue is empty, as far as that is known. */
  constructor(seconds: number) {
    super('The server has more requests than it can answer in time. Send the request again later.')
    this.retryAfterSeconds = Math.max(1, Math.ceil(seconds))
  }
}
