import type { Command } from 'commander'
import { Terminal } from './terminal.ts'

/** The process' own, as the command's options ask for it. */
export function terminalOf(command: Command): Terminal {
  const { color } = command.optsWithGlobals<{ color: boolean }>()
  return new Terminal({ stdout: process.stdout, stderr: process.stderr, env: process.env, color })
}
