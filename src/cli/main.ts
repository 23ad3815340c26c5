import { Console } from 'node:console'
import { CommanderError } from 'commander'
import { Interruption } from '../base/interruption.ts'
import { visible } from '../base/visible.ts'
import { failureOf } from '../protocol/failure.ts'
import { type Command, declare, GateNotMet, newProgram } from './command.ts'
import { createProgram } from './program.ts'
import { indented } from './terminal.ts'

/**
 * Runs the command line and returns its exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 a gate that the user
 * set was not met, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).
 */
export async function main(argv: readonly string[]): Promise<number> {
  return runProgram(async () => {
    const program = await createProgram(argv.slice(2))
    await program.parseAsync(argv)
  })
}

/** Runs a program as `heddle` runs a command: with its words for errors, and its exit codes. */
async function runProgram(work: () => Promise<void>): Promise<number> {
  // A reader that has seen enough, as in `heddle data show | head`, is no error.
  process.stdout.on('error', error => leave(error))
  process.stderr.on('error', () => {})
  // stdout is the command's data: what an experiment's own code prints is not.
  globalThis.console = new Console(process.stderr)
  try {
    await work()
    return 0
  } catch (error) {
    return report(error)
  }
}

/** Runs a program that is one command, such as `npm run reproduce`, and returns its exit code. */
export function runCommand(name: string, declared: Command, argv: readonly string[]): Promise<number> {
  return runProgram(async () => void (await declare(newProgram(name), declared).parseAsync(argv)))
}

function leave(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}

function report(error: unknown): number {
  const say = (text: string): void => void process.stderr.write(`${indented(visible(text))}\n`)
  // Commander has printed its message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof GateNotMet) {
    say(`heddle: ${error.message}`)
    return 3
  }
  const { kind, message, stack = message } = failureOf(error)
  if (kind === 'defect') {
    say(stack)
    say(
      'heddle: This is a defect of Heddle. Please report it with the lines above and the command that you ran.',
    )
    return 1
  }
  say(`heddle: ${message}`)
  // A download that is still running would keep the process alive.
  if (error instanceof Interruption) process.exit(error.exitCode)
  return kind === 'failed' ? 1 : 2
}
