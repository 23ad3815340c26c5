import { open } from 'node:fs/promises'
import { HeddleError } from '../../base/errors.ts'

/** The server could not be reached at all: there is no point in asking it for another file. */
export class UnreachableError extends HeddleError {
  override name = 'UnreachableError'
}

export interface DownloadOptions {
  /** Continued if it exists, created if not. Kept when the download fails, for another try. */
  readonly path: string
  /** More than this is refused while it arrives. */
  readonly maxBytes: number
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined
  /** Until the server answers. */
  readonly connectTimeoutMs?: number
  /** Between two pieces of the answer. */
  readonly stallTimeoutMs?: number
}

/**
 * Fetches `url` into `path`, continuing where an earlier attempt stopped, as long as every attempt brings something.
 * Throws an `UnreachableError` when the server does not answer, a `HeddleError` when it does but not with the file.
 */
export async function download(url: string, options: DownloadOptions): Promise<void> {
  const file = await open(options.path, 'a+')
  try {
    for (;;) {
      const before = (await file.stat()).size
      const outcome = await attempt(url, file, before, options)
      if (outcome === 'complete') return
      const after = (await file.stat()).size
      if (outcome !== 'restart' && after <= before) throw outcome
    }
  } finally {
    await file.close()
  }
}

type FileHandle = Awaited<ReturnType<typeof open>>

/** One request. A connection that breaks midway is returned, not thrown: what has arrived is on the disk. */
async function attempt(
  url: string,
  file: FileHandle,
  offset: number,
  { maxBytes, onProgress, connectTimeoutMs = 5_000, stallTimeoutMs = 30_000 }: DownloadOptions,
): Promise<'complete' | 'restart' | HeddleError> {
  const watchdog = new Watchdog()
  try {
    watchdog.restart(connectTimeoutMs, `no answer within ${connectTimeoutMs / 1000} s`)
    const response = await request(url, offset, watchdog.signal)
    if (response.status === 416 && offset > 0) {
      if (response.headers.get('content-range') === `bytes */${offset}`) return 'complete'
      await file.truncate(0)
      return 'restart'
    }
    if (!response.ok || !response.body) {
      throw new HeddleError(`${url} answered ${response.status} ${response.statusText}`.trimEnd())
    }
    const continues = response.headers.get('content-range')?.startsWith(`bytes ${offset}-`)
    if (response.status !== 206 || !continues) await file.truncate(0)
    let done = (await file.stat()).size
    const total = done + Number(response.headers.get('content-length') ?? -done)
    const stalled = `nothing arrived for ${stallTimeoutMs / 1000} s`
    watchdog.restart(stallTimeoutMs, stalled)
    for await (const piece of response.body) {
      watchdog.restart(stallTimeoutMs, stalled)
      done += piece.length
      if (done > maxBytes) throw new HeddleError(`${url} sends more than the ${maxBytes} bytes expected`)
      await file.appendFile(piece)
      onProgress?.(done, total)
    }
    return 'complete'
  } catch (error) {
    if (error instanceof HeddleError) throw error
    return new HeddleError(`${url} broke off: ${reasonOf(error)}`)
  } finally {
    watchdog.stop()
  }
}

async function request(url: string, offset: number, signal: AbortSignal): Promise<Response> {
  // `identity`: the file's own gzip must arrive as it is, not unpacked on the way.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' }
  if (offset > 0) headers.range = `bytes=${offset}-`
  try {
    return await fetch(url, { headers, signal })
  } catch (error) {
    throw new UnreachableError(`${new URL(url).host} cannot be reached: ${reasonOf(error)}`)
  }
}

/** Aborts its signal when it is not restarted in time. */
class Watchdog {
  readonly #controller = new AbortController()
  #timer: NodeJS.Timeout | undefined

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  restart(timeoutMs: number, reason: string): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#controller.abort(new Error(reason)), timeoutMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    // Lets go of the connection when the answer was not read to its end.
    this.#controller.abort()
  }
}

/** Node's fetch hides the system's reason in `cause`. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message : message
}
