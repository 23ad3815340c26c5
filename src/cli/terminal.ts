import { exitCodes, Interruption } from '../base/interruption.ts'
import { oneLine, visible } from '../base/visible.ts'

/** What a terminal needs of a stream: `process.stdout`, or a recorder in a test. */
interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface TerminalOptions {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: NodeJS.ProcessEnv
  /** False: `--no-color`. */
  readonly color: boolean
}

const styles = { bold: 1, dim: 2, green: 32, yellow: 33, cyan: 36 } as const
type Style = keyof typeof styles

/** A piece of a line; its text alone counts towards the width. */
export interface Piece {
  readonly text: string
  readonly style?: Style
}

/** stdout for data, stderr for progress, and lines of stderr that are redrawn in place. */
export class Terminal {
  /** Whether a line of stderr can be redrawn. */
  readonly isLive: boolean
  readonly #options: TerminalOptions
  readonly #color: boolean
  /** Lines that are drawn now; the cursor is at the end of the last one. */
  #drawn = 0
  /** Whether data was printed. */
  hasPrinted = false

  constructor(options: TerminalOptions) {
    const { stderr, env } = options
    this.#options = options
    this.isLive = stderr.isTTY === true && env.TERM !== 'dumb'
    this.#color = wantsColor(options)
  }

  /** Columns of stderr. */
  get width(): number {
    return this.#options.stderr.columns || 80
  }

  /** Columns of stdout, for tables; `undefined` where it is no terminal: a file or a program gets every character. */
  get columns(): number | undefined {
    const { stdout, env } = this.#options
    return stdout.isTTY ? stdout.columns || Number(env.COLUMNS) || undefined : undefined
  }

  /** Data: to stdout. */
  print(text: string): void {
    this.clear()
    this.hasPrinted = true
    this.#options.stdout.write(`${visible(text)}\n`)
  }

  /** A line of progress that stays: to stderr. */
  log(...pieces: readonly Piece[]): void {
    this.clear()
    this.#options.stderr.write(`${this.#paint(pieces)}\n`)
  }

  /** Lines of Heddle's own, such as a table (each cell of which is on one line): to stderr, as they are. */
  block(text: string): void {
    this.clear()
    this.#options.stderr.write(`${visible(text)}\n`)
  }

  /** What a user should know: to stderr, in Heddle's name. */
  notice(message: string): void {
    this.log({ text: 'heddle: ', style: 'yellow' }, { text: message })
  }

  /** Replaces what is drawn by one line; does nothing where nothing can be redrawn. */
  draw(...pieces: readonly Piece[]): void {
    this.drawLines([pieces])
  }

  /** The same by several lines. Each must be shorter than the terminal is wide: one that wraps cannot be replaced. */
  drawLines(lines: readonly (readonly Piece[])[]): void {
    if (!this.isLive) return
    const painted = lines.map(line =>
      this.#paint(line.map(piece => ({ ...piece, text: oneLine(piece.text) }))),
    )
    const rest = this.#drawn > lines.length ? '\x1b[J' : ''
    this.#options.stderr.write(`${this.#start()}${painted.join('\x1b[K\n')}\x1b[K${rest}`)
    this.#drawn = lines.length
  }

  /** Takes away what is drawn. */
  clear(): void {
    if (this.#drawn > 0) this.#options.stderr.write(`${this.#start()}\x1b[${this.#drawn > 1 ? 'J' : 'K'}`)
    this.#drawn = 0
  }

  /** Moves the cursor to the start of what is drawn. */
  #start(): string {
    return this.#drawn > 1 ? `\x1b[${this.#drawn - 1}A\r` : '\r'
  }

  #paint(pieces: readonly Piece[]): string {
    return pieces
      .map(({ text, style }) => {
        const shown = indented(visible(text))
        return style && this.#color ? `\x1b[${styles[style]}m${shown}\x1b[0m` : shown
      })
      .join('')
  }
}

/** A line feed in a name must not make a line that looks like Heddle's own; lines of a list are indented already. */
export function indented(text: string): string {
  return text.replaceAll(/\n(?=\S)/g, '\n  ')
}

/** The flag, then FORCE_COLOR, then NO_COLOR (https://no-color.org), then what the terminal can do. */
function wantsColor({ stderr, env, color }: TerminalOptions): boolean {
  if (!color) return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  if (env.NO_COLOR) return false
  return stderr.isTTY === true && env.TERM !== 'dumb'
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

/** Says once that a training is stopping, and what a second Ctrl-C does. Returns what ends the listening. */
export function sayStopping(signal: AbortSignal, terminal: Terminal): () => void {
  const say = (): void =>
    terminal.notice('Stopping after the current step. Press Ctrl-C again to stop at once.')
  signal.addEventListener('abort', say)
  return () => signal.removeEventListener('abort', say)
}
